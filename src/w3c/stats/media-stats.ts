import type { MediaKind, PayloadCodec } from '../../jsep/media-types.js'
import type { RTCMediaSourceStats, RTCOutboundRtpStreamStats } from './dictionaries.js'
import type { StatsCollection } from './stats-collection.js'
import type { StatsIds } from './stats-ids.js'
import type { StatsSender, StatsSendStream } from './stats-source.js'

/**
 * The track of a sender, the streams that were negotiated for it, and their codec. Streams that are received have no
 * statistics before their first packet, and remote ones none before the first RTCP (webrtc-stats, "The RTP statistics
 * hierarchy"): no packet of media flows yet.
 *
 * @param transportId of the transport that carries its section
 */
export function addSenderStats(
  into: StatsCollection,
  ids: StatsIds,
  sender: StatsSender,
  transportId: string | undefined,
): void {
  const { key, kind, track, streams } = sender
  const mediaSourceId = track === null ? undefined : ids.of('S', `${key} ${track.id}`)
  if (track !== null && mediaSourceId !== undefined) {
    into.add(sourceStats(into, mediaSourceId, kind, track.id))
  }
  if (streams.length === 0) return
  for (const [encodingIndex, stream] of streams.entries()) {
    const { codec } = stream
    const codecId = codec && transportId !== undefined ? addCodec(into, ids, codec, transportId) : undefined
    into.add({
      ...outboundStats(into, ids, sender, stream, encodingIndex),
      ...(transportId !== undefined && { transportId }),
      ...(codecId !== undefined && { codecId }),
      ...(mediaSourceId !== undefined && { mediaSourceId }),
    })
  }
}

/** Of a source nothing has come yet: neither samples nor frames reach a track before media flows. */
function sourceStats(into: StatsCollection, id: string, kind: MediaKind, trackIdentifier: string): RTCMediaSourceStats {
  const common = { timestamp: into.timestamp, type: 'media-source', id, trackIdentifier, kind } as const
  return kind === 'audio' ? { ...common, totalAudioEnergy: 0, totalSamplesDuration: 0 } : { ...common, frames: 0 }
}

/** What a stream has sent and was asked for: nothing before media flows. */
const COUNTS = {
  packetsSent: 0,
  packetsSentWithEct1: 0,
  bytesSent: 0,
  headerBytesSent: 0,
  retransmittedPacketsSent: 0,
  retransmittedBytesSent: 0,
  nackCount: 0,
} as const
const VIDEO_COUNTS = {
  framesEncoded: 0,
  keyFramesEncoded: 0,
  framesSent: 0,
  hugeFramesSent: 0,
  firCount: 0,
  pliCount: 0,
} as const

function outboundStats(
  into: StatsCollection,
  ids: StatsIds,
  { key, kind, mid }: StatsSender,
  { ssrc, rtxSsrc, rid, active, scalabilityMode }: StatsSendStream,
  encodingIndex: number,
): RTCOutboundRtpStreamStats {
  return {
    timestamp: into.timestamp,
    type: 'outbound-rtp',
    id: ids.of('O', `${key} ${ssrc}`),
    ssrc,
    kind,
    active,
    ...COUNTS,
    ...(kind === 'video' && { encodingIndex, ...VIDEO_COUNTS }),
    ...(mid !== null && { mid }),
    ...(rid !== undefined && { rid }),
    ...(rtxSsrc !== undefined && { rtxSsrc }),
    ...(scalabilityMode !== undefined && { scalabilityMode }),
  }
}

/** One object for each payload type of a transport, more only where their format parameters differ (RTCCodecStats). */
function addCodec(into: StatsCollection, ids: StatsIds, codec: PayloadCodec, transportId: string): string {
  const { payloadType, mimeType, clockRate, channels, sdpFmtpLine } = codec
  const id = ids.of('COD', `${transportId} ${payloadType} ${mimeType} ${sdpFmtpLine ?? ''}`)
  into.add({
    timestamp: into.timestamp,
    type: 'codec',
    id,
    transportId,
    payloadType,
    mimeType,
    clockRate,
    ...(channels !== undefined && { channels }),
    ...(sdpFmtpLine !== undefined && { sdpFmtpLine }),
  })
  return id
}
