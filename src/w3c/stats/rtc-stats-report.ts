import { defineInterface, domString } from '../webidl/index.js'
import type { StatsDictionary } from './dictionaries.js'

/**
 * What a report holds for an id: one of the dictionaries of webrtc-stats, told apart by `type`. Browsers' types leave it
 * open, and code that was written for them reads the members of a `type` right away.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as in TypeScript's own types of RTCStatsReport
export type RTCStatsReportValue = any

/** Whoever constructs a report without it is not us. */
const TOKEN = Symbol('RTCStatsReport')

export let createStatsReport: (byId: ReadonlyMap<string, StatsDictionary>) => RTCStatsReport

/**
 * Statistics by their ids, as `RTCPeerConnection.getStats()` found them at one moment.
 * @see https://www.w3.org/TR/webrtc/#rtcstatsreport-object
 */
export class RTCStatsReport {
  readonly #byId: ReadonlyMap<string, StatsDictionary>

  private constructor(...[token, byId]: [token?: symbol, byId?: ReadonlyMap<string, StatsDictionary>]) {
    if (token !== TOKEN || byId === undefined) {
      throw new TypeError("Failed to construct 'RTCStatsReport': Illegal constructor")
    }
    this.#byId = byId
  }

  /** How many objects it holds. */
  get size(): number {
    return this.#byId.size
  }

  /** The object of this id; undefined where there is none. */
  get(id: string): RTCStatsReportValue {
    return this.#byId.get(domString(id, "Failed to execute 'get' on 'RTCStatsReport'"))
  }

  /** Whether there is an object of this id. */
  has(id: string): boolean {
    return this.#byId.has(domString(id, "Failed to execute 'has' on 'RTCStatsReport'"))
  }

  /** Pairs of id and object, in the order in which they were gathered. */
  entries(): MapIterator<[string, RTCStatsReportValue]> {
    return this.#byId.entries()
  }

  /** The ids, in the same order. */
  keys(): MapIterator<string> {
    return this.#byId.keys()
  }

  /** The objects, in the same order. */
  values(): MapIterator<RTCStatsReportValue> {
    return this.#byId.values()
  }

  /** Calls back for each object, in the same order, with `thisArgument` as `this`. */
  forEach(
    callback: (value: RTCStatsReportValue, id: string, report: RTCStatsReport) => unknown,
    thisArgument?: unknown,
  ): void {
    for (const [id, stats] of this.#byId) Reflect.apply(callback, thisArgument, [stats, id, this])
  }

  /** For `for … of` and spreading: {@link entries}. */
  declare [Symbol.iterator]: () => MapIterator<[string, RTCStatsReportValue]>

  static {
    createStatsReport = (byId) => new RTCStatsReport(TOKEN, byId)
    // WebIDL: the iterator of a maplike is the function `entries` itself.
    Object.defineProperty(this.prototype, Symbol.iterator, {
      value: this.prototype.entries,
      writable: true,
      configurable: true,
    })
    defineInterface(this, 'RTCStatsReport', { lengths: { forEach: 1 } })
  }
}
