import type { LocalCertificate } from '../crypto/types.js'
import {
  CertificateReserve,
  fingerprintOf,
  generateCertificate,
  generateEcdsaCertificate,
  importCertificate,
  nodeIo,
  type CertificatePem,
  type ExportableCertificate,
  type ImportError,
} from '../node/index.js'
import {
  defineInterface,
  dictionary,
  domString,
  enforcedUnsignedLongLong,
  isObject,
  optional,
  required,
  type Conversion,
} from './webidl/index.js'

/** The hash of a certificate. @see https://www.w3.org/TR/webrtc/#rtcdtlsfingerprint */
export interface RTCDtlsFingerprint {
  /** Always `sha-256` in what we return. */
  algorithm?: string
  /** Pairs of lower-case hexadecimal digits, joined by colons. */
  value?: string
}

/** What `generateCertificate` takes: a WebCrypto algorithm, and how long the certificate is to be valid. */
export interface RTCCertificateAlgorithm {
  /** `ECDSA` or `RSASSA-PKCS1-v1_5`. */
  name: string
  /** For ECDSA: `P-256` or `P-384`. */
  namedCurve?: string
  /** For RSA, in bits: 1024 to 8192; below 2048 it protects nothing any more. */
  modulusLength?: number
  /** For RSA, as bytes: 65537, which is `[1, 0, 1]`, or 3. */
  publicExponent?: Uint8Array
  /** For RSA: `SHA-256`. */
  hash?: string | { name: string }
  /** Milliseconds from now; 30 days by default, 365 at most. */
  expires?: number
}

const DAY_MILLIS = 24 * 60 * 60 * 1000
const DEFAULT_LIFETIME_MILLIS = 30 * DAY_MILLIS
const MAX_LIFETIME_MILLIS = 365 * DAY_MILLIS

/** A certificate with its key, and whose it is. */
class CertificateSlots {
  readonly certificate: ExportableCertificate

  constructor(certificate: ExportableCertificate) {
    this.certificate = certificate
  }
}

let createCertificate: (certificate: ExportableCertificate) => RTCCertificate
export let isRtcCertificate: (value: unknown) => value is RTCCertificate
/** The certificate and key that an RTCCertificate stands for. */
export let localCertificateOf: (certificate: RTCCertificate) => ExportableCertificate

/**
 * A certificate of ours with its private key, made by `RTCPeerConnection.generateCertificate()`.
 * @see https://www.w3.org/TR/webrtc/#rtccertificate-interface
 */
export class RTCCertificate {
  readonly #slots: CertificateSlots

  private constructor(...[slots]: [CertificateSlots?]) {
    if (!(slots instanceof CertificateSlots)) {
      throw new TypeError("Failed to construct 'RTCCertificate': Illegal constructor")
    }
    this.#slots = slots
  }

  /** Milliseconds since the Unix epoch; after it no connection can be constructed with the certificate. */
  get expires(): number {
    return this.#slots.certificate.expires
  }

  /** One, of SHA-256, which descriptions say as `a=fingerprint` (RFC 8122 §5). */
  getFingerprints(): RTCDtlsFingerprint[] {
    return [{ algorithm: 'sha-256', value: fingerprintOf(this.#slots.certificate.der, 'sha-256').toLowerCase() }]
  }

  static {
    createCertificate = (certificate) => new RTCCertificate(new CertificateSlots(certificate))
    isRtcCertificate = (value): value is RTCCertificate => isObject(value) && #slots in value
    localCertificateOf = (certificate) => certificate.#slots.certificate
    defineInterface(this, 'RTCCertificate')
  }
}

const newReserve = (isPlain: boolean): CertificateReserve =>
  new CertificateReserve({
    make: () => generateEcdsaCertificate({ expires: Date.now() + DEFAULT_LIFETIME_MILLIS, isPlain }),
    now: () => nodeIo.now(),
    createTimer: (callback) => nodeIo.createTimer(callback),
    queueTask: (callback) => nodeIo.queueTask(callback),
  })
const reserves = { plain: newReserve(true), fast: newReserve(false) }

/** What a connection uses that was constructed without certificates, and no other one: P-256 (RFC 8827 §6.5). */
export function defaultCertificate(path: keyof typeof reserves): LocalCertificate {
  return reserves[path].take()
}

/** {@link defaultCertificate} for the next connection is made now, if it has to be: the one that says so waits for its peer. */
export function replenishDefaultCertificates(path: keyof typeof reserves): void {
  reserves[path].replenish()
}

/** A certificate and its private key as PEM (RFC 7468); the key is PKCS #8 and not encrypted. */
export interface RTCCertificatePem {
  /** One CERTIFICATE; of a chain the first is taken. */
  certificatePem: string
  /** One PRIVATE KEY. */
  privateKeyPem: string
}

/**
 * An extension of ours: certificate and private key as text, so that an identity survives a restart or moves to a worker.
 * Whoever has the text is this endpoint: keep it as secret as any private key.
 * @throws TypeError for what is no RTCCertificate
 */
export function exportCertificate(certificate: RTCCertificate): RTCCertificatePem {
  if (!isRtcCertificate(certificate)) {
    throw new TypeError("Failed to execute 'exportCertificate': parameter 1 is not of type 'RTCCertificate'.")
  }
  return { ...localCertificateOf(certificate).exportPem() }
}

const certificatePem = dictionary<CertificatePem>('RTCCertificatePem', {
  certificatePem: required(domString),
  privateKeyPem: required(domString),
})

const IMPORT_ERRORS: Readonly<Record<ImportError, readonly [name: string, message: string]>> = {
  'certificate-malformed': ['DataError', 'certificatePem is not an X.509 certificate in PEM.'],
  'key-malformed': ['DataError', 'privateKeyPem is not an unencrypted private key in PEM.'],
  'key-mismatch': ['InvalidAccessError', 'The private key is not the one of the certificate.'],
  'algorithm-unsupported': [
    'NotSupportedError',
    'The key is neither ECDSA on a NIST curve nor RSA of 1024 to 8192 bits.',
  ],
}

/**
 * An extension of ours: the certificate that {@link exportCertificate} wrote, or any other with an ECDSA (P-256, P-384,
 * P-521) or RSA key. Of a chain the first certificate is taken.
 * @throws TypeError when a member is missing or no string
 * @throws DOMException `DataError` for text that is no certificate, or no private key (an encrypted one too)
 * @throws DOMException `InvalidAccessError` when the key is not that of the certificate, and when the certificate has expired
 * @throws DOMException `NotSupportedError` for other kinds of keys
 */
export function importRtcCertificate(pem: RTCCertificatePem): RTCCertificate {
  const context = "Failed to execute 'importCertificate'"
  const imported = importCertificate(certificatePem(pem, context))
  if (typeof imported === 'string') {
    const [name, message] = IMPORT_ERRORS[imported]
    throw new DOMException(`${context}: ${message}`, name)
  }
  if (imported.expires < Date.now()) {
    const since = new Date(imported.expires).toISOString()
    throw new DOMException(`${context}: The certificate has expired (${since}).`, 'InvalidAccessError')
  }
  return createCertificate(imported)
}

const certificateExpiration = dictionary<{ expires?: number }>('RTCCertificateExpiration', {
  expires: optional(enforcedUnsignedLongLong),
})

/** https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-generatecertificate */
export async function generateRtcCertificate(keygenAlgorithm: unknown): Promise<RTCCertificate> {
  const context = "Failed to execute 'generateCertificate' on 'RTCPeerConnection'"
  // 2. Let expires be a value of 2592000000 (30*24*60*60*1000).
  // 3. If keygenAlgorithm is an object, let its member expires replace it, up to 31536000000 (365 days).
  const given = isObject(keygenAlgorithm) ? certificateExpiration(keygenAlgorithm, context).expires : undefined
  const lifetime = Math.min(given ?? DEFAULT_LIFETIME_MILLIS, MAX_LIFETIME_MILLIS)
  // 4. to 6. Normalize keygenAlgorithm; what cannot be used is a NotSupportedError.
  const algorithm = normalizedAlgorithm(keygenAlgorithm, context)
  // 8.1. to 8.9. Perform the generate key operation and make a certificate that expires then.
  return createCertificate(await generateCertificate({ algorithm, expires: Date.now() + lifetime }))
}

type KeyAlgorithm = Parameters<typeof generateCertificate>[0]['algorithm']

const keyAlgorithm = dictionary<{
  name?: string
  namedCurve?: string
  modulusLength?: number
  publicExponent?: Uint8Array
  hash?: string
}>('Algorithm', {
  name: optional(domString),
  namedCurve: optional(domString),
  modulusLength: optional(Number),
  publicExponent: optional(bigInteger()),
  hash: optional((value, context) => domString(isObject(value) && 'name' in value ? value.name : value, context)),
})

/** WebCrypto's "normalize an algorithm", for the two algorithms that certificates are made with. */
function normalizedAlgorithm(value: unknown, context: string): KeyAlgorithm {
  const given = isObject(value) ? keyAlgorithm(value, context) : { name: domString(value, context) }
  if (given.name === undefined) throw new TypeError(`${context}: Algorithm: name: Missing or not a string`)
  switch (given.name.toUpperCase()) {
    case 'ECDSA':
      return ecdsaAlgorithm(given, context)
    case 'RSASSA-PKCS1-V1_5':
      return rsaAlgorithm(given, context)
    default:
      throw notSupported(context, `an algorithm named '${given.name}'`)
  }
}

function ecdsaAlgorithm(given: ReturnType<typeof keyAlgorithm>, context: string): KeyAlgorithm {
  const { namedCurve } = given
  if (namedCurve === undefined) throw new TypeError(`${context}: EcKeyGenParams: namedCurve: Missing`)
  if (namedCurve !== 'P-256' && namedCurve !== 'P-384') throw notSupported(context, `the curve '${namedCurve}'`)
  return { name: 'ECDSA', namedCurve }
}

const MIN_RSA_BITS = 1024
const MAX_RSA_BITS = 8192

function rsaAlgorithm(given: ReturnType<typeof keyAlgorithm>, context: string): KeyAlgorithm {
  const { modulusLength, publicExponent, hash } = given
  if (modulusLength === undefined || publicExponent === undefined || hash === undefined) {
    throw new TypeError(`${context}: RsaHashedKeyGenParams: modulusLength, publicExponent or hash is missing`)
  }
  if (hash.toUpperCase() !== 'SHA-256') throw notSupported(context, `the hash function '${hash}'`)
  const exponent = publicExponent.reduce((number, byte) => number * 256 + byte, 0)
  if (!(modulusLength >= MIN_RSA_BITS && modulusLength <= MAX_RSA_BITS) || (exponent !== 3 && exponent !== 65537)) {
    throw notSupported(context, `RSA with ${modulusLength} bits and the exponent ${exponent}`)
  }
  return { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent: exponent, hash: 'SHA-256' }
}

function bigInteger(): Conversion<Uint8Array> {
  return (value, context) => {
    if (value instanceof Uint8Array) return value
    throw new TypeError(`${context}: The provided value is not of type 'Uint8Array'.`)
  }
}

function notSupported(context: string, what: string): DOMException {
  return new DOMException(`${context}: ${what} is not supported.`, 'NotSupportedError')
}
