import type { Millis } from '../../core/index.js'
import type { StatsDictionary } from './dictionaries.js'

/** The statistics of a report while they are gathered, all of one moment. */
export class StatsCollection {
  readonly byId = new Map<string, StatsDictionary>()
  readonly timestamp: Millis
  readonly #now: Millis

  /** @param now the same moment as `timestamp`, on the clock of the protocols */
  constructor(timestamp: Millis, now: Millis) {
    this.timestamp = timestamp
    this.#now = now
  }

  /** A moment on the clock of the protocols, as statistics tell it. */
  timestampOf(at: Millis): Millis {
    return this.timestamp - (this.#now - at)
  }

  has(id: string): boolean {
    return this.byId.has(id)
  }

  get(id: string): StatsDictionary | undefined {
    return this.byId.get(id)
  }

  add(stats: StatsDictionary): void {
    this.byId.set(stats.id, stats)
  }

  /** An object of its own for this report, from what an earlier one found. */
  addCopy(stats: StatsDictionary): void {
    const copy = { ...stats }
    copy.timestamp = this.timestamp
    this.byId.set(copy.id, copy)
  }
}
