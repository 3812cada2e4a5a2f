import type { Crypto } from '../crypto/types.js'
import {
  hasIntegrity,
  longTermKey,
  NONCE,
  PASSWORD_ALGORITHM,
  PASSWORD_ALGORITHM_MD5,
  PASSWORD_ALGORITHM_SHA256,
  PASSWORD_ALGORITHMS,
  readAttribute,
  REALM,
  USERHASH,
  userhash,
  USERNAME,
  verifyIntegrity,
  type IntegrityKind,
  type PasswordAlgorithm,
  type StunMessage,
  type StunMessageBuilder,
} from '../stun/index.js'

/** RFC 8489 §9.2: a nonce that begins so goes on with 24 bits of what the server can, in base64. */
const NONCE_COOKIE = 'obMatJos2'
const FEATURES_CHARS = 4
const FEATURE_PASSWORD_ALGORITHMS = 1
const FEATURE_USERNAME_ANONYMITY = 2
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** What requests are signed with from one challenge to the next. */
export interface Credential {
  readonly realm: string
  readonly nonce: string
  readonly key: Uint8Array
  /** RFC 8489 §9.2.5: SHA-256 alone once the server has offered password algorithms. */
  readonly integrity: IntegrityKind
  readonly isAnonymous: boolean
  /** What the server offered, which requests repeat so that nobody can take the best one out, and which of them we took. */
  readonly algorithms: readonly PasswordAlgorithm[] | undefined
  readonly algorithm: PasswordAlgorithm | undefined
}

/** The long-term credential mechanism as the client has it (RFC 8489 §9.2). */
export class LongTermCredentials {
  readonly #crypto: Crypto
  readonly #username: string
  readonly #password: string
  #current: Credential | undefined

  constructor(crypto: Crypto, username: string, password: string) {
    this.#crypto = crypto
    this.#username = username
    this.#password = password
  }

  /** None before the first challenge. */
  get current(): Credential | undefined {
    return this.#current
  }

  /** A 401 or 438 says what to sign with; false when nothing can be signed with it. */
  take(message: StunMessage): boolean {
    const realm = readAttribute(message, REALM) ?? this.#current?.realm
    const nonce = readAttribute(message, NONCE)
    if (realm === undefined || nonce === undefined) return false
    const features = featuresOf(nonce)
    let algorithms: readonly PasswordAlgorithm[] | undefined
    let algorithm: PasswordAlgorithm | undefined
    if ((features & FEATURE_PASSWORD_ALGORITHMS) !== 0) {
      // RFC 8489 §9.2.5: where the nonce promises a list that is not there, somebody took it out.
      algorithms = readAttribute(message, PASSWORD_ALGORITHMS)
      algorithm = best(algorithms)
      if (algorithm === undefined) return false
    }
    const hash = algorithm?.algorithm === PASSWORD_ALGORITHM_SHA256 ? 'sha256' : 'md5'
    this.#current = {
      realm,
      nonce,
      key: longTermKey(this.#crypto, hash, { username: this.#username, realm, password: this.#password }),
      integrity: algorithm === undefined ? 'sha1' : 'sha256',
      isAnonymous: (features & FEATURE_USERNAME_ANONYMITY) !== 0,
      algorithms,
      algorithm,
    }
    return true
  }

  /** RFC 8489 §9.2.3: what a request ends with. Without a challenge before it there is nothing to add. */
  sign(builder: StunMessageBuilder): void {
    const credential = this.#current
    if (credential === undefined) return
    const { realm, nonce, algorithms, algorithm, key, integrity } = credential
    if (credential.isAnonymous) builder.add(USERHASH, userhash(this.#crypto, this.#username, realm))
    else builder.add(USERNAME, this.#username)
    builder.add(REALM, realm).add(NONCE, nonce)
    if (algorithms !== undefined) builder.add(PASSWORD_ALGORITHMS, algorithms)
    if (algorithm !== undefined) builder.add(PASSWORD_ALGORITHM, algorithm)
    builder.integrity(this.#crypto, key, integrity)
  }
}

/** Whether the response was made by who knows the key of the request: undefined when it does not even claim so. */
export function isAuthentic(crypto: Crypto, message: StunMessage, credential: Credential): boolean | undefined {
  const { integrity } = credential
  if (!hasIntegrity(message, integrity)) return undefined
  return verifyIntegrity(crypto, message, credential.key, integrity)
}

function featuresOf(nonce: string): number {
  if (!nonce.startsWith(NONCE_COOKIE)) return 0
  let features = 0
  for (let i = 0; i < FEATURES_CHARS; i++) {
    const value = BASE64.indexOf(nonce.charAt(NONCE_COOKIE.length + i) || '\0')
    if (value < 0) return 0
    features = features * 64 + value
  }
  return features
}

function best(offered: readonly PasswordAlgorithm[] | undefined): PasswordAlgorithm | undefined {
  const of = (algorithm: number): PasswordAlgorithm | undefined => offered?.find((one) => one.algorithm === algorithm)
  return of(PASSWORD_ALGORITHM_SHA256) ?? of(PASSWORD_ALGORITHM_MD5)
}
