import type { DataChunk } from '../packet/chunk/data.js'
import { SACK_ENTRY_LENGTH, SACK_HEADER_LENGTH, type SackChunk } from '../packet/chunk/sack.js'
import type { TsnSpace } from '../packet/tsn-space.js'
import { RangeSet } from '../range-set.js'

/** A gap block counts from the cumulative TSN in 16 bits (RFC 9260 §3.3.4): what is further away cannot be reported. */
const MAX_DISTANCE = 0xffff
/** Separate ranges beyond the cumulative TSN. At 5 % loss and 16 MiB in flight there are 700. */
const MAX_RANGES = 4096
/** Duplicates are reported for the sender's statistics only. */
const MAX_DUPLICATES = 20

export type TsnVerdict = 'new' | 'duplicate' | 'outside'

/** Which TSNs have arrived (RFC 9260 §6.2), and what the next SACK says of them. */
export class DataTracker {
  readonly #space: TsnSpace
  readonly #beyond = new RangeSet()
  #cumulative = 0
  #duplicates: number[] = []

  constructor(space: TsnSpace) {
    this.#space = space
  }

  /** The highest TSN up to which all have arrived. */
  get cumulative(): number {
    return this.#cumulative
  }

  get hasGap(): boolean {
    return this.#beyond.size > 0
  }

  unwrap(wireTsn: number): number {
    return this.#space.fromWire(wireTsn, this.#cumulative)
  }

  /** Of the chunk that {@link addNext} adds. */
  get nextOnWire(): number {
    return this.#space.toWire(this.#cumulative + 1)
  }

  /** Adds so many that follow the cumulative TSN, where there is no gap. */
  addNext(count: number): void {
    this.#cumulative += count
  }

  /** What {@link add} would find, without adding. */
  judge(tsn: number, chunk: DataChunk): TsnVerdict {
    if (tsn === this.#cumulative + 1) return 'new' // a chunk that fills the first hole is never refused
    if (tsn <= this.#cumulative || this.#beyond.has(tsn)) {
      if (this.#duplicates.length < MAX_DUPLICATES) this.#duplicates.push(chunk.tsn)
      return 'duplicate'
    }
    if (tsn - this.#cumulative > MAX_DISTANCE) return 'outside'
    return this.#beyond.size >= MAX_RANGES && !this.#beyond.touches(tsn) ? 'outside' : 'new'
  }

  add(tsn: number): void {
    if (tsn === this.#cumulative + 1 && this.#beyond.size === 0) this.#cumulative = tsn
    else if (tsn === this.#cumulative + 1) this.#advance(tsn)
    else this.#beyond.add(tsn, tsn)
  }

  /** RFC 3758 §3.6: the sender gave up everything up to `tsn`. False when that is nothing new, or cannot be. */
  forward(tsn: number): boolean {
    if (tsn <= this.#cumulative || tsn - this.#cumulative > MAX_DISTANCE) return false
    this.#advance(tsn)
    return true
  }

  /** The SACK for now, in at most `room` bytes. Takes the duplicates that were noted. */
  takeSack(advertisedWindowBytes: number, room: number): SackChunk {
    const entries = Math.floor((room - SACK_HEADER_LENGTH) / SACK_ENTRY_LENGTH)
    const gapOffsets: number[] = []
    const gaps = Math.min(this.#beyond.size, entries)
    for (let i = 0; i < gaps; i++) {
      gapOffsets.push(this.#beyond.startOf(i) - this.#cumulative, this.#beyond.endOf(i) - this.#cumulative)
    }
    const duplicateTsns = this.#duplicates.slice(0, entries - gaps)
    if (this.#duplicates.length > 0) this.#duplicates = []
    return { cumulativeTsnAck: this.#space.toWire(this.#cumulative), advertisedWindowBytes, gapOffsets, duplicateTsns }
  }

  #advance(tsn: number): void {
    this.#cumulative = tsn
    this.#beyond.dropThrough(tsn)
    if (this.#beyond.size > 0 && this.#beyond.startOf(0) === this.#cumulative + 1) {
      this.#cumulative = this.#beyond.endOf(0)
      this.#beyond.dropThrough(this.#cumulative)
    }
  }
}
