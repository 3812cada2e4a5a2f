/**
 * Relayed connections through a real coturn, between hosts of namespaces of our own. P8 is a row of docs/closing.md: what a
 * connection held of a server is given back when it closes.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CertificateAuthority } from '../support/certificate-authority.js'
import { opened } from './bed.js'
import { Coturn, coturnMissing, TURN_USER } from './coturn.js'
import type { RelayOptions } from './coturn.js'
import { expectHosts } from './expect-hosts.js'
import { NatLab, nft, packetCounts } from './nat-lab.js'
import type { LabHost } from './nat-lab.js'
import { candidateErrors, gathered, launchOn, selectedPair } from './nat-lab-host.js'
import { createPair, negotiate } from './negotiate.js'
import type { Pair } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import { isAbsent } from './peers.js'
import type { Host, RemotePeer } from './remote-peer.js'

const PORT = 3478
const TLS_PORT = 5349
const CLOSED_PORT = 4444
/** P8: how long a server may hold what a closed connection had. */
const GONE_MILLIS = 1000
/** What coturn gives a Refresh, whatever the most is for an Allocate. */
const REFRESHED_SECONDS = 600
/** coturn counts in seconds: a nonce of two is good for nearly three. */
const NONCE_OVER_MILLIS = 3200
const MEGABYTE = 1 << 20
const MESSAGE_BYTES = 256 << 10
/** What fits into the buffer of a channel. */
const AT_ONCE = 40

const missing = (await NatLab.missing()) ?? (await coturnMissing())

describe.skipIf(isAbsent({ name: 'namespaces and coturn', missing }))('relayed by coturn', () => {
  const lab = new NatLab()
  const processes: Host[] = []
  const connections: RemotePeer[] = []
  const servers: Coturn[] = []
  let relayHost: LabHost
  let left: Host
  let right: Host
  /** Behind a NAT. */
  let inside: Host

  beforeAll(async () => {
    await lab.create()
    relayHost = await lab.publicHost()
    for (const name of ['left', 'right']) processes.push(await launchOn(await lab.publicHost(), name))
    processes.push(await launchOn(await lab.hostBehind(await lab.nat('port-restricted')), 'inside'))
    ;[left, right, inside] = processes as [Host, Host, Host]
  })

  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.closeConnection()
    for (const server of servers.splice(0)) await server.stop()
  })

  afterAll(async () => {
    const steps = await Promise.allSettled(processes.map(async (host) => await host.dispose()))
    await lab.delete()
    for (const step of steps) if (step.status === 'rejected') throw step.reason
  })

  async function serve(relay: RelayOptions = {}, port = PORT): Promise<Coturn> {
    const server = await Coturn.start({ ...relayHost, port, relay })
    servers.push(server)
    return server
  }

  async function serveOverDtls(
    authority: CertificateAuthority,
    name: string,
  ): Promise<{ server: Coturn; url: string }> {
    const { certificatePath: certificate, keyPath: key } = await authority.issue(name)
    const server = await serve({ dtls: true, tls: { port: TLS_PORT, certificate, key } })
    return { server, url: `turns:${relayHost.address}:${TLS_PORT}?transport=udp` }
  }

  const trusting = ({ certificate }: CertificateAuthority): Record<string, unknown> => ({
    tincan: { certificateAuthorities: [certificate] },
  })

  async function pairVia(
    iceServers: readonly object[],
    policy = 'relay',
    theirs = iceServers,
    extensions: Record<string, unknown> = {},
  ): Promise<Pair> {
    const made = (given: readonly object[]) => ({
      configuration: { iceServers: given, iceTransportPolicy: policy, ...extensions },
    })
    const pair = await createPair(left, right, 'offerer', { ours: made(iceServers), theirs: made(theirs) })
    connections.push(pair.ours, pair.theirs)
    await pair.offerer.createChannel('chat')
    return pair
  }

  async function connect(...given: Parameters<typeof pairVia>): Promise<Pair> {
    const pair = await pairVia(...given)
    await negotiate(pair, { trickle: true })
    await opened(pair, 'chat')
    for (const side of [pair.ours, pair.theirs]) await side.log.state('connectionstatechange', 'connected')
    return pair
  }

  /** So many bytes one way, and one message back. */
  async function move({ ours, theirs }: Pair, bytes: number): Promise<void> {
    const messages: MessageRecipe[] = Array.from({ length: bytes / MESSAGE_BYTES }, (_, i) => {
      return { kind: 'binary', size: MESSAGE_BYTES, seed: i + 1 }
    })
    const before = theirs.log.digests('chat').length
    for (let at = 0; at < messages.length; at += AT_ONCE) {
      const some = messages.slice(at, at + AT_ONCE)
      await ours.send('chat', some)
      const received = await theirs.log.messages('chat', before + at + some.length, 20_000)
      expect(received.slice(before + at)).toEqual(some.map(digestOfRecipe))
    }
    const answer: MessageRecipe = { kind: 'text', size: 100, seed: 1 }
    const answers = ours.log.digests('chat').length
    await theirs.send('chat', [answer])
    expect((await ours.log.messages('chat', answers + 1)).at(-1)).toEqual(digestOfRecipe(answer))
  }

  async function closeBoth({ ours, theirs }: Pair): Promise<void> {
    for (const side of [ours, theirs]) await side.closeConnection()
  }

  /** P8, as the server sees it. */
  async function expectNothingHeld(server: Coturn): Promise<void> {
    const start = performance.now()
    while (server.allocations > 0 && performance.now() - start < GONE_MILLIS)
      await new Promise((resolve) => setTimeout(resolve, 10))
    expect(server.allocations).toBe(0)
    expect(server.created).toBeGreaterThan(0)
  }

  test('UDP, relay alone: 50 MB, and no allocation a second after close (P8)', async () => {
    const server = await serve()
    const pair = await connect([{ urls: server.url, ...TURN_USER }])
    for (const side of [pair.ours, pair.theirs]) {
      expect(gathered(side)).toMatchObject([
        { type: 'relay', relayProtocol: 'udp', url: server.url, relatedAddress: '0.0.0.0', relatedPort: 9 },
      ])
      expect(selectedPair(side)).toMatchObject({ local: { type: 'relay' }, remote: { type: 'relay' } })
    }
    expect(server.allocations).toBe(2)
    await move(pair, 50 * MEGABYTE)
    await closeBoth(pair)
    await expectNothingHeld(server)
  })

  test('UDP with nonces of two seconds: kept by the lifetime of the last answer, and given back with a stale nonce (P8)', async () => {
    const lifetimeSeconds = 6
    const server = await serve({ staleNonce: 2, maxAllocateLifetime: lifetimeSeconds })
    const pair = await connect([{ urls: server.url, ...TURN_USER }])
    // Half of the first lifetime, so that a Refresh has met a nonce that was good no more.
    await until(() => server.errors(438) >= 2, 10_000)
    await until(() => server.refreshes(REFRESHED_SECONDS) === 2, 1000)
    await move(pair, MEGABYTE)
    // The second lifetime counts, not the first: nobody is in a hurry any more, and nothing ends with the first.
    await new Promise((resolve) => setTimeout(resolve, (lifetimeSeconds + 1) * 1000))
    expect(server.refreshes(REFRESHED_SECONDS)).toBe(2)
    await move(pair, MEGABYTE)
    const stale = server.errors(438)
    expect(stale).toBe(2)
    await closeBoth(pair)
    await expectNothingHeld(server)
    expect(server.errors(438)).toBeGreaterThan(stale)
  })

  test('one session outlives its first lifetime and every nonce, with a restart of ICE after the end of each', async () => {
    // Together longer than the first lifetime.
    const rounds = 2
    const server = await serve({ staleNonce: 2, maxAllocateLifetime: 6 })
    const pair = await connect([{ urls: server.url, ...TURN_USER }])
    for (let round = 1; round <= rounds; round++) {
      const stale = server.errors(438)
      await new Promise((resolve) => setTimeout(resolve, NONCE_OVER_MILLIS))
      await negotiate(pair, { trickle: true, iceRestart: true })
      // Both ask whether the server still has what they hold, with a nonce that is good no more.
      await until(() => server.errors(438) >= stale + 2, 5000)
      await move(pair, MEGABYTE)
    }
    expect(server.created).toBe(2)
    expect(server.errors(438)).toBeGreaterThanOrEqual(2 * rounds)
    await closeBoth(pair)
    await expectNothingHeld(server)
  })

  test('closed while gathering, at any moment: nothing is held (P8)', async () => {
    const server = await serve()
    // Ever later, until some came late enough for an allocation to be made.
    for (let wait = 0; wait < 12 || (server.created < 2 && wait < 100); wait++) {
      const pair = await pairVia([{ urls: server.url, ...TURN_USER }])
      // Closing may be faster: then the offer stays pending for ever, as the W3C has it.
      void pair.ours.offer(false).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, wait / 2))
      await pair.ours.closeConnection()
    }
    await new Promise((resolve) => setTimeout(resolve, GONE_MILLIS))
    expect(server.created).toBeGreaterThan(0)
    expect(server.allocations).toBe(0)
  })

  test('without the relay policy: relays that lose are given back while the connection goes on', async () => {
    const server = await serve()
    const pair = await connect([{ urls: server.url, ...TURN_USER }], 'all')
    await expectHosts(pair.ours)
    await until(() => gathered(pair.ours, 'relay').length === 1 && server.created === 2, 3000)
    await until(() => server.allocations === 0, 6000)
    await move(pair, MEGABYTE)
    await closeBoth(pair)
  })

  test('a wrong password: 401, once, with the URL; and gathering ends', async () => {
    const server = await serve()
    const { ours } = await pairVia([{ urls: server.url, ...TURN_USER, credential: 'wrong' }])
    await ours.offer(true)
    expect(candidateErrors(ours)).toMatchObject([{ url: server.url, errorCode: 401, address: null, port: null }])
    expect(gathered(ours)).toEqual([])
    expect(server.created).toBe(0)
  })

  test('more than the server grants one user: 486 with its words, and what it did grant is used and given back', async () => {
    const server = await serve({ furtherLines: ['user-quota=1'] })
    const pair = await pairVia([{ urls: server.url, ...TURN_USER }], 'relay', [])
    await pair.ours.offer(true)
    expect(gathered(pair.ours)).toMatchObject([{ type: 'relay' }])
    const second = await pairVia([{ urls: server.url, ...TURN_USER }])
    await second.ours.offer(true)
    expect(candidateErrors(second.ours)).toMatchObject([
      { url: server.url, errorCode: 486, errorText: expect.stringMatching(/quota/i) },
    ])
    expect(gathered(second.ours)).toEqual([])
    await closeBoth(pair)
    await expectNothingHeld(server)
  })

  test('a server that sends everybody on to another one (300): relayed by that, under the URL that was configured', async () => {
    const port = PORT + 10
    const other = await serve({}, port)
    const server = await serve({ furtherLines: [`alternate-server=${relayHost.address}:${port}`] })
    const pair = await connect([{ urls: server.url, ...TURN_USER }])
    expect(gathered(pair.ours)).toMatchObject([{ type: 'relay', url: server.url }])
    await until(() => other.created === 2, 1000)
    expect(server.created).toBe(0)
    await move(pair, MEGABYTE)
    await closeBoth(pair)
    await expectNothingHeld(other)
  })

  test('a peer that the server does not let us reach (403): the pair fails, and another way is taken', async () => {
    const server = await serve({ furtherLines: [`denied-peer-ip=${relayHost.address}`] })
    const open = await serve({}, PORT + 10)
    const theirs = [{ urls: open.url, ...TURN_USER }]
    const pair = await connect([{ urls: server.url, ...TURN_USER }, ...theirs], 'relay', theirs)
    await until(() => server.errors(403) > 0, 3000)
    expect(selectedPair(pair.ours)).toMatchObject({ local: { url: open.url } })
    await move(pair, MEGABYTE)
    await closeBoth(pair)
    await expectNothingHeld(server)
  })

  test('a port where nobody listens: 701 at the first refusal, nothing is asked twice', async () => {
    const url = `turn:${relayHost.address}:${CLOSED_PORT}`
    // What asks for nothing is a STUN header, and a UDP header is 8 bytes (RFC 8489 §5, RFC 768).
    await nft(
      relayHost.enter,
      `table inet closed {
        counter probes { }
        counter requests { }
        counter connections { }
        chain input { type filter hook input priority filter;
          udp dport ${CLOSED_PORT} udp length 28 counter name probes accept;
          udp dport ${CLOSED_PORT} counter name requests accept;
          tcp dport ${CLOSED_PORT} tcp flags syn counter name connections accept; }
      }`,
    )
    const { ours } = await pairVia([{ urls: [url, `${url}?transport=tcp`], ...TURN_USER }], 'all')
    await ours.offer(true)
    const errors = candidateErrors(ours).map(({ url: told, errorCode }) => [told, errorCode])
    expect(errors.sort()).toEqual([
      [url, 701],
      [`${url}?transport=tcp`, 701],
    ])
    // Who waits for an answer repeats the request after half a second (RFC 8489 §6.2.1), and TCP after one (RFC 6298 §2). The
    // refusal of the probe may even be here before the first request is due.
    const { requests, ...others } = await packetCounts(relayHost.enter)
    expect(others).toEqual({ probes: 1, connections: 1 })
    expect(requests).toBeLessThanOrEqual(1)
    await nft(relayHost.enter, 'delete table inet closed')
  })

  test('TCP: 50 MB, and no allocation a second after close (P8)', async () => {
    const server = await serve({ tcp: true })
    const urls = `${server.url}?transport=tcp`
    const pair = await connect([{ urls, ...TURN_USER }])
    expect(gathered(pair.ours)).toMatchObject([{ type: 'relay', protocol: 'udp', relayProtocol: 'tcp', url: urls }])
    await move(pair, 50 * MEGABYTE)
    await closeBoth(pair)
    await expectNothingHeld(server)
  })

  test('TLS: 50 MB, and no allocation a second after close (P8)', async () => {
    const authority = await CertificateAuthority.create()
    try {
      const { certificatePath, keyPath } = await authority.issue(`IP:${relayHost.address}`)
      const server = await serve({ tls: { port: TLS_PORT, certificate: certificatePath, key: keyPath } })
      const urls = `turns:${relayHost.address}:${TLS_PORT}`
      const pair = await connect([{ urls, ...TURN_USER }], 'relay', undefined, {
        tincan: { certificateAuthorities: [authority.certificate] },
      })
      expect(gathered(pair.ours)).toMatchObject([{ type: 'relay', relayProtocol: 'tls', url: urls }])
      await move(pair, 50 * MEGABYTE)
      await closeBoth(pair)
      await expectNothingHeld(server)
    } finally {
      await authority.delete()
    }
  })

  test.each([
    ['another name', 'DNS:turn.example', true],
    ['an authority that we do not know', 'IP', false],
  ])('TLS with %s: 701, and not a byte of TURN', async (_, name, isKnown) => {
    const authority = await CertificateAuthority.create()
    try {
      const { certificatePath, keyPath } = await authority.issue(name === 'IP' ? `IP:${relayHost.address}` : name)
      const server = await serve({ tls: { port: TLS_PORT, certificate: certificatePath, key: keyPath } })
      const url = `turns:${relayHost.address}:${TLS_PORT}`
      const extensions = isKnown ? { tincan: { certificateAuthorities: [authority.certificate] } } : {}
      const { ours } = await pairVia([{ urls: url, ...TURN_USER }], 'relay', undefined, extensions)
      await ours.offer(true)
      expect(candidateErrors(ours)).toMatchObject([{ url, errorCode: 701 }])
      expect(server.errors(401)).toBe(0)
    } finally {
      await authority.delete()
    }
  })

  test('DTLS: 50 MB, and no allocation a second after close (P8)', async () => {
    const authority = await CertificateAuthority.create()
    try {
      const { server, url } = await serveOverDtls(authority, `IP:${relayHost.address}`)
      const pair = await connect([{ urls: url, ...TURN_USER }], 'relay', undefined, trusting(authority))
      expect(gathered(pair.ours)).toMatchObject([{ type: 'relay', relayProtocol: 'udp', url }])
      await move(pair, 50 * MEGABYTE)
      await closeBoth(pair)
      await expectNothingHeld(server)
    } finally {
      await authority.delete()
    }
  })

  test('DTLS: STUN by the very socket, which a NAT translates', async () => {
    const authority = await CertificateAuthority.create()
    try {
      await serveOverDtls(authority, `IP:${relayHost.address}`)
      const urls = `stuns:${relayHost.address}:${TLS_PORT}`
      const made = { configuration: { iceServers: [{ urls }], ...trusting(authority) } }
      const pair = await createPair(inside, right, 'offerer', { ours: made, theirs: { configuration: {} } })
      connections.push(pair.ours, pair.theirs)
      await pair.offerer.createChannel('chat')
      await pair.ours.offer(true)
      const [host] = gathered(pair.ours, 'host')
      expect(gathered(pair.ours, 'srflx')).toMatchObject([{ url: urls, protocol: 'udp', relatedPort: host?.port }])
      expect(candidateErrors(pair.ours)).toEqual([])
    } finally {
      await authority.delete()
    }
  })

  test.each([
    ['another name', 'DNS:turn.example', /not for/, true],
    ['an authority that we do not know', 'IP', /No authority/, false],
  ])('DTLS with %s: 701 that says so, and not a byte of TURN', async (_, name, words, isKnown) => {
    const authority = await CertificateAuthority.create()
    try {
      const { server, url } = await serveOverDtls(authority, name === 'IP' ? `IP:${relayHost.address}` : name)
      const { ours } = await pairVia(
        [{ urls: url, ...TURN_USER }],
        'relay',
        undefined,
        isKnown ? trusting(authority) : {},
      )
      await ours.offer(true)
      expect(candidateErrors(ours)).toMatchObject([{ url, errorCode: 701, errorText: expect.stringMatching(words) }])
      expect(server.errors(401)).toBe(0)
    } finally {
      await authority.delete()
    }
  })

  test('the server closes the stream: disconnected at once, and a restart of ICE asks for another stream', async () => {
    const server = await serve({ tcp: true })
    const pair = await connect([{ urls: `${server.url}?transport=tcp`, ...TURN_USER }])
    await server.stop()
    await pair.ours.log.state('iceconnectionstatechange', 'disconnected')
    const again = await serve({ tcp: true })
    await negotiate(pair, { trickle: true, iceRestart: true })
    await until(() => again.allocations === 2, 5000)
    await move(pair, MEGABYTE)
    await closeBoth(pair)
    await expectNothingHeld(again)
  })

  test('the server is killed and started again: a restart of ICE relays through the new one', async () => {
    const server = await serve()
    const pair = await connect([{ urls: server.url, ...TURN_USER }])
    await move(pair, MEGABYTE)
    await server.stop()
    const again = await serve()
    const before = pair.ours.log.events.length
    await negotiate(pair, { trickle: true, iceRestart: true })
    await pair.ours.log.until(
      'another pair',
      () => pair.ours.log.events.slice(before).find(({ type }) => type === 'selected'),
      15_000,
    )
    await move(pair, MEGABYTE)
    await closeBoth(pair)
    await expectNothingHeld(again)
  })

  test('a restart of ICE on a server that has not changed: the same allocations, and nothing held afterwards (P8)', async () => {
    const server = await serve()
    const pair = await connect([{ urls: server.url, ...TURN_USER }])
    const before = pair.ours.log.events.length
    await negotiate(pair, { trickle: true, iceRestart: true })
    await pair.ours.log.until(
      'another pair',
      () => pair.ours.log.events.slice(before).find(({ type }) => type === 'selected'),
      15_000,
    )
    await move(pair, MEGABYTE)
    expect(server.created).toBe(2)
    await closeBoth(pair)
    await expectNothingHeld(server)
  })
})

async function until(condition: () => boolean, withinMillis: number): Promise<void> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > withinMillis) throw new Error(`not within ${withinMillis} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
