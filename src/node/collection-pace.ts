/**
 * Memory of messages lies outside of the heap of V8, which collects young objects by what was taken inside of it alone. Where messages
 * are long, tens of megabytes of them wait for that; before, from 8 MiB on, V8 marks all of its heap instead, again and again, which
 * takes several times as long as to receive them. So this takes memory inside the heap in step with what is taken outside, only to
 * let go of it: the collections that follow have next to nothing to look at. See docs/decisions/027-young-collections.md.
 */

/** What may wait outside for the next collection: less than the 8 MiB that V8 bears. */
const WAITING_BYTES = 6 * 2 ** 20
/** V8 collects young objects when so much of their room is taken. */
const FULL = 0.8
/** What receiving a byte of long messages takes inside of the heap anyway. */
const TAKEN_ANYWAY = 0.6
/** The room grows as a process runs. */
const LOOK_EVERY_BYTES = 32 * 2 ** 20
/** Shorter ones take as much inside of the heap. */
const LEAST_BYTES = 4096
/** More than half of a page of V8, of 256 KiB, and less than what it takes for a large object: what is left of the page is not used. */
const BALLAST_WORDS = 16_250
/** Such an object with what it leaves unused. */
const PAGE_BYTES = 230_000

export class CollectionPace {
  readonly #roomBytes: () => number
  #sinceLookBytes = LOOK_EVERY_BYTES
  #perByte = 0
  #dueBytes = 0
  #taken = 0
  /** Referenced, so that no compiler finds that it could do without. */
  #ballast: readonly unknown[] = []

  /** @param roomBytes for young objects; 0 where that is not known, or nothing is to be done */
  constructor(roomBytes: () => number) {
    this.#roomBytes = roomBytes
  }

  /** How often memory was taken, only to be let go of. */
  get taken(): number {
    return this.#taken
  }

  /** A message of so many bytes has memory of its own, and is handed out. */
  received(bytes: number): void {
    if (bytes < LEAST_BYTES) return
    this.#sinceLookBytes += bytes
    if (this.#sinceLookBytes >= LOOK_EVERY_BYTES) this.#look()
    if (this.#perByte === 0) return
    this.#dueBytes += bytes * this.#perByte
    // A long one has as much outside as several collections should have, and there is one of it.
    if (this.#dueBytes > WAITING_BYTES) this.#dueBytes = WAITING_BYTES
    for (; this.#dueBytes >= PAGE_BYTES; this.#dueBytes -= PAGE_BYTES) {
      this.#ballast = new Array<unknown>(BALLAST_WORDS)
      this.#taken++
    }
    if (this.#ballast.length > 0) this.#ballast = []
  }

  #look(): void {
    this.#sinceLookBytes = 0
    this.#perByte = Math.max(0, (FULL * this.#roomBytes()) / WAITING_BYTES - TAKEN_ANYWAY)
  }
}

/** That of Node.js. Other runtimes have other collectors, and do not tell of them. */
function youngRoomBytes(): number {
  if ('Bun' in globalThis || 'Deno' in globalThis) return 0
  const { getHeapSpaceStatistics } = process.getBuiltinModule('node:v8')
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  return space === undefined ? 0 : space.space_used_size + space.space_available_size
}

/** Of the whole thread: there is one heap. */
export const collectionPace = new CollectionPace(youngRoomBytes)
