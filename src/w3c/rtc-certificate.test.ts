import { describe, expect, test } from 'vitest'
import { once, Pair } from './connected-pair.test-support.js'
import { exportCertificate, importCertificate, RTCPeerConnection } from './index.js'

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' }
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
}

describe('generateCertificate', () => {
  test.each([
    ['30 days by default', undefined, 30],
    ['as asked', 86_400_000, 1],
    ['365 days at most', 1e15, 365],
  ])('expires after %s', async (_, expires, days) => {
    const algorithm = expires === undefined ? ECDSA : { ...ECDSA, expires }
    const before = Date.now()
    const certificate = await RTCPeerConnection.generateCertificate(algorithm)
    expect(certificate.expires).toBeGreaterThanOrEqual(before + days * 86_400_000)
    expect(certificate.expires).toBeLessThanOrEqual(Date.now() + days * 86_400_000)
  })

  test('fingerprints are lower case, and a copy for each call', async () => {
    const certificate = await RTCPeerConnection.generateCertificate(ECDSA)
    const [fingerprint] = certificate.getFingerprints()
    expect(fingerprint).toMatchObject({ algorithm: 'sha-256' })
    expect(fingerprint!.value).toMatch(/^([0-9a-f]{2}:){31}[0-9a-f]{2}$/)
    fingerprint!.value = ''
    expect(certificate.getFingerprints()[0]!.value).not.toBe('')
  })
})

describe('exportCertificate and importCertificate', () => {
  test.each([
    ['ECDSA', ECDSA],
    ['RSA', RSA],
  ])('%s: the identity survives, and connects', async (_, algorithm) => {
    const certificate = await RTCPeerConnection.generateCertificate(algorithm)
    const text = JSON.stringify(exportCertificate(certificate))
    const again = importCertificate(JSON.parse(text) as ReturnType<typeof exportCertificate>)
    expect(again).not.toBe(certificate)
    expect(again.getFingerprints()).toEqual(certificate.getFingerprints())
    // X.509 has whole seconds.
    expect(again.expires).toBe(Math.floor(certificate.expires / 1000) * 1000)
    using pair = new Pair({ certificates: [again] })
    const [ours, theirs] = await pair.channels()
    const message = once<MessageEvent>(theirs, 'message')
    ours.send('hello')
    expect((await message).data).toBe('hello')
    expect(pair.b.remoteDescription!.sdp.toLowerCase()).toContain(certificate.getFingerprints()[0]!.value)
  })

  test('each wrong input has its error', async () => {
    const one = exportCertificate(await RTCPeerConnection.generateCertificate(ECDSA))
    const other = exportCertificate(await RTCPeerConnection.generateCertificate(ECDSA))
    const expired = exportCertificate(await RTCPeerConnection.generateCertificate({ ...ECDSA, expires: 0 }))
    await new Promise((resolve) => setImmediate(resolve))
    const error = (pem: object): string => {
      try {
        importCertificate(pem as typeof one)
        return 'none'
      } catch (thrown) {
        return (thrown as Error).name
      }
    }
    expect(error(one)).toBe('none')
    expect(error({ certificatePem: one.certificatePem })).toBe('TypeError')
    expect(error({ ...one, certificatePem: Symbol('x') })).toBe('TypeError')
    expect(error({ ...one, certificatePem: 'x' })).toBe('DataError')
    expect(error({ ...one, privateKeyPem: 'x' })).toBe('DataError')
    expect(error({ ...one, privateKeyPem: other.privateKeyPem })).toBe('InvalidAccessError')
    expect(error(expired)).toBe('InvalidAccessError')
    expect(() => exportCertificate({} as never)).toThrow(TypeError)
  })
})
