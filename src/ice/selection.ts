import type { Millis } from '../core/index.js'
import { sameAddress } from './base.js'
import type { CandidatePair } from './candidate-pair.js'
import { Consent } from './consent.js'
import type { IceContext } from './context.js'
import type { Generation } from './generation.js'
import { LiteConsent } from './lite-consent.js'
import { comparePairs } from './priority.js'
import type { SocketId, TransportAddress } from './types.js'

export interface Selected {
  readonly generation: Generation
  readonly pair: CandidatePair
  readonly consent: Consent | LiteConsent
  /** Else it is provisional. */
  isNominated: boolean
  nominatedAt: Millis
  /** Nothing is heard over it: another pair may take its place. */
  isLost: boolean
  /** Not after the peer has closed: then no other path would be any better. */
  isReplaceable: boolean
  /** A lower pair that the peer nominated too: perhaps it knew already what we find out later. */
  alternative: CandidatePair | undefined
}

/** After this long without a nomination of the selected pair, one of a lower pair is a change of mind. */
const RENOMINATION_MILLIS = 3000

/**
 * The pair that data flows over, and the consent to send on it. There is at most one, over all generations. RFC 8445 §12.1 lets
 * data flow over any valid pair until one is nominated; that pair is selected provisionally, and is shown and kept alive as others
 * are, but ends nothing: checks go on until a nomination.
 *
 *   none ──a pair is valid──▶ provisional ──nominated, it or another──▶ nominated ──another one──┐
 *    ▲                         │   ▲  └──── of a more direct kind, or in place of one that failed    │ ▲     │
 *    │                         │   └─────────────────────────────────────────┘                     │ └─────┘
 *    └──── consent expired ────┴─────────────────────────────────────────────────────────────────┘
 */
export class Selection {
  readonly #context: IceContext
  /** Changed here alone; asked for too often to be computed. */
  current: Selected | undefined
  /** How often a pair was selected, or lost without another one. */
  changes = 0
  /** The address that was found to be that of the pair. */
  #same: TransportAddress | undefined
  #comparedTo: CandidatePair | undefined

  constructor(context: IceContext) {
    this.#context = context
  }

  /**
   * The peer nominated a valid pair. With several, the highest wins (as RFC 5245 §8.1.1.2 had it); but a lower one
   * does when the peer nominates it long after the other, or the other seems dead: then it moved, as libwebrtc does.
   */
  nominatedByPeer(now: Millis, generation: Generation, pair: CandidatePair): void {
    const selected = this.current
    pair.nominateOnSuccess = false
    pair.nominated = true
    if (selected?.pair === pair && selected.isNominated && !selected.consent.revoked) {
      selected.nominatedAt = now
      return
    }
    if (selected?.generation === generation && selected.isNominated && selected.pair !== pair) {
      const isLower = comparePairs(selected.pair, pair, this.#context.role) <= 0
      const isAlive = now < selected.consent.lateAt && now < selected.nominatedAt + RENOMINATION_MILLIS
      if (isLower && isAlive) {
        selected.alternative = pair
        return
      }
    }
    this.select(now, generation, pair)
  }

  /** Nothing is nominated yet, and this one works. A full agent's: a lite one sends over nominated pairs alone. */
  provide(generation: Generation, pair: CandidatePair): void {
    this.#enter(generation, pair, new Consent(pair.validAt, this.#context.timings, this.#context.jitter()))
  }

  /** A valid pair is nominated. */
  select(now: Millis, generation: Generation, pair: CandidatePair): void {
    const { timings, transactions, isLite } = this.#context
    const isProvided = this.current?.pair === pair && !this.current.isNominated && !this.current.consent.revoked
    if (!isProvided) {
      const consent = isLite
        ? new LiteConsent(now, timings, generation.remoteIsLite)
        : new Consent(now, timings, this.#context.jitter())
      this.#enter(generation, pair, consent)
    }
    this.current!.isNominated = true
    this.current!.nominatedAt = now
    pair.nominated = true
    generation.selected = pair
    generation.failed = false
    generation.failAt = Infinity
    generation.nominateAt = Infinity
    // RFC 8445 §8.1.2: what could only find something lower is not repeated any more.
    transactions.cancel(now, (purpose) => {
      if (purpose.kind === 'gather' || purpose.pair === pair) return false
      return purpose.generation !== generation || comparePairs(purpose.pair, pair, this.#context.role) >= 0
    })
    this.#context.emit({ type: 'nominated' })
  }

  #enter(generation: Generation, pair: CandidatePair, consent: Consent | LiteConsent): void {
    const fresh = { isNominated: false, nominatedAt: -Infinity, isLost: false, isReplaceable: true }
    this.current = { generation, pair, consent, alternative: undefined, ...fresh }
    this.changes++
    this.#context.emit({ type: 'selectedPair', pair: pair.describe() })
  }

  /** A response came over the pair; true when it is the nominated one and goes on being it. */
  granted(now: Millis, pair: CandidatePair): boolean {
    // After a lost connection the pair is as new, and has to be nominated again.
    if (this.current?.pair !== pair || this.current.consent.revoked) return false
    if (this.current.consent instanceof Consent) this.current.consent.granted(now)
    return this.current.isNominated
  }

  heard(now: Millis, pair: CandidatePair): void {
    if (this.current?.pair === pair) this.current.consent.heard(now)
  }

  heardData(now: Millis, socketId: SocketId, from: TransportAddress): void {
    if (this.isOn(socketId, from)) this.current!.consent.heardData(now)
  }

  /** Whether this is the path of the selected pair. */
  isOn(socketId: SocketId, remote: TransportAddress): boolean {
    const pair = this.current?.pair
    if (pair?.base.socketId !== socketId) return false
    // Asked several times for each datagram, with the same object for as long as they come from the same address.
    if (this.#comparedTo === pair && this.#same === remote) return true
    if (!sameAddress(pair.remote, remote)) return false
    this.#comparedTo = pair
    this.#same = remote
    return true
  }

  /** RFC 7675 §5.1: consent has expired, nothing may be sent over the pair until a new check succeeds. */
  drop(): void {
    const selected = this.current
    if (selected === undefined) return
    this.changes++
    selected.generation.selected = undefined
    selected.generation.failed = true
    selected.pair.state = 'failed'
    selected.pair.validLocal = undefined
    this.#context.transactions.forget((purpose) => purpose.kind !== 'gather' && purpose.pair === selected.pair)
    this.current = undefined
  }
}
