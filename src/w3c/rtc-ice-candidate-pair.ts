import type { RTCIceCandidate } from './rtc-ice-candidate.js'
import { defineInterface } from './webidl/index.js'

/** The two candidates of a pair; not to be confused with the object that scripts see. */
export class CandidatePair {
  readonly local: RTCIceCandidate
  readonly remote: RTCIceCandidate

  constructor(local: RTCIceCandidate, remote: RTCIceCandidate) {
    this.local = local
    this.remote = remote
  }
}

export let createCandidatePair: (pair: CandidatePair) => RTCIceCandidatePair

/**
 * A local and a remote candidate that form a path.
 * @see https://www.w3.org/TR/webrtc/#rtcicecandidatepair
 */
export class RTCIceCandidatePair {
  readonly #pair: CandidatePair

  private constructor(...[pair]: [CandidatePair?]) {
    if (!(pair instanceof CandidatePair)) {
      throw new TypeError("Failed to construct 'RTCIceCandidatePair': Illegal constructor")
    }
    this.#pair = pair
  }

  /** Ours. */
  get local(): RTCIceCandidate {
    return this.#pair.local
  }

  /** The peer's. */
  get remote(): RTCIceCandidate {
    return this.#pair.remote
  }

  static {
    createCandidatePair = (pair) => new RTCIceCandidatePair(pair)
    defineInterface(this, 'RTCIceCandidatePair')
  }
}
