import { defineInterface, domString } from './webidl/index.js'

/** What every statistics object has (https://www.w3.org/TR/webrtc/#dom-rtcstats), and more by its type. */
export interface RTCStats {
  /** Milliseconds since the Unix epoch. */
  timestamp: number
  /** `peer-connection`, `transport`, `candidate-pair`, `local-candidate` …: https://www.w3.org/TR/webrtc-stats/ */
  type: string
  id: string
}

/** The statistics of a report, before scripts see them. */
export class StatsCollection {
  readonly byId = new Map<string, RTCStats>()

  add(stats: RTCStats): void {
    this.byId.set(stats.id, stats)
  }
}

export let createStatsReport: (collection: StatsCollection) => RTCStatsReport

/**
 * Statistics by their ids, as `RTCPeerConnection.getStats()` found them at one moment.
 * @see https://www.w3.org/TR/webrtc/#rtcstatsreport-object
 */
export class RTCStatsReport {
  readonly #byId: ReadonlyMap<string, RTCStats>

  private constructor(...[collection]: [StatsCollection?]) {
    if (!(collection instanceof StatsCollection)) {
      throw new TypeError("Failed to construct 'RTCStatsReport': Illegal constructor")
    }
    this.#byId = collection.byId
  }

  get size(): number {
    return this.#byId.size
  }

  get(id: string): RTCStats | undefined {
    return this.#byId.get(domString(id, "Failed to execute 'get' on 'RTCStatsReport'"))
  }

  has(id: string): boolean {
    return this.#byId.has(domString(id, "Failed to execute 'has' on 'RTCStatsReport'"))
  }

  entries(): MapIterator<[string, RTCStats]> {
    return this.#byId.entries()
  }

  keys(): MapIterator<string> {
    return this.#byId.keys()
  }

  values(): MapIterator<RTCStats> {
    return this.#byId.values()
  }

  forEach(
    callback: (value: RTCStats, id: string, report: RTCStatsReport) => unknown,
    thisArgument?: unknown,
  ): undefined {
    for (const [id, stats] of this.#byId) Reflect.apply(callback, thisArgument, [stats, id, this])
  }

  declare [Symbol.iterator]: () => MapIterator<[string, RTCStats]>

  static {
    createStatsReport = (collection) => new RTCStatsReport(collection)
    // WebIDL: the iterator of a maplike is the function `entries` itself.
    Object.defineProperty(this.prototype, Symbol.iterator, {
      value: this.prototype.entries,
      writable: true,
      configurable: true,
    })
    defineInterface(this, 'RTCStatsReport', { lengths: { forEach: 1 } })
  }
}
