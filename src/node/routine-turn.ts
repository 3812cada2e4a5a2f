import type { Millis } from '../core/index.js'
import type { IceTransmit, SocketId, TransportAddress } from '../ice/types.js'
import type { PeerContract } from '../peer/contract.js'
import type { ArrivalClock } from './arrival-clock.js'
import type { LocalSockets } from './local-sockets.js'

/** The checks for consent of a peer that is idle, which cause no drain: what they have to send goes to the socket in the call. */
export class RoutineTurn {
  readonly #peer: PeerContract
  readonly #sockets: LocalSockets
  readonly #arrivals: ArrivalClock

  constructor(peer: PeerContract, sockets: LocalSockets, arrivals: ArrivalClock) {
    this.#peer = peer
    this.#sockets = sockets
    this.#arrivals = arrivals
  }

  /** False when the datagram is something else, and the peer has not seen it. */
  receive(now: Millis, socketId: SocketId, from: TransportAddress, data: Uint8Array): boolean {
    const answer = this.#peer.routine.receive(now, { socketId, from, data })
    if (answer === false) return false
    if (answer !== true) this.#send(answer)
    this.#sockets.settled()
    this.#arrivals.turn()
    return true
  }

  /** False when the check that is due is not sent, or not all that is due. */
  ask(now: Millis): boolean {
    const check = this.#peer.routine.take(now)
    if (check !== undefined) this.#send(check)
    return check !== undefined
  }

  #send({ socketId, to, data }: IceTransmit): void {
    this.#sockets.queue(socketId, to, data)
    this.#sockets.flush()
  }
}
