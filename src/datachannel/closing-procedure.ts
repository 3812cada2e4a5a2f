/**
 * How one channel closes (RFC 8831 §6.7): our outgoing stream is reset, which the association does after all that is queued
 * on it, and the channel is closed when the peer has reset its own too. The peer may be first, at any time: then close() is
 * still ours to call, when the application has been told; what it sends before that is sent.
 *
 *   open ──close()──▶ resetting ──both directions reset──▶ closed
 *                         │                                  ▲
 *                         └─giveUp(): reset refused, or the──┘
 *                           peer's never came
 */
type State =
  | { readonly phase: 'open'; readonly peerDone: boolean }
  | { readonly phase: 'resetting'; readonly ourSideDone: boolean; readonly peerDone: boolean }
  | { readonly phase: 'closed'; readonly ourSideDone: boolean; readonly peerDone: boolean }

export class ClosingProcedure {
  #state: State = { phase: 'open', peerDone: false }

  get phase(): State['phase'] {
    return this.#state.phase
  }

  /** Whether the peer has reset its direction: what comes on the stream now belongs to a later channel. */
  get peerDone(): boolean {
    return this.#state.peerDone
  }

  /** Whether our direction is reset while the peer's is not: the only thing left is to wait for it. */
  get waitsForPeer(): boolean {
    return this.#state.phase === 'resetting' && this.#state.ourSideDone
  }

  /** Whether our direction is reset. */
  get ourSideDone(): boolean {
    return this.#state.phase !== 'open' && this.#state.ourSideDone
  }

  /** RFC 8832 §6: an id is free only while both directions of its stream are unused. */
  get idIsFree(): boolean {
    return this.#state.phase === 'closed' && this.#state.ourSideDone && this.#state.peerDone
  }

  /** We want to close: the reset is to be asked for now. */
  close(): void {
    if (this.#state.phase !== 'open') return
    this.#enter({ phase: 'resetting', ourSideDone: false, peerDone: this.#state.peerDone })
  }

  /** RFC 8831 §6.7: the peer reset its outgoing stream; we do the same with ours, when {@link close} was called. */
  peerReset(): void {
    this.#enter({ ...this.#state, peerDone: true })
  }

  /** The peer performed our reset. */
  ourResetDone(): void {
    if (this.#state.phase === 'resetting') this.#enter({ ...this.#state, ourSideDone: true })
  }

  /** The peer will never perform our reset, or never reset its own direction: closed all the same, its id is spent. */
  giveUp(): void {
    if (this.#state.phase === 'resetting') this.#enter({ ...this.#state, phase: 'closed' })
  }

  #enter(state: State): void {
    const bothDone = state.phase === 'resetting' && state.ourSideDone && state.peerDone
    this.#state = bothDone ? { ...state, phase: 'closed' } : state
  }
}
