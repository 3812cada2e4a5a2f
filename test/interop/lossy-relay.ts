/**
 * A bad network on this machine: two UDP sockets that stand for the two peers to one another and lose part of what passes. Which
 * datagrams are lost follows from a seed and their order; ICE and the handshake pass whole, for what is tested is SCTP.
 */
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import type { Description } from './w3c-subset.js'

interface Address {
  readonly host: string
  readonly port: number
}

interface Side {
  readonly socket: Socket
  /** The peer itself, whose packets come in here and to whom those of the other side go. */
  peer?: Address
}

/**
 * By the first byte: 23 is DTLS 1.2 application data, which here is SCTP (RFC 7983 §7); 32 to 63 is any encrypted record of DTLS 1.3
 * (RFC 9147 §4.1), and once a channel is open that is SCTP too.
 */
function mayBeLost(firstByte: number | undefined): boolean {
  return firstByte === 23 || (firstByte !== undefined && firstByte >> 5 === 1)
}

const IPV4_HOST = /^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host/gim

export class LossyRelay {
  readonly #sides: Record<Description['type'], Side>
  #state: number
  /** 0 … 1 */
  lossRatio = 0
  lost = 0

  private constructor(seed: number, sides: Record<Description['type'], Side>) {
    this.#state = seed
    this.#sides = sides
    this.#forward(sides.offer, sides.answer)
    this.#forward(sides.answer, sides.offer)
  }

  static async open(seed: number): Promise<LossyRelay> {
    return new LossyRelay(seed, { offer: { socket: await bound() }, answer: { socket: await bound() } })
  }

  /** The same description, with one candidate: ours, standing for its author. */
  readonly standIn = ({ type, sdp }: Description): Description => {
    const found = [...sdp.matchAll(IPV4_HOST)].map(([, host, port]) => ({ host: host!, port: Number(port) }))
    const author = found.find(({ host }) => !host.startsWith('127.')) ?? found[0]
    if (author === undefined) throw new Error('no IPv4 host candidate to stand in for')
    const [own, other] =
      type === 'offer' ? [this.#sides.offer, this.#sides.answer] : [this.#sides.answer, this.#sides.offer]
    own.peer = author
    // The other peer talks to the other side's socket, from which this author's packets come.
    const line = `a=candidate:1 1 udp 2130706431 ${author.host} ${other.socket.address().port} typ host`
    let replaced = false
    const lines = sdp.split('\r\n').flatMap((one) => {
      if (!one.startsWith('a=candidate:')) return [one]
      const first = !replaced
      replaced = true
      return first ? [line] : []
    })
    return { type, sdp: lines.join('\r\n') }
  }

  /** What `from`'s peer sends comes in on `from`'s socket and leaves from the other's, so that each peer sees one address. */
  #forward(from: Side, to: Side): void {
    from.socket.on('message', (data, { address, port }) => {
      // A peer may try from each of its sockets; only the one that it announced takes part.
      if (to.peer === undefined || from.peer === undefined) return
      if (address !== from.peer.host || port !== from.peer.port) return
      if (mayBeLost(data[0]) && this.#random() < this.lossRatio) this.lost++
      else to.socket.send(data, to.peer.port, to.peer.host)
    })
  }

  /** A linear congruential generator (Numerical Recipes' constants). */
  #random(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return this.#state / 2 ** 32
  }

  async close(): Promise<void> {
    for (const { socket } of Object.values(this.#sides))
      await new Promise<void>((resolve) => socket.close(() => resolve()))
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  return await new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, () => resolve(socket))
  })
}
