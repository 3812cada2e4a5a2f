import { createRequire } from 'node:module'
import type * as Asn1 from 'asn1js'
import { concatBytes } from '../core/index.js'
import { nodeCrypto, type SigningKey } from './node.js'

/** X.509 certificates that vouch for themselves, as WebRTC endpoints have them (RFC 8827 §6.5, RFC 5280 §4.1). */

const DAY_MILLIS = 24 * 60 * 60 * 1000
/** RFC 5280 §4.1.2.5: dates through 2049 are UTCTime, later ones GeneralizedTime, which has four digits for the year. */
const FIRST_GENERALIZED_YEAR = 2050
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59)
const FIRST_GENERALIZED_TIME = Date.UTC(FIRST_GENERALIZED_YEAR, 0)
/** RFC 5280 §4.1.2.2 allows 20 bytes; 16 are random enough to be unique. */
const SERIAL_BYTES = 16
const NAME_BYTES = 8

/** X.690 §8.1.2: tags of universal types. */
const BIT_STRING = 0x03
const UTC_TIME = 0x17
const SEQUENCE = 0x30

type Scheme = 'rsa_pkcs1_sha256' | 'ecdsa_secp256r1_sha256' | 'ecdsa_secp384r1_sha384'

/** What is the same in all certificates, and the library that writes them: loaded with the first, not with the package. */
interface Encoding {
  readonly asn1: typeof Asn1
  readonly version3: Asn1.Constructed
  readonly commonName: Asn1.ObjectIdentifier
  readonly signatures: Readonly<Record<Scheme, Asn1.Sequence>>
  /** The same, encoded. */
  readonly algorithms: Readonly<Record<Scheme, Uint8Array>>
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
  // RFC 5758 §3.2: ECDSA has no parameters. RFC 4055 §5: RSA has NULL.
  const signatures = {
    rsa_pkcs1_sha256: sequence(oid('1.2.840.113549.1.1.11'), new asn1.Null()),
    ecdsa_secp256r1_sha256: sequence(oid('1.2.840.10045.4.3.2')),
    ecdsa_secp384r1_sha384: sequence(oid('1.2.840.10045.4.3.3')),
  }
  const encoded = (value: Asn1.Sequence): Uint8Array => new Uint8Array(value.toBER())
  return {
    asn1,
    version3: new asn1.Constructed({
      idBlock: { tagClass: 3, tagNumber: 0 },
      value: [new asn1.Integer({ value: 2 })],
    }),
    commonName: oid('2.5.4.3'),
    signatures,
    algorithms: {
      rsa_pkcs1_sha256: encoded(signatures.rsa_pkcs1_sha256),
      ecdsa_secp256r1_sha256: encoded(signatures.ecdsa_secp256r1_sha256),
      ecdsa_secp384r1_sha384: encoded(signatures.ecdsa_secp384r1_sha384),
    },
  }
}

/** @param expires milliseconds since the Unix epoch */
export function selfSigned(key: SigningKey, expires: number): Uint8Array {
  const scheme = signatureScheme(key)
  const fields: Fields = {
    serial: randomSerial(),
    // Subject and issuer are random: a constant would say which software this is, and a name would say more.
    name: randomName(),
    // A day back, for peers whose clock is behind ours.
    notBefore: Date.now() - DAY_MILLIS,
    notAfter: expires,
    publicKeyInfo: key.publicKeyInfo,
  }
  const signed = signedPart(scheme, fields)
  return certificate(scheme, signed, key.sign(scheme, signed))
}

/** What differs between two certificates. */
export interface Fields {
  readonly serial: Uint8Array
  readonly name: string
  /** Milliseconds since the Unix epoch. */
  readonly notBefore: number
  readonly notAfter: number
  readonly publicKeyInfo: Uint8Array
}

/** By scheme: what was encoded once, to be filled in for every further certificate. */
const TEMPLATES = new Map<Scheme, Template>()

function signedPart(scheme: Scheme, fields: Fields): Uint8Array {
  const filled = TEMPLATES.get(scheme)?.filledWith(fields)
  if (filled !== undefined) return filled
  const encoded = toBeSigned(scheme, fields)
  const template = new Template(encoded, fields)
  if (template.isComplete) TEMPLATES.set(scheme, template)
  return encoded
}

/** TBSCertificate as the library encodes it. */
export function toBeSigned(scheme: Scheme, { serial, name, notBefore, notAfter, publicKeyInfo }: Fields): Uint8Array {
  const { asn1, version3, signatures } = encoding()
  const named = distinguishedName(name)
  const structure = new asn1.Sequence({
    value: [
      version3,
      new asn1.Integer({ valueHex: toArrayBuffer(serial) }),
      signatures[scheme],
      named,
      new asn1.Sequence({ value: [time(notBefore), time(notAfter)] }),
      named,
      asn1.fromBER(publicKeyInfo).result,
    ],
  })
  return new Uint8Array(structure.toBER())
}

/**
 * A TBSCertificate whose fields are put in place of those that it was made with: a tenth of the time that encoding it takes. All of
 * them have one length, but for the keys of RSA and for times after 2049, which are encoded by themselves.
 */
export class Template {
  readonly #bytes: Uint8Array
  readonly #places: Readonly<
    Record<'serial' | 'issuer' | 'notBefore' | 'notAfter' | 'subject' | 'publicKeyInfo', number>
  >
  readonly #publicKeyInfoBytes: number

  /** @param fields those that the bytes were encoded from */
  constructor(bytes: Uint8Array, fields: Fields) {
    this.#bytes = bytes
    this.#publicKeyInfoBytes = fields.publicKeyInfo.length
    const serial = placeOf(fields.serial, bytes, 0)
    const issuer = placeOf(ascii(fields.name), bytes, serial)
    const notBefore = placeOfTime(fields.notBefore, bytes, issuer)
    const notAfter = placeOfTime(fields.notAfter, bytes, notBefore)
    const subject = placeOf(ascii(fields.name), bytes, notBefore)
    const publicKeyInfo = placeOf(fields.publicKeyInfo, bytes, subject)
    this.#places = { serial, issuer, notBefore, notAfter, subject, publicKeyInfo }
  }

  /** Whether all fields were found: not where a time takes the longer form. */
  get isComplete(): boolean {
    return !Object.values(this.#places).includes(-1)
  }

  /** `undefined` where one of them takes another form than here. */
  filledWith({ serial, name, notBefore, notAfter, publicKeyInfo }: Fields): Uint8Array | undefined {
    const places = this.#places
    if (publicKeyInfo.length !== this.#publicKeyInfoBytes || notAfter >= FIRST_GENERALIZED_TIME) return undefined
    const bytes = this.#bytes.slice()
    bytes.set(serial, places.serial)
    putText(name, bytes, places.issuer)
    putText(utcTime(notBefore), bytes, places.notBefore)
    putText(utcTime(notAfter), bytes, places.notAfter)
    putText(name, bytes, places.subject)
    bytes.set(publicKeyInfo, places.publicKeyInfo)
    return bytes
  }
}

/** Where the one stands in the other, from a place on; -1 where it does not. */
function placeOf(part: Uint8Array, bytes: Uint8Array, from: number): number {
  for (let at = Math.max(from, 0); at + part.length <= bytes.length; at++) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return at
  }
  return -1
}

/** A GeneralizedTime ends with the same characters, but has another tag. */
function placeOfTime(millis: number, bytes: Uint8Array, from: number): number {
  const contents = ascii(utcTime(millis))
  const at = placeOf(concatBytes(header(UTC_TIME, contents.length), contents), bytes, from)
  return at < 0 ? -1 : at + 2
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

function putText(text: string, bytes: Uint8Array, at: number): void {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index)
}

/** The contents of a UTCTime (RFC 5280 §4.1.2.5.1): `YYMMDDHHMMSSZ`. */
function utcTime(millis: number): string {
  return `${new Date(millis).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`
}

/** Certificate (RFC 5280 §4.1). The library has encoded its parts; what is left are two headers. */
function certificate(scheme: Scheme, signed: Uint8Array, signature: Uint8Array): Uint8Array {
  const algorithm = encoding().algorithms[scheme]
  const signatureHeader = header(BIT_STRING, 1 + signature.length)
  const length = signed.length + algorithm.length + signatureHeader.length + 1 + signature.length
  // Of the last byte of the signature no bits are unused.
  return concatBytes(header(SEQUENCE, length), signed, algorithm, signatureHeader, Uint8Array.of(0), signature)
}

/** Tag and length in their shortest form (X.690 §10.1). */
function header(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length)
  if (length < 0x100) return Uint8Array.of(tag, 0x81, length)
  return Uint8Array.of(tag, 0x82, length >> 8, length & 0xff)
}

function signatureScheme({ keyType, signatureSchemes }: SigningKey): Scheme {
  if (keyType === 'rsa') return 'rsa_pkcs1_sha256'
  return signatureSchemes[0] === 'ecdsa_secp384r1_sha384' ? signatureSchemes[0] : 'ecdsa_secp256r1_sha256'
}

function randomSerial(): Uint8Array {
  const serial = nodeCrypto.randomBytes(SERIAL_BYTES)
  // RFC 5280 §4.1.2.2: positive. The second bit is set so that DER has no leading zero to drop.
  serial[0] = (serial[0]! & 0x3f) | 0x40
  return serial
}

function randomName(): string {
  return Array.from(nodeCrypto.randomBytes(NAME_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function distinguishedName(value: string): Asn1.Sequence {
  const { asn1, commonName } = encoding()
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
