/** Certificates of a test's own making (RFC 5280 §4.1), also such as no authority would issue. */
import { generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto'
import { concatBytes } from '../../core/index.js'

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export const NOW = Date.UTC(2026, 0, 15)
const DAY_MILLIS = 86_400_000

export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const contents = concatBytes(...parts)
  const { length } = contents
  if (length < 0x80) return concatBytes(Uint8Array.of(tag, length), contents)
  if (length < 0x100) return concatBytes(Uint8Array.of(tag, 0x81, length), contents)
  return concatBytes(Uint8Array.of(tag, 0x82, length >> 8, length & 0xff), contents)
}

const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...parts)
const TRUE = Uint8Array.of(1, 1, 0xff)

export function oid(text: string): Uint8Array {
  const [first = 0, second = 0, ...others] = text.split('.').map(Number)
  const octets = [40 * first + second, ...others].flatMap((part) => {
    const base128 = [part & 0x7f]
    for (let rest = part >>> 7; rest > 0; rest >>>= 7) base128.unshift(0x80 | (rest & 0x7f))
    return base128
  })
  return tlv(6, Uint8Array.from(octets))
}

/** A common name, in an organisation where there is one. */
export function nameOf(commonName: string, organisation?: string): Uint8Array {
  const attribute = (id: string, value: string): Uint8Array => tlv(0x31, sequence(oid(id), tlv(0x0c, ascii(value))))
  const parts = organisation === undefined ? [] : [attribute('2.5.4.10', organisation)]
  return sequence(...parts, attribute('2.5.4.3', commonName))
}

export const dns = (host: string): Uint8Array => tlv(0x82, ascii(host))
export const address = (...octets: readonly number[]): Uint8Array => tlv(0x87, Uint8Array.from(octets))
export const directory = (name: Uint8Array): Uint8Array => tlv(0xa4, name)
export const email = (text: string): Uint8Array => tlv(0x81, ascii(text))

export function extension(id: string, value: Uint8Array, isCritical = false): Uint8Array {
  return sequence(oid(id), ...(isCritical ? [TRUE] : []), tlv(4, value))
}

export const basicConstraints = (isAuthority: boolean, pathLength?: number): Uint8Array => {
  const length = pathLength === undefined ? [] : [tlv(2, Uint8Array.of(pathLength))]
  return extension('2.5.29.19', sequence(...(isAuthority ? [TRUE] : []), ...length), true)
}
/** Bits as RFC 5280 §4.2.1.3 counts them. */
export const keyUsage = (...bits: readonly number[]): Uint8Array => {
  const octet = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0)
  return extension('2.5.29.15', tlv(3, Uint8Array.of(0, octet)), true)
}
export const extendedKeyUsage = (...purposes: readonly string[]): Uint8Array =>
  extension('2.5.29.37', sequence(...purposes.map(oid)))
export const alternativeNames = (...names: readonly Uint8Array[]): Uint8Array =>
  extension('2.5.29.17', sequence(...names))
export const nameConstraints = (permitted: readonly Uint8Array[], excluded: readonly Uint8Array[] = []): Uint8Array => {
  const trees = (tag: number, bases: readonly Uint8Array[]): Uint8Array[] =>
    bases.length === 0 ? [] : [tlv(tag, ...bases.map((base) => sequence(base)))]
  return extension('2.5.29.30', sequence(...trees(0xa0, permitted), ...trees(0xa1, excluded)), true)
}

export const SERVER_PURPOSE = '1.3.6.1.5.5.7.3.1'
export const CLIENT_PURPOSE = '1.3.6.1.5.5.7.3.2'

export const ecKey = (namedCurve = 'P-256'): KeyPair => generateKeyPairSync('ec', { namedCurve })
export const rsaKey = (modulusLength = 2048): KeyPair => generateKeyPairSync('rsa', { modulusLength })

const RSA_PARAMETERS = Uint8Array.of(5, 0)
const ALGORITHMS: Readonly<Record<string, Uint8Array>> = {
  'ec sha256': sequence(oid('1.2.840.10045.4.3.2')),
  'ec sha384': sequence(oid('1.2.840.10045.4.3.3')),
  'ec sha1': sequence(oid('1.2.840.10045.4.1')),
  'rsa sha256': sequence(oid('1.2.840.113549.1.1.11'), RSA_PARAMETERS),
  'rsa sha1': sequence(oid('1.2.840.113549.1.1.5'), RSA_PARAMETERS),
  'rsa md5': sequence(oid('1.2.840.113549.1.1.4'), RSA_PARAMETERS),
}

export interface CertificateOrder {
  readonly key: KeyPair
  readonly subject: Uint8Array
  readonly extensions?: readonly Uint8Array[]
  /** Itself by default. */
  readonly issuer?: Issued
  readonly hash?: 'sha256' | 'sha384' | 'sha1' | 'md5'
  /** From a day before {@link NOW} to a day after it by default. */
  readonly notBefore?: number
  readonly notAfter?: number
  readonly version?: 1 | 3
}

export interface Issued {
  readonly der: Uint8Array
  readonly key: KeyPair
  readonly subject: Uint8Array
}

let serial = 0

export function issue(order: CertificateOrder): Issued {
  const { key, subject, extensions = [], hash = 'sha256', version = 3 } = order
  const { notBefore = NOW - DAY_MILLIS, notAfter = NOW + DAY_MILLIS } = order
  const issuer = order.issuer ?? { key, subject }
  const algorithm = ALGORITHMS[`${issuer.key.privateKey.asymmetricKeyType!} ${hash}`]!
  const time = (at: number): Uint8Array => {
    return tlv(0x17, ascii(`${new Date(at).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`))
  }
  const signed = sequence(
    ...(version === 1 ? [] : [tlv(0xa0, tlv(2, Uint8Array.of(version - 1)))]),
    tlv(2, Uint8Array.of(0x40, (++serial >> 8) & 0xff, serial & 0xff)),
    algorithm,
    issuer.subject,
    sequence(time(notBefore), time(notAfter)),
    subject,
    key.publicKey.export({ format: 'der', type: 'spki' }),
    ...(extensions.length === 0 ? [] : [tlv(0xa3, sequence(...extensions))]),
  )
  const signature = sign(hash, signed, issuer.key.privateKey)
  return { der: sequence(signed, algorithm, tlv(3, Uint8Array.of(0), signature)), key, subject }
}

/** An authority as they are: signed by itself unless an issuer is named. */
export function authority(commonName: string, order: Partial<CertificateOrder> = {}): Issued {
  const extensions = [basicConstraints(true), keyUsage(5, 6)]
  return issue({ key: ecKey(), subject: nameOf(commonName), extensions, ...order })
}

export const pemOf = ({ der }: Pick<Issued, 'der'>): string => new X509Certificate(der).toString()
