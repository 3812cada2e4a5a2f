/** How the keys of TLS 1.2 come from one another (RFC 5246 §5, §6.3, §8.1; RFC 7627 §4; RFC 5705 §4). */
import { ByteReader, concatBytes, encodeUtf8, EMPTY_BYTES } from '../../core/index.js'
import type { Crypto, HashAlgorithm } from '../../crypto/types.js'
import type { CipherSuite } from '../cipher-suites.js'
import type { TrafficKeys } from './aead-protection.js'

const MASTER_SECRET_BYTES = 48
const RANDOM_BYTES = 32
export const VERIFY_DATA_BYTES = 12

/** RFC 5246 §5, with the hash of the cipher suite. */
export function prf(
  crypto: Crypto,
  hash: HashAlgorithm,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const labelAndSeed = concatBytes(encodeUtf8(label), seed)
  return crypto.pHash?.(hash, secret, labelAndSeed, length) ?? pHash(crypto, hash, secret, labelAndSeed, length)
}

function pHash(crypto: Crypto, hash: HashAlgorithm, secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length)
  let a = seed
  for (let at = 0; at < length;) {
    a = crypto.hmac(hash, secret, a)
    const block = crypto.hmac(hash, secret, a, seed)
    output.set(block.subarray(0, length - at), at)
    at += block.length
  }
  return output
}

/** The keys of one handshake: a master secret and all that follows from it. */
export class KeySchedule {
  readonly #crypto: Crypto
  readonly #suite: CipherSuite
  /** The master secret, the client's random and the server's: one memory, as each has a cost of its own. */
  readonly #memory: Uint8Array

  /**
   * @param sessionHash the hash of the transcript up to ClientKeyExchange when the extended master secret was negotiated
   * (RFC 7627 §4), which binds the secret to this handshake; `undefined` otherwise
   */
  constructor(
    crypto: Crypto,
    suite: CipherSuite,
    premasterSecret: Uint8Array,
    randoms: { readonly client: Uint8Array; readonly server: Uint8Array },
    sessionHash: Uint8Array | undefined,
  ) {
    this.#crypto = crypto
    this.#suite = suite
    const label = sessionHash === undefined ? 'master secret' : 'extended master secret'
    const seed = sessionHash ?? concatBytes(randoms.client, randoms.server)
    const masterSecret = prf(crypto, suite.hash, premasterSecret, label, seed, MASTER_SECRET_BYTES)
    this.#memory = concatBytes(masterSecret, randoms.client, randoms.server)
  }

  get #masterSecret(): Uint8Array {
    return this.#memory.subarray(0, MASTER_SECRET_BYTES)
  }

  get #clientRandom(): Uint8Array {
    return this.#memory.subarray(MASTER_SECRET_BYTES, MASTER_SECRET_BYTES + RANDOM_BYTES)
  }

  get #serverRandom(): Uint8Array {
    return this.#memory.subarray(MASTER_SECRET_BYTES + RANDOM_BYTES)
  }

  /** RFC 5246 §6.3; AEAD suites have no MAC keys. */
  trafficKeys(): { readonly client: TrafficKeys; readonly server: TrafficKeys } {
    const { keyBytes, fixedIvBytes } = this.#suite
    const seed = concatBytes(this.#serverRandom, this.#clientRandom)
    const block = new ByteReader(this.#prf('key expansion', seed, 2 * (keyBytes + fixedIvBytes)))
    const keys = [block.bytes(keyBytes), block.bytes(keyBytes)] as const
    const ivs = [block.bytes(fixedIvBytes), block.bytes(fixedIvBytes)] as const
    return { client: { key: keys[0], fixedIv: ivs[0] }, server: { key: keys[1], fixedIv: ivs[1] } }
  }

  /** RFC 5246 §7.4.9. */
  verifyData(sender: 'client' | 'server', transcriptHash: Uint8Array): Uint8Array {
    return this.#prf(`${sender} finished`, transcriptHash, VERIFY_DATA_BYTES)
  }

  /** RFC 5705 §4: a context that is empty and one that is absent give different keys. */
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Uint8Array {
    const lengthAndContext =
      context === undefined
        ? EMPTY_BYTES
        : concatBytes(Uint8Array.of(context.length >>> 8, context.length & 0xff), context)
    return this.#prf(label, concatBytes(this.#clientRandom, this.#serverRandom, lengthAndContext), length)
  }

  #prf(label: string, seed: Uint8Array, length: number): Uint8Array {
    return prf(this.#crypto, this.#suite.hash, this.#masterSecret, label, seed, length)
  }
}
