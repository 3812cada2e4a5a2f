import { describe, expect, test, vi } from 'vitest'
import { once, Pair, task } from '../connected-pair.test-support.js'
import type {
  RTCCertificateStats,
  RTCDataChannelStats,
  RTCIceCandidatePairStats,
  RTCIceCandidateStats,
  RTCPeerConnection,
  RTCPeerConnectionStats,
  RTCStats,
  RTCTransportStats,
} from '../index.js'

interface ByType {
  'peer-connection': RTCPeerConnectionStats
  'data-channel': RTCDataChannelStats
  transport: RTCTransportStats
  'candidate-pair': RTCIceCandidatePairStats
  'local-candidate': RTCIceCandidateStats
  'remote-candidate': RTCIceCandidateStats
  certificate: RTCCertificateStats
}

async function statsOf(connection: RTCPeerConnection) {
  const report = await connection.getStats()
  const all = [...report.values()] as RTCStats[]
  const ofType = <Type extends keyof ByType>(type: Type) => all.filter((one) => one.type === type) as ByType[Type][]
  return { report, all, ofType, one: <Type extends keyof ByType>(type: Type) => ofType(type)[0]! }
}

const COUNTERS = /^(packets|bytes|requests|responses|messages|total|selectedCandidatePairChanges|dataChannels|consent)/

/** Counters of a report by object and member. */
function counters(all: readonly RTCStats[]): Map<string, number> {
  const entries = all.flatMap((stats) =>
    (Object.entries(stats) as [string, unknown][]).flatMap(([member, value]) =>
      COUNTERS.test(member) && typeof value === 'number' ? [[`${stats.id} ${member}`, value] as const] : [],
    ),
  )
  return new Map(entries)
}

test('before negotiation there is the connection alone, and the channels that it has', async () => {
  using pair = new Pair()
  expect((await statsOf(pair.a)).all.map(({ type }) => type)).toEqual(['peer-connection'])
  pair.a.createDataChannel('label', { protocol: 'protocol' })
  const { one, all } = await statsOf(pair.a)
  expect(all).toHaveLength(2)
  expect(one('peer-connection')).toMatchObject({ dataChannelsOpened: 0, dataChannelsClosed: 0 })
  expect(one('data-channel')).toMatchObject({ label: 'label', protocol: 'protocol', state: 'connecting', bytesSent: 0 })
  expect(one('data-channel')).not.toHaveProperty('dataChannelIdentifier')
})

test('with an offer there is a transport whose role and parameters are known, and no more', async () => {
  using pair = new Pair()
  pair.a.createDataChannel('')
  await pair.a.setLocalDescription()
  const { one, ofType } = await statsOf(pair.a)
  const transport = one('transport')
  expect(transport).toMatchObject({
    iceRole: 'controlling',
    iceState: 'new',
    dtlsState: 'new',
    dtlsRole: 'unknown',
    selectedCandidatePairChanges: 0,
    packetsSent: 0,
  })
  expect(pair.a.localDescription!.sdp).toContain(`a=ice-ufrag:${transport.iceLocalUsernameFragment}\r\n`)
  for (const member of ['tlsVersion', 'dtlsCipher', 'selectedCandidatePairId', 'remoteCertificateId', 'srtpCipher']) {
    expect(transport).not.toHaveProperty(member)
  }
  expect(ofType('candidate-pair')).toEqual([])
  expect(ofType('certificate').map(({ id }) => id)).toEqual([transport.localCertificateId])
})

describe('connected', () => {
  test('the transport tells what was negotiated and selected; references resolve', async () => {
    using pair = new Pair()
    await pair.channels()
    const [ours, theirs] = [await statsOf(pair.a), await statsOf(pair.b)]
    const transport = ours.one('transport')
    expect(transport).toMatchObject({
      dtlsState: 'connected',
      tlsVersion: 'FEFD',
      dtlsCipher: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
      selectedCandidatePairChanges: 1,
    })
    expect([transport.dtlsRole, theirs.one('transport').dtlsRole].sort()).toEqual(['client', 'server'])
    expect(theirs.one('transport').iceRole).toBe('controlled')
    for (const { all, report } of [ours, theirs]) {
      for (const [member, id] of all.flatMap((stats) => Object.entries(stats) as [string, string][])) {
        if (member.endsWith('Id')) expect(report.has(id), member).toBe(true)
      }
    }
    const local = ours.report.get(transport.localCertificateId!) as RTCCertificateStats
    const remote = theirs.report.get(theirs.one('transport').remoteCertificateId!) as RTCCertificateStats
    expect(local.fingerprint).toBe(remote.fingerprint)
    expect(pair.a.localDescription!.sdp).toContain(`a=fingerprint:sha-256 ${local.fingerprint}\r\n`)
    expect(Buffer.from(local.base64Certificate, 'base64')).toEqual(
      Buffer.from(pair.b.sctp!.transport.getRemoteCertificates()[0]!),
    )
    expect(local).not.toHaveProperty('issuerCertificateId')
  })

  test('all pairs of the check list are there; the selected one has answered and been nominated', async () => {
    using pair = new Pair()
    await pair.channels()
    const { report, one, ofType } = await statsOf(pair.a)
    const pairs = ofType('candidate-pair')
    const isHost = ({ candidateType, protocol }: RTCIceCandidateStats) => candidateType === 'host' && protocol === 'udp'
    expect(pairs.length).toBeGreaterThanOrEqual(ofType('local-candidate').filter(isHost).length)
    const selected = report.get(one('transport').selectedCandidatePairId!) as RTCIceCandidatePairStats
    expect(selected).toMatchObject({ state: 'succeeded', nominated: true })
    expect(selected.requestsSent).toBeGreaterThan(0)
    expect(selected.responsesReceived).toBeGreaterThan(0)
    expect(selected.requestsReceived).toBe(selected.responsesSent)
    expect(selected.totalRoundTripTime).toBeGreaterThan(0)
    expect(selected.currentRoundTripTime).toBeLessThan(10)
    expect(selected.lastPacketSentTimestamp).toBeLessThanOrEqual(selected.timestamp)
    expect(selected.lastPacketSentTimestamp).toBeGreaterThan(selected.timestamp - 60_000)
    expect(selected).not.toHaveProperty('availableOutgoingBitrate')
    const local = report.get(selected.localCandidateId) as RTCIceCandidateStats
    expect(pair.a.localDescription!.sdp).toContain(` ${local.address} ${local.port} typ ${local.candidateType}`)
    expect(local).not.toHaveProperty('relatedAddress')
  })

  test('transport and candidate-pair count packets and bytes', async () => {
    using pair = new Pair()
    const [ours, theirs] = await pair.channels()
    const message = once(theirs, 'message')
    ours.send(new Uint8Array(10_000))
    await message
    const [sender, receiver] = [await statsOf(pair.a), await statsOf(pair.b)]
    const selected = (of: typeof sender) =>
      of.report.get(of.one('transport').selectedCandidatePairId!) as RTCIceCandidatePairStats
    for (const { packetsSent, bytesSent, packetsReceived, bytesReceived } of [
      sender.one('transport'),
      selected(sender),
    ]) {
      expect(bytesSent).toBeGreaterThan(10_000)
      expect(packetsSent).toBeGreaterThan(8)
      expect(packetsReceived).toBeGreaterThan(0)
      expect(bytesReceived).toBeGreaterThan(packetsReceived)
    }
    expect(receiver.one('transport').bytesReceived).toBeGreaterThan(10_000)
    expect(selected(receiver).bytesReceived).toBeGreaterThan(10_000)
    expect(sender.one('data-channel')).toMatchObject({ messagesSent: 1, bytesSent: 10_000, messagesReceived: 0 })
    expect(receiver.one('data-channel')).toMatchObject({ messagesReceived: 1, bytesReceived: 10_000, state: 'open' })
  })

  test('ids stay, counters never fall, and a report that was handed out does not change', async () => {
    using pair = new Pair()
    const [ours, theirs] = await pair.channels()
    let before = await statsOf(pair.a)
    for (let i = 0; i < 10; i++) {
      const message = once(theirs, 'message')
      ours.send('x'.repeat(1000 * i))
      await message
      const copy = structuredClone(before.all)
      const after = await statsOf(pair.a)
      expect(before.all).toEqual(copy)
      const now = counters(after.all)
      for (const [counter, value] of counters(before.all))
        expect(now.get(counter), counter).toBeGreaterThanOrEqual(value)
      for (const stats of before.all) expect(after.report.get(stats.id)).not.toBe(stats)
      before = after
    }
    expect((await statsOf(pair.b)).report.has(before.one('transport').id)).toBe(false)
  })

  test('changing what a report holds changes no later one', async () => {
    using pair = new Pair()
    await pair.channels()
    // The last candidates of the other side may come after its channel is open.
    await vi.waitFor(async () => {
      const [ours, theirs] = [await statsOf(pair.a), await statsOf(pair.b)]
      expect(pair.b.iceGatheringState).toBe('complete')
      expect(ours.ofType('remote-candidate')).toHaveLength(theirs.ofType('local-candidate').length)
    })
    const { all } = await statsOf(pair.a)
    const copy = structuredClone(all)
    for (const stats of all) for (const member of Object.keys(stats)) Reflect.set(stats, member, 'spoilt')
    const later = await statsOf(pair.a)
    expect(later.all.map(({ id }) => id).sort()).toEqual(copy.map(({ id }) => id).sort())
    expect(JSON.stringify(later.all)).not.toContain('spoilt')
  })

  test('after an ICE restart the pairs are new ones, the transport is the same', async () => {
    using pair = new Pair()
    await pair.channels()
    const before = await statsOf(pair.a)
    const changed = once(pair.a.sctp!.transport.iceTransport, 'selectedcandidatepairchange')
    pair.a.restartIce()
    await pair.negotiate()
    await changed
    const after = await statsOf(pair.a)
    expect(after.one('transport').id).toBe(before.one('transport').id)
    const gone = before.ofType('candidate-pair').filter(({ id }) => after.report.has(id))
    expect(gone).toEqual([])
    expect(after.one('transport').selectedCandidatePairChanges).toBe(2)
    expect(after.one('transport').bytesSent).toBeGreaterThanOrEqual(before.one('transport').bytesSent)
  })
})

describe('channels', () => {
  test('opened and closed count what was open, by whomever it was closed', async () => {
    using pair = new Pair()
    const [ours] = await pair.channels()
    const [second, theirSecond] = await pair.channels('second')
    const never = pair.a.createDataChannel('never open')
    never.close()
    await once(never, 'close')
    expect((await statsOf(pair.a)).one('peer-connection').dataChannelsOpened).toBe(2)
    const closed = [once(ours, 'close'), once(second, 'close')]
    ours.close()
    expect((await statsOf(pair.a)).one('peer-connection').dataChannelsClosed).toBe(1) // it has left "open"
    theirSecond.close()
    await Promise.all(closed)
    const { one, ofType } = await statsOf(pair.a)
    expect(one('peer-connection')).toMatchObject({ dataChannelsOpened: 2, dataChannelsClosed: 2 })
    expect(ofType('data-channel')).toEqual([])
  })
})

describe('after close()', () => {
  test('the last statistics stay, with the states of the end', async () => {
    using pair = new Pair()
    await pair.channels()
    const before = await statsOf(pair.a)
    pair.a.close()
    const after = await statsOf(pair.a)
    expect(new Set(after.all.map(({ id }) => id))).toEqual(new Set(before.all.map(({ id }) => id)))
    expect(after.one('transport')).toMatchObject({ dtlsState: 'closed', iceState: 'closed' })
    expect(after.one('data-channel').state).toBe('closed')
    expect(after.one('peer-connection')).toMatchObject({ dataChannelsOpened: 1, dataChannelsClosed: 1 })
    const now = counters(after.all)
    for (const [counter, value] of counters(before.all)) expect(now.get(counter), counter).toBeGreaterThanOrEqual(value)
    await task()
    const again = await statsOf(pair.a)
    expect(again.all.map((stats) => ({ ...stats, timestamp: 0 }))).toEqual(
      after.all.map((stats) => ({ ...stats, timestamp: 0 })),
    )
    expect(again.all[0]!.timestamp).toBeGreaterThan(after.all[0]!.timestamp)
    for (const stats of after.all) expect(again.report.get(stats.id)).not.toBe(stats)
  })

  test('who asks for the first time hears what there was, not what the end made of it', async () => {
    using pair = new Pair()
    await pair.channels()
    pair.a.close()
    const { all, one } = await statsOf(pair.a)
    const selected = all.find(({ id }) => id === one('transport').selectedCandidatePairId)
    expect(selected).toMatchObject({ type: 'candidate-pair', state: 'succeeded', nominated: true })
    expect(all.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['local-candidate', 'remote-candidate', 'certificate']),
    )
    expect(one('data-channel').state).toBe('closed')
  })

  test('a connection that never had a transport has its own statistics', async () => {
    using pair = new Pair()
    pair.a.close()
    expect((await statsOf(pair.a)).all.map(({ type }) => type)).toEqual(['peer-connection'])
  })
})

test('getStats settles from a task of its own, with one moment for the whole report', async () => {
  using pair = new Pair()
  await pair.channels()
  const order: string[] = []
  const before = performance.timeOrigin + performance.now()
  const settled = pair.a.getStats().then((report) => {
    order.push('report')
    return report
  })
  for (let i = 0; i < 50; i++) await Promise.resolve()
  order.push('microtasks')
  const report = await settled
  expect(order).toEqual(['microtasks', 'report'])
  const times = new Set([...report.values()].map((stats: RTCStats) => stats.timestamp))
  expect(times.size).toBe(1)
  const [time] = times
  expect(time).toBeGreaterThanOrEqual(before)
  expect(time).toBeLessThanOrEqual(performance.timeOrigin + performance.now())
})

test('a selector must be a track of the connection', async () => {
  using pair = new Pair()
  const getStats = pair.a.getStats.bind(pair.a) as (selector: unknown) => Promise<unknown>
  await expect(getStats(1)).rejects.toThrow(TypeError)
  await expect(getStats({})).rejects.toThrow()
  await expect(getStats(null)).resolves.toBeDefined()
  await expect(getStats(undefined)).resolves.toBeDefined()
})
