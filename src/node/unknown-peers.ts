import type { Millis } from '../core/index.js'
import type { TransportAddress } from '../ice/types.js'
import type { Io } from './io.js'
import type { UsernameHalves } from './stun-peek.js'

/** Of peers that are not known: told once in a while, so that a flood of checks is not a flood of calls. */
const TELL_AGAIN_MILLIS = 1000
const MAX_TOLD = 256
/**
 * RFC 8839 §5.4. SECURITY: what no description could name is not told, so that a datagram of anybody does not make the
 * application construct a connection that throws.
 */
const USERNAME_FRAGMENT = /^[a-z\d+/]{4,256}$/i

/** A peer that checks a username fragment which no connection on the mux has. */
export interface UnknownPeer {
  /** The half of USERNAME that names our side. */
  readonly localUsernameFragment: string
  /** The half that names the side that asks. */
  readonly remoteUsernameFragment: string
  /** The IP address that it asks from. */
  readonly address: string
  /** The port that it asks from. */
  readonly port: number
  /** The address of ours that it asked. */
  readonly localAddress: string
  /** The port of ours that it asked. */
  readonly localPort: number
}

/** Tells the application of a mux about strangers, within bounds: each in a task of its own, since what it throws is not for who receives. */
export class UnknownPeers {
  readonly #io: Pick<Io, 'now' | 'queueTask'>
  readonly #tell: ((peer: UnknownPeer) => void) | undefined
  readonly #told = new Set<string>()
  #toldSince: Millis = -Infinity

  constructor(io: Pick<Io, 'now' | 'queueTask'>, tell: ((peer: UnknownPeer) => void) | undefined) {
    this.#io = io
    this.#tell = tell
  }

  heard(halves: UsernameHalves, from: TransportAddress, local: TransportAddress): void {
    const tell = this.#tell
    if (tell === undefined) return
    if (!USERNAME_FRAGMENT.test(halves.local) || !USERNAME_FRAGMENT.test(halves.remote)) return
    const now = this.#io.now()
    if (now - this.#toldSince >= TELL_AGAIN_MILLIS) {
      this.#told.clear()
      this.#toldSince = now
    }
    const key = `${halves.local} ${from.address} ${from.port}`
    if (this.#told.has(key) || this.#told.size >= MAX_TOLD) return
    this.#told.add(key)
    const peer = {
      localUsernameFragment: halves.local,
      remoteUsernameFragment: halves.remote,
      ...from,
      localAddress: local.address,
      localPort: local.port,
    }
    this.#io.queueTask(() => tell(peer))
  }
}
