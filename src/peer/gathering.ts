import type { Millis } from '../core/index.js'
import { formatCandidate, type IceAgent } from '../ice/index.js'
import type { IceCandidate, IceEvent, IceParameters } from '../ice/types.js'
import type { CandidateError, PeerEvent, TransportId } from './contract.js'
import type { Relays } from './relays.js'

/** Errors of gathering ahead: servers times interfaces. */
const MAX_UNTOLD = 64

export interface GatheringOptions {
  readonly transportId: TransportId
  readonly agent: IceAgent
  readonly relays: Relays
  readonly handle: (now: Millis, event: IceEvent) => void
  readonly tell: (event: PeerEvent) => void
}

/** Our candidates of one transport: gathered when a description says its parameters, or ahead of it (RFC 9429 §3.5.4). */
export class Gathering {
  readonly #options: GatheringOptions
  readonly #agent: IceAgent
  /** Errors that gathering ahead has met. */
  readonly #untold: PeerEvent[] = []
  /** Never changed: descriptions that are read later show those of their time. */
  #texts: readonly string[] = []

  constructor(options: GatheringOptions) {
    this.#options = options
    this.#agent = options.agent
  }

  /** Of this generation, as descriptions show them. */
  get gathered(): { readonly candidates: readonly string[]; readonly complete: boolean } {
    return { candidates: this.#texts, complete: this.#agent.gatheringState === 'complete' }
  }

  /** Nothing is told before {@link begin} comes with the same parameters. */
  prefetch(now: Millis, parameters: IceParameters): void {
    this.#untold.length = 0
    this.#options.relays.beginGathering()
    this.#agent.prefetch(now, parameters)
    this.#ask(parameters)
  }

  /** Those that the description says; once. */
  begin(now: Millis, { usernameFragment, password }: IceParameters): void {
    const isSame = (other: IceParameters | undefined): boolean =>
      other?.usernameFragment === usernameFragment && other.password === password
    if (isSame(this.#agent.localParameters)) return
    this.#texts = []
    const isPrefetched = isSame(this.#agent.prefetchedParameters)
    if (!isPrefetched) this.#options.relays.beginGathering()
    this.#agent.startGathering(now, { usernameFragment, password })
    const untold = this.#untold.splice(0)
    if (!isPrefetched) return this.#ask({ usernameFragment })
    for (let event = this.#agent.pollEvent(); event !== undefined; event = this.#agent.pollEvent())
      this.#options.handle(now, event)
    for (const event of untold) this.#options.tell(event)
  }

  tellError(error: CandidateError): void {
    const event = { type: 'candidateError', transportId: this.#options.transportId, ...error } as const
    if (this.#agent.prefetchedParameters === undefined) this.#options.tell(event)
    else if (this.#untold.length < MAX_UNTOLD) this.#untold.push(event)
  }

  tellCandidate(candidate: IceCandidate, section: { readonly mid: string; readonly sectionIndex: number }): void {
    const text = formatCandidate(candidate)
    this.#texts = this.#texts.concat(text)
    const { transportId } = this.#options
    this.#options.tell({ type: 'localCandidate', transportId, candidate, text, ...section })
  }

  #ask({ usernameFragment }: Pick<IceParameters, 'usernameFragment'>): void {
    const { transportId, tell } = this.#options
    const { hidesHosts } = this.#agent
    tell({ type: 'gather', transportId, usernameFragment, ...(hidesHosts && { hidesHosts }) })
  }
}
