import type { Millis } from '../core/index.js'
import type { IceDatagram, IceTransmit } from '../ice/types.js'
import type { RoutineContract } from './contract.js'
import type { DataTransport } from './data-transport.js'
import type { Transport } from './transport.js'
import type { TransportSet } from './transport-set.js'

/**
 * A peer at rest has nothing to do but to ask for consent, and to answer who asks (RFC 7675 §5.1). Both concern ICE alone, and cause
 * nothing but what is sent at once and another deadline: no other layer is looked at for them.
 *
 *   awake ──begin, with all of it sent and told──▶ at rest ──end, from anywhere, or anything else that is due──▶ awake
 */
export class Routine implements RoutineContract {
  readonly #data: DataTransport
  /** The one that rests; `undefined` while awake. */
  #transport: Transport | undefined
  #until: Millis = -1

  constructor(data: DataTransport) {
    this.#data = data
  }

  /** The peer itself has nothing to carry on, to send or to tell. It rests if that is so below, too. */
  begin({ alive }: TransportSet): void {
    const [transport] = alive
    if (transport === undefined || alive.length > 1) return
    this.#until = transport.restsUntil
    if (this.#until >= 0 && this.#data.restsUntil >= 0) this.#transport = transport
  }

  end(): void {
    this.#transport = undefined
  }

  /** `undefined` while awake. */
  nextTimeout(): Millis | undefined {
    const { restsUntil } = this.#data
    if (this.#transport === undefined || restsUntil < 0) return undefined
    return Math.min(this.#until, restsUntil, this.#transport.agent.routine.nextTimeout())
  }

  receive(now: Millis, datagram: IceDatagram): IceTransmit | boolean {
    return this.#isAtRest(now) && this.#transport!.agent.routine.respond(now, datagram)
  }

  take(now: Millis): IceTransmit | undefined {
    return this.#isAtRest(now) ? this.#transport!.agent.routine.take(now) : undefined
  }

  #isAtRest(now: Millis): boolean {
    return this.#transport !== undefined && now < this.#until && now < this.#data.restsUntil
  }
}
