import { Deque, type Millis } from '../core/index.js'
import type { IceTransmit, TransportAddress } from '../ice/types.js'
import type { PeerEvent } from './contract.js'
import type { Transport } from './transport.js'

/** How long a server may take to confirm that an allocation is gone; afterwards its lifetime alone ends it. */
const MAX_FAREWELL_MILLIS = 2000

interface Departure {
  readonly transport: Transport
  readonly until: Millis
}

/** What is still to be said where nothing follows: last datagrams to peers, and to servers whose relays are given back. */
export class Departures {
  readonly #datagrams = new Deque<IceTransmit>()
  #leaving: readonly Departure[] = []

  say(datagrams: Iterable<IceTransmit>): void {
    for (const datagram of datagrams) this.#datagrams.push(datagram)
  }

  /** The transport ends: it says so, gives its relays back, and is released when all have heard, or should have. */
  leave(now: Millis, transport: Transport): void {
    this.say(transport.close(now))
    transport.relays.close(now)
    this.#leaving = [...this.#leaving, { transport, until: now + MAX_FAREWELL_MILLIS }]
  }

  receive(now: Millis, socketId: number, from: TransportAddress, data: Uint8Array): boolean {
    return this.#leaving.some(({ transport }) => transport.relays.receive(now, socketId, from, data, () => undefined))
  }

  streamClosed(now: Millis, socketId: number, reason: string): void {
    for (const { transport } of this.#leaving) transport.relays.streamClosed(now, socketId, reason)
  }

  nextTimeout(): Millis {
    let next = Infinity
    if (this.#leaving.length === 0) return next
    for (const { transport, until } of this.#leaving) next = Math.min(next, until, transport.relays.nextTimeout())
    return next
  }

  handleTimeout(now: Millis): void {
    for (const { transport, until } of this.#leaving) {
      transport.relays.handleTimeout(now)
      if (now >= until) transport.relays.abandon(now)
    }
  }

  pollTransmit(now: Millis): IceTransmit | undefined {
    const datagram = this.#datagrams.shift()
    if (datagram !== undefined || this.#leaving.length === 0) return datagram
    for (const { transport } of this.#leaving) {
      const transmit = transport.relays.pollTransmit(now)
      if (transmit !== undefined) return transmit
    }
    return undefined
  }

  /** Adds what there is to tell; whether there was anything. */
  tell(now: Millis, events: { push(event: PeerEvent): void }): boolean {
    if (this.#leaving.length === 0) return false
    let isTold = false
    for (let event = this.#pollEvent(now); event !== undefined; event = this.#pollEvent(now)) {
      isTold = true
      events.push(event)
    }
    return isTold
  }

  /** `release`, and before it `closeStream`: there is nothing else to tell of who has left. */
  #pollEvent(now: Millis): PeerEvent | undefined {
    for (const departure of this.#leaving) {
      const { transport } = departure
      const event = transport.pollEvent(now)
      if (event?.type === 'closeStream') return event
      if (!transport.relays.isEmpty) continue
      // Its last words to servers over DTLS.
      for (let last = transport.relays.pollTransmit(now); last; last = transport.relays.pollTransmit(now)) {
        this.#datagrams.push(last)
      }
      this.#leaving = this.#leaving.filter((one) => one !== departure)
      return { type: 'release', transportId: transport.id }
    }
    return undefined
  }
}
