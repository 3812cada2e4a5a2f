import type { Millis } from '../core/index.js'
import type { IceTransmit } from '../ice/types.js'

/** How long after the answer a peer may still turn to another transport: the way of our answer to it. */
const EXPECTED_MILLIS = 10_000

/** How long, with both descriptions set, until there is a new association: a restart of ICE and a handshake. */
const RENEWED_WITHIN_MILLIS = 5_000

/** A socket of ours, and an address of the peer. */
export type Path = Pick<IceTransmit, 'socketId' | 'to'>

/** What ICE has found. */
type Pairs = readonly { describe(): Path }[]

type State =
  | { readonly phase: 'settled' }
  | { readonly phase: 'expected'; readonly until: Millis; readonly paths: readonly Path[] }
  | { readonly phase: 'begun'; readonly until: Millis; readonly isOfAll: boolean }

/**
 * The section that speaks for a bundle was rejected, or is another one. By RFC 9143 §7.5 what is left stays on the transport that
 * there is. Browsers begin another one instead, and end the associations of the former. The descriptions do not tell which of
 * the two a peer does: its ABORT or its close_notify does, which may come from our offer on, and until our answer has reached it.
 * A peer that goes for good says the same, and nothing after it.
 *
 *   settled ──another speaker──▶ expected ──ABORT, close_notify──▶ begun ──connected, ended, too late──▶ settled
 *                                    └─────────────too late──────────────────────────────────────────────▲
 */
export class Renewal {
  #state: State = { phase: 'settled' }
  #speaker: string | undefined

  /** A description was set; `pairs` of the association that could be given up, where there is one. */
  described(now: Millis, speaker: string | undefined, isAnswered: boolean, pairs: Pairs | undefined): void {
    const isOther = this.#speaker !== undefined && this.#speaker !== speaker
    this.#speaker = speaker
    if (isOther && pairs !== undefined)
      this.#state = { phase: 'expected', until: Infinity, paths: pairs.map((pair) => pair.describe()) }
    const state = this.#state
    if (!isAnswered || state.phase === 'settled' || state.until !== Infinity) return
    this.#state = { ...state, until: now + (state.phase === 'begun' ? RENEWED_WITHIN_MILLIS : EXPECTED_MILLIS) }
  }

  isExpected(now: Millis): boolean {
    return this.#state.phase === 'expected' && now < this.#state.until
  }

  get hasBegun(): boolean {
    return this.#state.phase === 'begun'
  }

  /** When nothing has come of it; while an offer is open that is for the answer to say. */
  get deadline(): Millis {
    return this.#state.phase === 'begun' ? this.#state.until : Infinity
  }

  /** SCTP too, which was said first or is said now: then it is another transport that has nothing of the former one, nor its role. */
  get isOfAll(): boolean {
    return this.#state.phase === 'begun' && this.#state.isOfAll
  }

  /** Yields what the peer has left: paths to where it was when the descriptions began to change. */
  begin(now: Millis, what: 'all' | 'dtls'): readonly Path[] {
    const left = this.#state.phase === 'expected' ? this.#state.paths : []
    const isOpen = this.#state.phase !== 'settled' && this.#state.until === Infinity
    const until = isOpen ? Infinity : now + RENEWED_WITHIN_MILLIS
    this.#state = { phase: 'begun', until, isOfAll: what === 'all' || this.isOfAll }
    return left
  }

  settle(): void {
    this.#state = { phase: 'settled' }
  }
}
