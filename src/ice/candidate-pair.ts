import type { Base } from './base.js'
import { PairCounts } from './pair-counts.js'
import type { IceCandidate, SelectedPair } from './types.js'

/**
 * RFC 8445 §6.1.2.6.
 *
 *   frozen ──▶ waiting ──▶ in-progress ──▶ succeeded ──▶ failed (nomination or consent lost)
 *                 ▲             ├────────▶ failed
 *                 └─ triggered ─┴─────────────┘
 */
export type PairState = 'frozen' | 'waiting' | 'in-progress' | 'succeeded' | 'failed'

/** A remote candidate. A peer-reflexive one becomes the signalled one when that arrives (RFC 8838 §11.4). */
export interface RemoteEntry {
  candidate: IceCandidate
}

/**
 * A base and a remote candidate. Server-reflexive local candidates have no pairs of their own: checks leave from the
 * base, and the pruning of RFC 8445 §6.1.2.4 would remove them anyway.
 */
export class CandidatePair {
  readonly base: Base
  /** The candidate that the base is. */
  readonly local: IceCandidate
  readonly #remote: RemoteEntry
  state: PairState = 'frozen'
  /** The local candidate as the peer sees it; present while a check has succeeded (the valid list, RFC 8445 §7.2.5.3). */
  validLocal: IceCandidate | undefined
  /** When a check over it, other than for consent, was last answered. */
  validAt = -Infinity
  /** The peer nominated it before our check succeeded (RFC 8445 §7.3.1.5). */
  nominateOnSuccess = false
  /** By either side, once valid (RFC 8445 §8.1.1). */
  nominated = false
  readonly counts = new PairCounts()
  /** Connections in a row that broke before a check succeeded (TCP). */
  brokenConnections = 0
  /** The peer has left it: it comes after all others. */
  isLeft = false
  /** When a check was last begun. */
  checkedAt = -Infinity

  #description: SelectedPair | undefined

  constructor(base: Base, local: IceCandidate, remote: RemoteEntry) {
    this.base = base
    this.local = local
    this.#remote = remote
  }

  get remote(): IceCandidate {
    return this.#remote.candidate
  }

  get foundation(): string {
    return `${this.local.foundation}:${this.remote.foundation}`
  }

  /** As the owner shows and uses it, for every packet: made anew only when a candidate has changed. */
  describe(): SelectedPair {
    const local = this.validLocal ?? this.local
    const { remote } = this
    const known = this.#description
    if (known?.local === local && known.remote === remote) return known
    const to = { address: remote.address, port: remote.port }
    return (this.#description = { local, remote, socketId: this.base.socketId, to })
  }
}
