import type { SigningKey } from './node.js'
import type { PeerCertificate } from './types.js'

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** RFC 6979 §A.2.5: the public key, and the signature of "sample" with SHA-256. */
export const KNOWN_SIGNATURE = {
  point: bytesOf(
    '0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
  ),
  message: bytesOf('73616d706c65'),
  signature: bytesOf(
    '3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  ),
}

/** The fields of a certificate (RFC 5280 §4.1) around a key, all that is of no interest here empty. */
function certificateAbout(publicKeyInfo: Uint8Array): Uint8Array {
  const fields = [0xa0, 3, 2, 1, 2, 2, 1, 1, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, ...publicKeyInfo]
  const certificate = [0x30, fields.length, ...fields, 0x30, 0, 3, 1, 0]
  return Uint8Array.of(0x30, certificate.length, ...certificate)
}

interface Keys {
  generateKey(): SigningKey
  peerCertificate(der: Uint8Array, point: Uint8Array): PeerCertificate | undefined
}

interface Reader {
  p256PointOf(der: Uint8Array): Uint8Array | undefined
}

/** Verifies a known signature, forgeries, and one of its own, whose key it finds in a certificate. Throws where one is wrong. */
export function testP256(keys: Keys, certificates: Reader): void {
  const scheme = 'ecdsa_secp256r1_sha256'
  const { point, message, signature } = KNOWN_SIGNATURE
  const known = keys.peerCertificate(point, point)
  const other = Uint8Array.of(...message, 0)
  const key = keys.generateKey()
  const der = certificateAbout(key.publicKeyInfo)
  const found = certificates.p256PointOf(der)
  const own = found && keys.peerCertificate(der, found)
  const isRight =
    keys.peerCertificate(
      point,
      point.map((byte, index) => (index === 64 ? byte ^ 1 : byte)),
    ) === undefined &&
    known?.verify(scheme, message, signature) === true &&
    !known.verify(scheme, other, signature) &&
    own?.verify(scheme, message, key.sign(scheme, message)) === true &&
    !own.verify(scheme, message, signature) &&
    !known.verify(scheme, message, key.sign(scheme, message)) &&
    known.verify(scheme, message, signature) &&
    certificates.p256PointOf(der.subarray(0, -1)) === undefined
  if (!isRight) throw new Error('signatures on P-256 come out wrong')
}
