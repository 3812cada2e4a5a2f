import { SparseMap, type Millis } from '../core/index.js'
import type { IceParameters } from '../ice/types.js'
import type { LocalParameters } from './local-parameters.js'
import type { Transport } from './transport.js'

/** Every transport has a socket for each address, and asks every server: an application that wants more waits for its description. */
const MAX_POOLED = 16

export interface CandidatePoolOptions {
  readonly create: () => Transport
  readonly parameters: LocalParameters
}

/**
 * Transports that gather before a description asks for them, with parameters that the description is then to say
 * (RFC 9429 §3.5.4). They are for the first exchange alone.
 */
export class CandidatePool {
  readonly #options: CandidatePoolOptions
  /** Those whose parameters an offer says already, by the section: asking twice is the same offer. */
  readonly #promised = new SparseMap<string, Transport>()
  /** Changed here alone. */
  waiting: readonly Transport[] = []
  #size = 0
  #taken = 0
  #isOver = false

  constructor(options: CandidatePoolOptions) {
    this.#options = options
  }

  /** RFC 9429 §4.1.18: more are gathered for at once. Those that are superfluous. */
  resize(now: Millis, size: number): readonly Transport[] {
    this.#size = Math.min(size, MAX_POOLED)
    this.refill(now)
    return this.#giveUp(this.waiting.slice(this.#target))
  }

  refill(now: Millis): void {
    while (this.waiting.length < this.#target) {
      const transport = this.#options.create()
      transport.gathering.prefetch(now, this.#options.parameters.fresh())
      this.waiting = [...this.waiting, transport]
    }
  }

  /** What was gathered is of no use any more. */
  empty(): readonly Transport[] {
    return this.#giveUp(this.waiting)
  }

  remove(transport: Transport): void {
    this.#giveUp([transport])
  }

  /** The description that took from it was rolled back. */
  restore(now: Millis): void {
    this.#taken = 0
    this.refill(now)
  }

  /** An exchange was finished: it is used no longer. */
  end(): readonly Transport[] {
    this.#isOver = true
    return this.empty()
  }

  /** What a description is to say of a section's transport, so that the section may take one from here. */
  promise(mid: string): IceParameters | undefined {
    const promised = this.#promised.get(mid) ?? this.#unpromised
    if (promised === undefined) return undefined
    this.#promised.set(mid, promised)
    return promised.agent.prefetchedParameters
  }

  /** For a section that our description has, the one that it speaks of; for one of the peer's offer any. */
  take(mid: string, usernameFragment: string | undefined): Transport | undefined {
    const transport =
      usernameFragment === undefined
        ? (this.#unpromised ?? this.waiting[0])
        : this.waiting.find((one) => one.agent.prefetchedParameters?.usernameFragment === usernameFragment)
    if (transport === undefined) return undefined
    this.#taken++
    this.#forget([transport])
    transport.mid = mid
    return transport
  }

  get #target(): number {
    return this.#isOver ? 0 : Math.max(0, this.#size - this.#taken)
  }

  get #unpromised(): Transport | undefined {
    const promised = new Set(this.#promised.values())
    return this.waiting.find((transport) => !promised.has(transport))
  }

  #giveUp(gone: readonly Transport[]): readonly Transport[] {
    for (const { agent } of gone) this.#options.parameters.giveBack(agent.prefetchedParameters)
    this.#forget(gone)
    return gone
  }

  #forget(gone: readonly Transport[]): void {
    this.waiting = this.waiting.filter((transport) => !gone.includes(transport))
    for (const [mid, transport] of this.#promised) if (gone.includes(transport)) this.#promised.delete(mid)
  }
}
