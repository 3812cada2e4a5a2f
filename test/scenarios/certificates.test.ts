import { beforeAll, describe, expect, test } from 'vitest'
import { generateCertificate, type LocalCertificate } from '../../src/crypto/index.js'
import { connectedPair, negotiate, openChannel } from './support/connected-pair.js'
import { certificateOf } from './support/endpoint.js'

const RSA = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: 65_537, hash: 'SHA-256' } as const

/** RFC 9429 §5.2.1: every certificate has an a=fingerprint; the DTLS handshake says which of them is used. */
describe('several certificates', () => {
  let rsa: LocalCertificate
  beforeAll(async () => {
    rsa = await generateCertificate({ algorithm: RSA, expires: Date.now() + 86_400_000 })
  })

  test.each(['alice', 'bob'] as const)('%s has two: both are signalled, the first is used', (name) => {
    const ecdsa = certificateOf(name)
    for (const certificates of [
      [ecdsa, rsa],
      [rsa, ecdsa],
    ]) {
      const pair = connectedPair({ [name]: { certificates } })
      const other = name === 'alice' ? 'bob' : 'alice'
      const lines = pair[name].peer.localDescriptions.current!.sdp.match(/^a=fingerprint:sha-256 .*$/gm)
      expect(lines).toHaveLength(2)
      expect(pair[name].transport.localCertificate).toBe(certificates[0]!.der)
      expect(pair[other].transport.remoteCertificates).toEqual([certificates[0]!.der])
      openChannel(pair, pair.alice, pair.bob)
    }
  })

  test('a re-offer names the same ones: nothing begins anew', () => {
    const pair = connectedPair({ alice: { certificates: [certificateOf('alice'), rsa] } })
    const [ours] = openChannel(pair, pair.alice, pair.bob)
    negotiate(pair, pair.alice, pair.bob)
    negotiate(pair, pair.bob, pair.alice, {
      munge: (sdp) =>
        sdp
          .replace(/(a=fingerprint.*\r\n)(a=fingerprint.*\r\n)/, '$2$1')
          .replace(/sha-256 .*/g, (v) => v.toLowerCase()),
    })
    pair.link.runFor(1000)
    expect(ours.readyState).toBe('open')
    for (const end of [pair.alice, pair.bob]) expect(end.states('dtlsState')).toEqual([])
  })
})
