import { createRequire } from 'node:module'
import type * as Asn1 from 'asn1js'
import { nodeCrypto, type SigningKey } from './node.js'

/** X.509 certificates that vouch for themselves, as WebRTC endpoints have them (RFC 8827 §6.5, RFC 5280 §4.1). */

const DAY_MILLIS = 24 * 60 * 60 * 1000
/** RFC 5280 §4.1.2.5: dates through 2049 are UTCTime, later ones GeneralizedTime, which has four digits for the year. */
const FIRST_GENERALIZED_YEAR = 2050
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59)
/** RFC 5280 §4.1.2.2 allows 20 bytes; 16 are random enough to be unique. */
const SERIAL_BYTES = 16
const NAME_BYTES = 8

/** What is the same in all certificates, and the library that writes them: loaded with the first, not with the package. */
interface Encoding {
  readonly asn1: typeof Asn1
  readonly version3: Asn1.Constructed
  readonly commonName: Asn1.ObjectIdentifier
  readonly signatures: Readonly<
    Record<'rsa_pkcs1_sha256' | 'ecdsa_secp256r1_sha256' | 'ecdsa_secp384r1_sha384', Asn1.Sequence>
  >
}

let loaded: Encoding | undefined

function encoding(): Encoding {
  loaded ??= load()
  return loaded
}

function load(): Encoding {
  // A connection has its certificate when its constructor returns, so that it cannot wait for an import; and the library takes as
  // long to load as all of ours. Programs that are bundled as CommonJS have no `import.meta.url`: they find it where they are run.
  const here = import.meta.url as string | undefined
  const asn1 = createRequire(here ?? `${process.cwd()}/`)('asn1js') as typeof Asn1
  const oid = (value: string): Asn1.ObjectIdentifier => new asn1.ObjectIdentifier({ value })
  const sequence = (...value: Asn1.BaseBlock[]): Asn1.Sequence => new asn1.Sequence({ value })
  return {
    asn1,
    version3: new asn1.Constructed({
      idBlock: { tagClass: 3, tagNumber: 0 },
      value: [new asn1.Integer({ value: 2 })],
    }),
    commonName: oid('2.5.4.3'),
    // RFC 5758 §3.2: ECDSA has no parameters. RFC 4055 §5: RSA has NULL.
    signatures: {
      rsa_pkcs1_sha256: sequence(oid('1.2.840.113549.1.1.11'), new asn1.Null()),
      ecdsa_secp256r1_sha256: sequence(oid('1.2.840.10045.4.3.2')),
      ecdsa_secp384r1_sha384: sequence(oid('1.2.840.10045.4.3.3')),
    },
  }
}

/** @param expires milliseconds since the Unix epoch */
export function selfSigned(key: SigningKey, expires: number): Uint8Array {
  const { asn1, version3, signatures } = encoding()
  const scheme = signatureScheme(key)
  // Subject and issuer are random: a constant would say which software this is, and a name would say more.
  const name = randomName()
  const toBeSigned = new asn1.Sequence({
    value: [
      version3,
      new asn1.Integer({ valueHex: toArrayBuffer(randomSerial()) }),
      signatures[scheme],
      name,
      // A day back, for peers whose clock is behind ours.
      new asn1.Sequence({ value: [time(Date.now() - DAY_MILLIS), time(expires)] }),
      name,
      asn1.fromBER(key.publicKeyInfo).result,
    ],
  })
  const signed = key.sign(scheme, new Uint8Array(toBeSigned.toBER()))
  const signature = new asn1.BitString({ valueHex: toArrayBuffer(signed) })
  return new Uint8Array(new asn1.Sequence({ value: [toBeSigned, signatures[scheme], signature] }).toBER())
}

function signatureScheme({ keyType, signatureSchemes }: SigningKey): keyof Encoding['signatures'] {
  if (keyType === 'rsa') return 'rsa_pkcs1_sha256'
  return signatureSchemes[0] === 'ecdsa_secp384r1_sha384' ? signatureSchemes[0] : 'ecdsa_secp256r1_sha256'
}

function randomSerial(): Uint8Array {
  const serial = nodeCrypto.randomBytes(SERIAL_BYTES)
  // RFC 5280 §4.1.2.2: positive. The second bit is set so that DER has no leading zero to drop.
  serial[0] = (serial[0]! & 0x3f) | 0x40
  return serial
}

function randomName(): Asn1.Sequence {
  const { asn1, commonName } = encoding()
  const value = Array.from(nodeCrypto.randomBytes(NAME_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const attribute = new asn1.Sequence({ value: [commonName, new asn1.Utf8String({ value })] })
  return new asn1.Sequence({ value: [new asn1.Set({ value: [attribute] })] })
}

/** In whole seconds; what no form can write is the last moment that one can. */
function time(millis: number): Asn1.UTCTime {
  const { asn1 } = encoding()
  const valueDate = new Date(Math.floor(Math.min(millis, LAST_TIME) / 1000) * 1000)
  const isShort = valueDate.getUTCFullYear() < FIRST_GENERALIZED_YEAR
  return isShort ? new asn1.UTCTime({ valueDate }) : new asn1.GeneralizedTime({ valueDate })
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length)
  new Uint8Array(copy).set(bytes)
  return copy
}
