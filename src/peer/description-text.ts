import { SparseMap } from '../core/index.js'
/** Descriptions as their readers see them. */
import { planBesidesCandidates, textOf, withLocalCandidates } from '../jsep/index.js'
import type { Description, GatheredCandidates, JsepState, Plan } from '../jsep/types.js'
import type { DescriptionPair, TextDescription } from './contract.js'
import type { Transport } from './transport.js'

type Slot = 'pendingLocal' | 'currentLocal' | 'pendingRemote' | 'currentRemote'

/** What the text of a local description shows beside it: of each transport mid, candidates and whether there are more. */
type Gathered = readonly (GatheredCandidates & { readonly mid: string })[]

const NOTHING_GATHERED: Gathered = []

/** A text is made when it is first read, as candidates that come one by one make many that nobody reads. */
class LazyText implements TextDescription {
  readonly type: TextDescription['type']
  /** Undefined for one of the peer's. */
  readonly #plan: Plan | undefined
  readonly #description: Description
  readonly #gathered: Gathered
  #sdp: string | undefined

  constructor(description: Description, plan: Plan | undefined, gathered: Gathered) {
    this.type = description.type
    this.#description = description
    this.#plan = plan
    this.#gathered = gathered
  }

  get sdp(): string {
    return (this.#sdp ??= this.#written())
  }

  #written(): string {
    if (this.#plan === undefined) return textOf(this.#description)
    const isEmpty = this.#gathered.every(({ candidates, complete }) => candidates.length === 0 && !complete)
    if (isEmpty) return this.#description.sdp
    return withLocalCandidates(this.#description, bySection(this.#plan, this.#gathered))
  }

  says(description: Description, plan: Plan | undefined, gathered: Gathered): boolean {
    if (this.#description !== description || this.#plan !== plan) return false
    if (this.#gathered.length !== gathered.length) return false
    return this.#gathered.every(({ mid, candidates, complete }, index) => {
      const now = gathered[index]!
      return mid === now.mid && candidates === now.candidates && complete === now.complete
    })
  }
}

/** The four of one peer: each the same object for as long as what it says does not change. */
export class DescriptionTexts {
  readonly #last = new SparseMap<Slot, LazyText>()

  /** Ours, with what our transports have gathered. */
  local(negotiation: JsepState, transports: readonly Transport[]): DescriptionPair {
    return new Pair(this, 'local', negotiation, gatheredOf(transports))
  }

  remote(negotiation: JsepState): DescriptionPair {
    return new Pair(this, 'remote', negotiation, NOTHING_GATHERED)
  }

  of(slot: Slot, negotiation: JsepState, gathered: Gathered): TextDescription | null {
    const description = negotiation[slot]
    if (description === undefined) {
      this.#last.delete(slot)
      return null
    }
    const isOurs = slot === 'pendingLocal' || slot === 'currentLocal'
    const plan = isOurs ? planBesidesCandidates(negotiation) : undefined
    const last = this.#last.get(slot)
    if (last?.says(description, plan, gathered) === true) return last
    const text = new LazyText(description, plan, gathered)
    this.#last.set(slot, text)
    return text
  }
}

/** Those of one side as they were at one moment, looked at later or never: candidates that come one by one make many. */
class Pair implements DescriptionPair {
  readonly #texts: DescriptionTexts
  readonly #side: 'local' | 'remote'
  readonly #negotiation: JsepState
  readonly #gathered: Gathered

  constructor(texts: DescriptionTexts, side: 'local' | 'remote', negotiation: JsepState, gathered: Gathered) {
    this.#texts = texts
    this.#side = side
    this.#negotiation = negotiation
    this.#gathered = gathered
  }

  get pending(): TextDescription | null {
    const slot = this.#side === 'local' ? 'pendingLocal' : 'pendingRemote'
    return this.#texts.of(slot, this.#negotiation, this.#gathered)
  }

  get current(): TextDescription | null {
    const slot = this.#side === 'local' ? 'currentLocal' : 'currentRemote'
    return this.#texts.of(slot, this.#negotiation, this.#gathered)
  }
}

function gatheredOf(transports: readonly Transport[]): Gathered {
  if (transports.length === 0) return NOTHING_GATHERED
  return transports.map(({ mid, gathering: { gathered } }) => {
    return { mid, candidates: gathered.candidates, complete: gathered.complete }
  })
}

/** RFC 9143 §7.1.3: the first section of a transport speaks for all that share it. */
function bySection({ sections }: Plan, transports: Gathered): ReadonlyMap<string, GatheredCandidates> {
  const gathered = new Map<string, GatheredCandidates>()
  for (const transport of transports) {
    const speaker = sections.find((section) => section.transportMid === transport.mid && !section.rejected)
    if (speaker !== undefined) gathered.set(speaker.mid, transport)
  }
  return gathered
}
