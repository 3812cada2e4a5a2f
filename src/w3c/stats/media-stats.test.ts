import { expect, test } from 'vitest'
import { Pair } from '../connected-pair.test-support.js'
import type {
  RTCCodecStats,
  RTCMediaSourceStats,
  RTCOutboundRtpStreamStats,
  RTCStats,
  RTCStatsReport,
} from '../index.js'

function typesOf(report: RTCStatsReport): string[] {
  return [...report.values()].map(({ type }: RTCStats) => type).sort()
}

function ofType<Stats extends RTCStats>(report: RTCStatsReport, type: Stats['type']): Stats[] {
  return ([...report.values()] as RTCStats[]).filter((stats) => stats.type === type) as Stats[]
}

test('streams have statistics from the answer on, until their transceiver is stopped', async () => {
  using pair = new Pair()
  const video = pair.a.addTransceiver('video')
  const audio = pair.a.addTransceiver('audio', { direction: 'recvonly' })
  await pair.a.setLocalDescription()
  expect(typesOf(await pair.a.getStats())).not.toContain('outbound-rtp')
  await pair.b.setRemoteDescription(pair.a.localDescription!)
  await pair.b.setLocalDescription()
  expect(typesOf(await pair.b.getStats())).not.toContain('outbound-rtp') // it only receives
  await pair.a.setRemoteDescription(pair.b.localDescription!)

  const report = await video.sender.getStats()
  const [outbound] = ofType<RTCOutboundRtpStreamStats>(report, 'outbound-rtp')
  expect(outbound).toMatchObject({
    kind: 'video',
    mid: video.mid,
    active: true,
    packetsSent: 0,
    encodingIndex: 0,
    framesSent: 0,
  })
  expect(pair.a.localDescription!.sdp).toContain(`a=ssrc:${outbound!.ssrc} `)
  expect(outbound).not.toHaveProperty('mediaSourceId')
  const codec = report.get(outbound!.codecId!) as RTCCodecStats
  expect(codec).toMatchObject({ type: 'codec', transportId: outbound!.transportId, clockRate: 90_000 })
  expect(pair.b.localDescription!.sdp).toContain(`a=rtpmap:${codec.payloadType} ${codec.mimeType.slice(6)}/90000`)

  // What the stream does not reference is not in the selection.
  expect(new Set(typesOf(report))).toEqual(
    new Set(['outbound-rtp', 'codec', 'transport', 'certificate', ...pairTypes(report)]),
  )
  for (const member of [audio.sender, audio.receiver, video.receiver]) expect((await member.getStats()).size).toBe(0)

  video.direction = 'inactive'
  await pair.negotiate()
  expect(video.currentDirection).toBe('inactive')
  expect((await video.sender.getStats()).has(outbound!.id)).toBe(true)
  video.stop()
  await pair.negotiate()
  expect(typesOf(await pair.a.getStats())).not.toContain('outbound-rtp')
  expect((await video.sender.getStats()).size).toBe(0)
})

/** A pair may have been selected by now, or not. */
function pairTypes(report: RTCStatsReport): string[] {
  return typesOf(report).filter((type) => type.includes('candidate'))
}

test('a track that a sender has is a media source, from the beginning; close() leaves it, and no stream', async () => {
  using pair = new Pair()
  const { receiver, sender } = pair.a.addTransceiver('audio')
  const other = new Pair()
  await sender.replaceTrack(other.a.addTransceiver('audio').receiver.track)
  other[Symbol.dispose]()
  const [source] = ofType<RTCMediaSourceStats>(await pair.a.getStats(), 'media-source')
  expect(source).toMatchObject({ kind: 'audio', trackIdentifier: sender.track!.id, totalSamplesDuration: 0 })
  expect(source).not.toHaveProperty('frames')
  await pair.negotiate()
  const byTrack = await pair.a.getStats(sender.track)
  const [outbound] = ofType<RTCOutboundRtpStreamStats>(byTrack, 'outbound-rtp')
  expect(outbound!.mediaSourceId).toBe(source!.id)
  expect(outbound!.nackCount).toBe(0)
  for (const ofVideo of ['encodingIndex', 'framesSent', 'pliCount']) expect(outbound).not.toHaveProperty(ofVideo)
  expect(byTrack.has(source!.id)).toBe(true)
  expect((await pair.a.getStats(receiver.track)).size).toBe(0)
  pair.a.close()
  const after = await pair.a.getStats()
  expect(typesOf(after)).not.toContain('outbound-rtp')
  expect(after.has(source!.id)).toBe(true)
  expect((await sender.getStats()).size).toBe(0)
})
