import { describe, expect, test } from 'vitest'
import { ByteReader } from '../core/index.js'
import { connection, ecdsaP256, Link } from './dtls.test-support.js'
import { parseCertificateMessage } from './handshake/certificate.js'
import { parseClientHello } from './handshake/client-hello.js'
import { CERTIFICATE, CERTIFICATE_VERIFY, parseFragment } from './handshake/message.js'
import { parseRecord, RECORD_HEADER_BYTES } from './record/record.js'
import { DtlsConnection } from './connection.js'
import type { DtlsOptions } from './types.js'
import { generateEcdsaCertificate } from '../crypto/certificate.js'
import { nodeCrypto } from '../crypto/node.js'

/** A client as TURN has them: nobody by itself, and it asks who the server is. */
function client(options: Partial<DtlsOptions> = {}): DtlsConnection {
  const nobody = { crypto: nodeCrypto, role: 'client', remoteFingerprints: [], srtpProfiles: [] } as const
  return new DtlsConnection({ ...nobody, verifyChain: () => undefined, ...options })
}

/** The messages in what was sent without protection. */
function messages(datagrams: readonly Uint8Array[]): { readonly type: number; readonly bytes: Uint8Array }[] {
  const found: { type: number; bytes: Uint8Array }[] = []
  for (const datagram of datagrams) {
    for (let at = 0; at < datagram.length;) {
      const record = parseRecord(datagram, at)!
      at += RECORD_HEADER_BYTES + record.fragment.length
      const fragment =
        record.epoch === 0 && record.type === 22 ? parseFragment(new ByteReader(record.fragment)) : undefined
      if (fragment !== undefined) found.push({ type: fragment.type, bytes: fragment.bytes })
    }
  }
  return found
}

describe('a client of a server that is known by its certificate', () => {
  test('no fingerprint: the whole chain is asked about, and taken', () => {
    const asked: (readonly Uint8Array[])[] = []
    const verifyChain = (chain: readonly Uint8Array[]): undefined => void asked.push(chain)
    const link = new Link(client({ verifyChain }), connection('server', { requiresCertificate: false }))
    expect(link.connect()).toBe(true)
    expect(asked).toEqual([[ecdsaP256.der]])
    expect(link.client.event('connected')).toMatchObject({ localCertificate: new Uint8Array(0) })
    link.send(link.client, 'hello')
    link.run(() => link.server.data.length > 0)
    expect(link.server.data).toEqual(['hello'])
  })

  test('a chain that is refused: the reason in words, and not a message after it', () => {
    const verifyChain = (): string => 'The server is somebody else.'
    const link = new Link(client({ verifyChain }), connection('server', { requiresCertificate: false }))
    link.start().run(() => link.client.event('failed') !== undefined)
    expect(link.client.event('failed')?.error).toMatchObject({
      code: 'dtls.certificate',
      message: 'The server is somebody else.',
    })
    expect(messages(link.client.sent).map(({ type }) => type)).toEqual([1])
    expect(link.server.event('connected')).toBeUndefined()
  })

  test('SECURITY: the chain of another, without its key, is no use', () => {
    const other = generateEcdsaCertificate({ expires: ecdsaP256.expires })
    const stolen = { ...other, der: ecdsaP256.der }
    const link = new Link(client(), connection('server', { requiresCertificate: false, certificate: stolen }))
    link.start().run(() => link.client.event('failed') !== undefined)
    expect(link.client.event('failed')?.error.message).toMatch(/signature of ServerKeyExchange/)
  })

  test('without either nobody is believed', () => {
    const nobody = { crypto: nodeCrypto, role: 'client', remoteFingerprints: [], srtpProfiles: [] } as const
    const link = new Link(new DtlsConnection(nobody), connection('server'))
    link.start().run(() => link.client.event('failed') !== undefined)
    expect(link.client.event('failed')?.error.code).toBe('dtls.fingerprint')
  })

  test('asked for a certificate it has none, and signs nothing (RFC 5246 §7.4.6)', () => {
    const link = new Link(client(), connection('server', { requiresCertificate: false }))
    link.connect()
    const sent = messages(link.client.sent)
    const certificate = sent.find(({ type }) => type === CERTIFICATE)
    expect(parseCertificateMessage(certificate!.bytes)).toEqual([])
    expect(sent.some(({ type }) => type === CERTIFICATE_VERIFY)).toBe(false)
  })

  test('SECURITY: a server that wants one takes no client without', () => {
    const link = new Link(client(), connection('server'))
    link.start().run(() => link.server.event('failed') !== undefined)
    expect(link.server.event('failed')?.error).toMatchObject({ code: 'dtls.certificate' })
    expect(link.client.event('connected')).toBeUndefined()
  })

  test.each([
    ['turn.example', '000f' + '00' + '000c' + Buffer.from('turn.example').toString('hex')],
    [undefined, undefined],
  ])('server_name (RFC 6066 §3) of %s', (serverName, expected) => {
    const dtls = client(serverName === undefined ? {} : { serverName })
    dtls.start(0)
    const [hello] = messages([dtls.pollTransmit(0)!])
    const extension = parseClientHello(hello!.bytes)!.extensions.get(0)
    expect(extension && Buffer.from(extension).toString('hex')).toBe(expected)
  })

  test.each([1, 2, 3])('with a cookie, through loss and disorder (seed %i)', (seed) => {
    const server = connection('server', { requiresCertificate: false, cookieExchange: true })
    const link = new Link(client(), server, { seed, lossRatio: 0.2, jitterMillis: 20, duplicateRatio: 0.1 })
    expect(link.connect()).toBe(true)
  })

  test('an end that its owner has not heard of yet: nothing is sealed, and nobody stumbles', () => {
    const link = new Link(client(), connection('server', { requiresCertificate: false }))
    link.connect()
    link.server.connection.close(link.now)
    const farewell = link.server.connection.pollTransmit(link.now)!
    const { connection: ours } = link.client
    ours.receive(link.now, farewell)
    expect([ours.headBytes, ours.overheadBytes, ours.sealInPlace(new Uint8Array(100), 0, 10)]).toEqual([0, 0, 0])
    expect(ours.seal(new Uint8Array(10))).toBeUndefined()
  })
})
