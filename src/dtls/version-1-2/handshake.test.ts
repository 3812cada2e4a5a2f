import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../crypto/node.js'
import { CIPHER_SUITES } from '../cipher-suites.js'
import { NAMED_GROUPS } from '../code-points.js'
import { ecdsaP256, sha256Of } from '../dtls.test-support.js'
import type { Step } from '../handshake/handshake.js'
import { parseClientHello, writeClientHello } from '../handshake/client-hello.js'
import { EXT_SUPPORTED_GROUPS, writeSupportedGroups } from '../handshake/extensions.js'
import { FINISHED, SERVER_HELLO, type HandshakeMessage } from '../handshake/message.js'
import { parseServerHello, writeServerHello, type ServerHello } from '../handshake/server-hello.js'
import { ClientHandshake } from './client-handshake.js'
import { ServerHandshake } from './server-handshake.js'
import type { HandshakeOptions } from './session.js'

const options: HandshakeOptions = {
  crypto: nodeCrypto,
  certificates: [ecdsaP256],
  remoteFingerprints: [sha256Of(ecdsaP256)],
  verifyChain: undefined,
  requiresCertificate: true,
  serverName: undefined,
  srtpProfiles: [],
  cipherSuites: CIPHER_SUITES,
  groups: NAMED_GROUPS,
  cookieExchange: false,
}

type Rewrite = (message: HandshakeMessage) => Uint8Array

function messagesOf(step: Step): HandshakeMessage[] {
  return (step.flight?.items ?? []).flatMap((item) => (item.kind === 'message' ? [item.message] : []))
}

/** Gives all messages of a flight to the other side; the step that the last of them, or the first failure, led to. */
function deliver(step: Step, to: ClientHandshake | ServerHandshake, rewrite: Rewrite): Step {
  let last: Step = {}
  for (const message of messagesOf(step)) {
    last = to.receive({ ...message, body: rewrite(message) })
    if (last.failure !== undefined || last.malformed === true) return last
  }
  return last
}

const unchanged: Rewrite = (message) => message.body

/** What the client makes of a server whose first flight is changed on the way. */
function clientAgainst(fromServer: Rewrite, changes: Partial<HandshakeOptions> = {}, fromClient = unchanged): Step {
  const client = new ClientHandshake({ ...options, ...changes })
  return deliver(deliver(client.start(), new ServerHandshake(options), fromClient), client, fromServer)
}

function onServerHello(change: (hello: ServerHello) => ServerHello): Rewrite {
  return (message) =>
    message.type === SERVER_HELLO ? writeServerHello(change(parseServerHello(message.body)!)) : message.body
}

function extended(type: number, ...data: number[]): Rewrite {
  return onServerHello((hello) => ({
    ...hello,
    extensions: new Map([...hello.extensions, [type, Uint8Array.from(data)]]),
  }))
}

describe('a client refuses a server that', () => {
  const withSrtp = { srtpProfiles: [0x0001, 0x0007] } as const
  test.each<[string, number, Rewrite, Partial<HandshakeOptions>?]>([
    ['chooses another version', 70, onServerHello((hello) => ({ ...hello, version: 0xfeff }))],
    ['chooses a suite that was not offered', 47, onServerHello((hello) => ({ ...hello, cipherSuite: 0xc009 }))],
    ['compresses', 47, onServerHello((hello) => ({ ...hello, compressionMethod: 1 }))],
    ['has another key than its suite says', 43, onServerHello((hello) => ({ ...hello, cipherSuite: 0xc02f }))],
    ['answers what was not asked', 110, extended(16, 0, 0)],
    ['answers use_srtp that was not offered', 110, extended(14, 0, 2, 0, 1, 0)],
    ['takes it for a renegotiation', 40, extended(0xff01, 1, 9)],
    ['chooses a profile that was not offered', 47, extended(14, 0, 2, 0, 8, 0), withSrtp],
    ['chooses two profiles', 47, extended(14, 0, 4, 0, 1, 0, 7, 0), withSrtp],
    ['brings an MKI', 47, extended(14, 0, 2, 0, 1, 1, 5), withSrtp],
  ])('%s', (_, alert, rewrite, changes) => {
    expect(clientAgainst(rewrite, changes).failure?.alert).toBe(alert)
  })

  test('chooses a group that was not offered', () => {
    const pretendOtherGroup: Rewrite = ({ body }) => {
      const hello = parseClientHello(body)!
      const groups = writeSupportedGroups(['secp384r1'])
      return writeClientHello({ ...hello, extensions: new Map([...hello.extensions, [EXT_SUPPORTED_GROUPS, groups]]) })
    }
    expect(clientAgainst(unchanged, { groups: ['x25519'] }, pretendOtherGroup).failure?.alert).toBe(47)
  })

  test('and takes one that does none of this', () => {
    expect(clientAgainst(unchanged).failure).toBeUndefined()
    expect(clientAgainst(extended(14, 0, 2, 0, 7, 0), withSrtp).flight).toBeDefined()
  })
})

describe('Finished', () => {
  const spoilFinished: Rewrite = ({ type, body }) => (type === FINISHED ? body.map((byte) => byte ^ 1) : body)

  test('that does not match the transcript is refused by the server, then by the client', () => {
    for (const [toServer, toClient] of [
      [spoilFinished, unchanged],
      [unchanged, spoilFinished],
      [unchanged, unchanged],
    ] as const) {
      const client = new ClientHandshake(options)
      const server = new ServerHandshake(options)
      const flight5 = deliver(deliver(client.start(), server, unchanged), client, unchanged)
      const flight6 = deliver(flight5, server, toServer)
      expect(flight6.failure?.alert).toBe(toServer === spoilFinished ? 51 : undefined)
      if (flight6.failure !== undefined) continue
      const end = deliver(flight6, client, toClient)
      expect(end.failure?.alert).toBe(toClient === spoilFinished ? 51 : undefined)
      expect(end.connected === undefined).toBe(toClient === spoilFinished)
    }
  })

  test('and every other message out of its order is unexpected', () => {
    const client = new ClientHandshake(options)
    client.start()
    expect(client.receive({ type: FINISHED, sequence: 0, body: new Uint8Array(12) }).failure?.alert).toBe(10)
    const server = new ServerHandshake(options)
    deliver(new ClientHandshake(options).start(), server, unchanged)
    expect(server.receive({ type: FINISHED, sequence: 1, body: new Uint8Array(12) }).failure?.alert).toBe(10)
  })
})
