import { nodeCrypto } from '../../node/index.js'

const SALT_BYTES = 16
/** 64 bits: two of some hundred names never share them. */
const ID_BYTES = 8
/** What a long-lived connection names over time is not kept for ever; a name that was forgotten gets its id again. */
const MAX_CACHED_IDS = 2048

/**
 * Ids of statistics objects. Inside, objects have names that tell what they are; scripts must not be able to foresee an id
 * (https://www.w3.org/TR/webrtc/#dom-rtcstats-id), so they see a hash of the name, salted for each connection.
 */
export class StatsIds {
  readonly #salt = nodeCrypto.randomBytes(SALT_BYTES)
  readonly #byName = new Map<string, string>()

  /** @param prefix for human eyes: the kind of object */
  of(prefix: string, name: string): string {
    const key = `${prefix} ${name}`
    const known = this.#byName.get(key)
    if (known !== undefined) return known
    if (this.#byName.size === MAX_CACHED_IDS) this.#byName.clear()
    const digest = nodeCrypto.hash('sha256', this.#salt, new TextEncoder().encode(key)).subarray(0, ID_BYTES)
    const id = prefix + Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
    this.#byName.set(key, id)
    return id
  }
}
