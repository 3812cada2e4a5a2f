/**
 * The `Crypto` of this stack on `node:crypto`. No other file imports that module: whoever wants to swap the library
 * reads this one.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPair,
  generateKeyPairSync,
  randomFillSync,
  sign,
  timingSafeEqual,
  verify,
  X509Certificate,
  type CipherGCMTypes,
  type KeyObject,
} from 'node:crypto'
import { checkLength } from './check-length.js'
import type {
  Aead,
  AeadAlgorithm,
  Crypto,
  HashAlgorithm,
  KeyShare,
  NamedGroup,
  PeerCertificate,
  SignatureScheme,
} from './types.js'

const TAG_BYTES = 16
const AEAD_OPTIONS = { authTagLength: TAG_BYTES } as const

/** The same memory as a plain `Uint8Array`: `Buffer.prototype.slice` means something else, and must not leak out. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}

/** Transaction ids, nonces and the like: a call of OpenSSL for each would take longer than what they are for. */
const MAX_POOLED_BYTES = 32
const randomPool = new Uint8Array(2048)
let randomPoolUsedBytes = randomPool.length

/** Bytes leave the pool for good: nothing of what was handed out stays in it. */
function pooledRandomBytes(length: number): Uint8Array {
  if (randomPoolUsedBytes + length > randomPool.length) {
    randomFillSync(randomPool)
    randomPoolUsedBytes = 0
  }
  const end = randomPoolUsedBytes + length
  const bytes = randomPool.slice(randomPoolUsedBytes, end)
  randomPool.fill(0, randomPoolUsedBytes, end)
  randomPoolUsedBytes = end
  return bytes
}

export const nodeCrypto: Crypto = {
  randomBytes: (length) =>
    length <= MAX_POOLED_BYTES ? pooledRandomBytes(length) : randomFillSync(new Uint8Array(length)),
  hash(algorithm, ...data) {
    const hash = createHash(algorithm)
    for (const part of data) hash.update(part)
    return plain(hash.digest())
  },
  hmac(algorithm, key, ...data) {
    const hmac = createHmac(algorithm, key)
    for (const part of data) hmac.update(part)
    return plain(hmac.digest())
  },
  hmacSha1(key, message, length) {
    checkLength(message, length)
    return nodeCrypto.hmac('sha1', key, message.subarray(0, length))
  },
  timingSafeEqual: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  aead: (algorithm, key) => new NodeAead(algorithm, key),
  generateKeyShare: (group) => (group === 'x25519' ? x25519KeyShare() : nistKeyShare(group)),
  parseCertificate: parseNodeCertificate,
}

class NodeAead implements Aead {
  // ChaCha20-Poly1305 has the same interface at run time; only its type has a name of its own.
  readonly #cipher: CipherGCMTypes
  readonly #key: KeyObject

  constructor(algorithm: AeadAlgorithm, key: Uint8Array) {
    this.#cipher = algorithm as CipherGCMTypes
    this.#key = createSecretKey(key)
  }

  seal(nonce: Uint8Array, additionalData: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plaintext.length + TAG_BYTES)
    sealed.set(plaintext)
    this.sealInPlace(nonce, additionalData, sealed, 0, plaintext.length)
    return sealed
  }

  sealInPlace(nonce: Uint8Array, additionalData: Uint8Array, memory: Uint8Array, at: number, length: number): void {
    const cipher = createCipheriv(this.#cipher, this.#key, nonce, AEAD_OPTIONS)
    cipher.setAAD(additionalData)
    memory.set(cipher.update(memory.subarray(at, at + length)), at)
    cipher.final() // a stream mode has nothing left over; this computes the tag
    memory.set(cipher.getAuthTag(), at + length)
  }

  open(nonce: Uint8Array, additionalData: Uint8Array, ciphertextAndTag: Uint8Array): Uint8Array | undefined {
    const length = ciphertextAndTag.length - TAG_BYTES
    if (length < 0) return undefined
    const decipher = createDecipheriv(this.#cipher, this.#key, nonce, AEAD_OPTIONS)
    decipher.setAAD(additionalData)
    decipher.setAuthTag(ciphertextAndTag.subarray(length))
    const plaintext = decipher.update(ciphertextAndTag.subarray(0, length))
    try {
      decipher.final()
    } catch {
      return undefined // throwing is how node:crypto says that the tag is wrong
    }
    return plain(plaintext)
  }

  /** The key object is collected with it. */
  release(): void {}
}

// -- key agreement ----------------------------------------------------------------------------------------------------

const X25519_KEY_BYTES = 32

/**
 * Keys come in as JWK (RFC 8037 §2), as OpenSSL takes 70 µs to read DER. They go out as DER (RFC 8410 §4) all the same, which takes as long:
 * Node.js holds the lock of a key while it writes it as JWK, and wants it once more if it happens to collect what made the key meanwhile.
 */
function x25519KeyShare(): KeyShare {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  return {
    group: 'x25519',
    publicKey: plain(publicKey.export({ type: 'spki', format: 'der' }).subarray(-X25519_KEY_BYTES)),
    deriveSecret(peerPublicKey) {
      if (peerPublicKey.length !== X25519_KEY_BYTES) return undefined
      const x = Buffer.from(peerPublicKey.buffer, peerPublicKey.byteOffset, X25519_KEY_BYTES).toString('base64url')
      try {
        const peer = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' })
        const secret = plain(diffieHellman({ privateKey, publicKey: peer }))
        return secret.some((byte) => byte !== 0) ? secret : undefined // RFC 7748 §6.1
      } catch {
        return undefined // OpenSSL refuses low-order points with an exception
      }
    },
  }
}

const NIST_CURVES = {
  secp256r1: { openSslName: 'prime256v1', pointBytes: 65 },
  secp384r1: { openSslName: 'secp384r1', pointBytes: 97 },
} as const

function nistKeyShare(group: Exclude<NamedGroup, 'x25519'>): KeyShare {
  const { openSslName, pointBytes } = NIST_CURVES[group]
  const ecdh = createECDH(openSslName)
  const publicKey = plain(ecdh.generateKeys())
  return {
    group,
    publicKey,
    deriveSecret(peerPublicKey) {
      // RFC 8422 §5.4.1: only the uncompressed form; OpenSSL would take the others too.
      if (peerPublicKey.length !== pointBytes || peerPublicKey[0] !== 4) return undefined
      try {
        return plain(ecdh.computeSecret(peerPublicKey))
      } catch {
        return undefined // the point is not on the curve
      }
    },
  }
}

// -- signatures -------------------------------------------------------------------------------------------------------

interface SchemeParameters {
  readonly keyType: 'ecdsa' | 'rsa'
  readonly hash: HashAlgorithm
  readonly options: { readonly padding?: number; readonly saltLength?: number }
}

const PKCS1 = { padding: constants.RSA_PKCS1_PADDING }
/** RFC 8446 §4.2.3: the salt is as long as the digest. */
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }

const SCHEMES: Readonly<Record<SignatureScheme, SchemeParameters>> = {
  ecdsa_secp256r1_sha256: { keyType: 'ecdsa', hash: 'sha256', options: {} },
  ecdsa_secp384r1_sha384: { keyType: 'ecdsa', hash: 'sha384', options: {} },
  rsa_pss_rsae_sha256: { keyType: 'rsa', hash: 'sha256', options: PSS },
  rsa_pss_rsae_sha384: { keyType: 'rsa', hash: 'sha384', options: PSS },
  rsa_pss_rsae_sha512: { keyType: 'rsa', hash: 'sha512', options: PSS },
  rsa_pkcs1_sha256: { keyType: 'rsa', hash: 'sha256', options: PKCS1 },
  rsa_pkcs1_sha384: { keyType: 'rsa', hash: 'sha384', options: PKCS1 },
  rsa_pkcs1_sha512: { keyType: 'rsa', hash: 'sha512', options: PKCS1 },
}

/**
 * With P-256 and P-384 alike, the other hash comes second: TLS 1.2 reads the scheme names as pairs of hash and algorithm
 * and binds no curve to them (RFC 8446 §4.2.3), and a peer may offer only one of the two.
 */
const ECDSA_SCHEMES: Readonly<Record<string, readonly SignatureScheme[]>> = {
  prime256v1: ['ecdsa_secp256r1_sha256', 'ecdsa_secp384r1_sha384'],
  secp384r1: ['ecdsa_secp384r1_sha384', 'ecdsa_secp256r1_sha256'],
  secp521r1: ['ecdsa_secp384r1_sha384', 'ecdsa_secp256r1_sha256'],
}
const RSA_SCHEMES: readonly SignatureScheme[] = [
  'rsa_pss_rsae_sha256',
  'rsa_pkcs1_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
]
/** Below, a key proves nothing; above, one verification stalls the event loop by milliseconds. */
const MIN_RSA_BITS = 1024
const MAX_RSA_BITS = 8192

/** A private key of ours that signs, with its public half as SubjectPublicKeyInfo. */
export interface SigningKey {
  readonly keyType: 'ecdsa' | 'rsa'
  /** Best first. */
  readonly signatureSchemes: readonly SignatureScheme[]
  readonly publicKeyInfo: Uint8Array
  sign(scheme: SignatureScheme, data: Uint8Array): Uint8Array
  /** The private key as PKCS #8. */
  exportPem(): string
}

type KeySchemes = Pick<SigningKey, 'keyType' | 'signatureSchemes'>

/** The kind of a key; `undefined` when it is of none that we sign or verify with. */
function schemesOf(key: KeyObject): KeySchemes | undefined {
  const details = key.asymmetricKeyDetails
  if (key.asymmetricKeyType === 'ec') {
    const signatureSchemes = ECDSA_SCHEMES[details?.namedCurve ?? '']
    return signatureSchemes && { keyType: 'ecdsa', signatureSchemes }
  }
  if (key.asymmetricKeyType !== 'rsa') return undefined
  const bits = details?.modulusLength ?? 0
  return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS ? { keyType: 'rsa', signatureSchemes: RSA_SCHEMES } : undefined
}

function signingKeyFrom(privateKey: KeyObject, publicKey: KeyObject): SigningKey | undefined {
  const schemes = schemesOf(publicKey)
  return schemes && signingKeyWith(schemes, privateKey, plain(publicKey.export({ type: 'spki', format: 'der' })))
}

function signingKeyWith(schemes: KeySchemes, privateKey: KeyObject, publicKeyInfo: Uint8Array): SigningKey {
  return {
    ...schemes,
    publicKeyInfo,
    sign(scheme, data) {
      const { hash, options } = SCHEMES[scheme]
      return plain(sign(hash, data, { key: privateKey, ...options }))
    },
    exportPem: () => privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

interface EcKeys {
  readonly schemes: KeySchemes
  readonly openSslName: string
  readonly coordinateBytes: number
  /** SubjectPublicKeyInfo up to the coordinates of the point (RFC 5480 §2). */
  readonly infoPrefix: Buffer
}

/** By the names of curves in JWK. */
const EC_KEYS: Readonly<Record<NamedCurve, EcKeys>> = {
  'P-256': {
    schemes: { keyType: 'ecdsa', signatureSchemes: ECDSA_SCHEMES['prime256v1']! },
    openSslName: 'prime256v1',
    coordinateBytes: 32,
    infoPrefix: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'),
  },
  'P-384': {
    schemes: { keyType: 'ecdsa', signatureSchemes: ECDSA_SCHEMES['secp384r1']! },
    openSslName: 'secp384r1',
    coordinateBytes: 48,
    infoPrefix: Buffer.from('3076301006072a8648ce3d020106052b8104002203620004', 'hex'),
  },
}

export const P256_SCHEMES = EC_KEYS['P-256'].schemes.signatureSchemes
/** What stands before x and y in a SubjectPublicKeyInfo of P-256: up to the 4 that says that both are there. */
export const P256_INFO_PREFIX: Uint8Array = EC_KEYS['P-256'].infoPrefix

/** The private key with the point (4, x, y) and the number whose multiple of the generator it is. */
function ecPrivateKey(curve: NamedCurve, point: Uint8Array, scalar: Uint8Array): KeyObject {
  const length = EC_KEYS[curve].coordinateBytes
  // RFC 7518 §6.2.2.1: as long as the order of the curve, also where it begins with zeros.
  const padded = new Uint8Array(length)
  padded.set(scalar, length - scalar.length)
  const [x, y, d] = [point.subarray(1, 1 + length), point.subarray(1 + length), padded].map((part) =>
    Buffer.from(part.buffer, part.byteOffset, part.length).toString('base64url'),
  ) as [string, string, string]
  return createPrivateKey({ key: { kty: 'EC', crv: curve, x, y, d }, format: 'jwk' })
}

/** A private key of P-256 as PKCS #8. */
export function p256KeyToPem(point: Uint8Array, scalar: Uint8Array): string {
  return ecPrivateKey('P-256', point, scalar).export({ type: 'pkcs8', format: 'pem' }) as string
}

export type NamedCurve = 'P-256' | 'P-384'

/**
 * Takes some 90 µs, so that it may run in a constructor. By ECDH, whose keys are bytes: OpenSSL takes 120 µs to write the public key of a pair that
 * `generateKeyPairSync` made, and Node.js may stand still when it is to write that as JWK (see {@link x25519KeyShare}).
 */
export function generateEcdsaKey(namedCurve: NamedCurve): SigningKey {
  const { schemes, openSslName, infoPrefix } = EC_KEYS[namedCurve]
  const pair = createECDH(openSslName)
  const point = pair.generateKeys()
  const publicKeyInfo = plain(Buffer.concat([infoPrefix, point.subarray(1)]))
  return signingKeyWith(schemes, ecPrivateKey(namedCurve, point, pair.getPrivateKey()), publicKeyInfo)
}

/** Runs on the thread pool: the search for primes takes up to a second. Rejects for sizes that OpenSSL refuses. */
export function generateRsaKey(modulusLength: number, publicExponent: number): Promise<SigningKey> {
  return new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength, publicExponent }, (error, publicKey, privateKey) => {
      const key = error === null ? signingKeyFrom(privateKey, publicKey) : undefined
      if (key !== undefined) resolve(key)
      else
        reject(error ?? new RangeError(`RSA keys have ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits, not ${modulusLength}`))
    })
  })
}

/** Why the texts are no certificate with its key. */
export type ImportError = 'certificate-malformed' | 'key-malformed' | 'key-mismatch' | 'algorithm-unsupported'

export interface ImportedCertificate {
  readonly der: Uint8Array
  /** Milliseconds since the Unix epoch. */
  readonly expires: number
  readonly key: SigningKey
}

/** Reads a certificate and its private key from PEM; why not, when that cannot be. */
export function importFromPem(certificatePem: string, privateKeyPem: string): ImportedCertificate | ImportError {
  // node:crypto has no other way than an exception to say that text is not a certificate or a key.
  let certificate: X509Certificate
  let publicKey: KeyObject
  try {
    certificate = new X509Certificate(certificatePem)
    publicKey = certificate.publicKey
  } catch {
    return 'certificate-malformed'
  }
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey(privateKeyPem)
  } catch {
    return 'key-malformed'
  }
  if (!certificate.checkPrivateKey(privateKey)) return 'key-mismatch'
  const key = signingKeyFrom(privateKey, publicKey)
  return key === undefined
    ? 'algorithm-unsupported'
    : { der: plain(certificate.raw), expires: Date.parse(certificate.validTo), key }
}

export function certificateToPem(der: Uint8Array): string {
  return new X509Certificate(der).toString()
}

function parseNodeCertificate(der: Uint8Array): PeerCertificate | undefined {
  let publicKey: KeyObject
  try {
    publicKey = new X509Certificate(der).publicKey
  } catch {
    return undefined // node:crypto has no other way to say that these bytes are not a certificate
  }
  const keyType = schemesOf(publicKey)?.keyType
  if (keyType === undefined) return undefined
  return {
    der,
    keyType,
    verify(scheme, data, signature) {
      const { keyType: wanted, hash, options } = SCHEMES[scheme]
      if (wanted !== keyType) return false
      try {
        return verify(hash, data, { key: publicKey, ...options }, signature)
      } catch {
        return false // a signature that OpenSSL cannot even parse
      }
    },
  }
}
