import { SparseMap } from '../core/index.js'
/** Descriptions as their readers see them. */
import { planBesidesCandidates, textOf, withLocalCandidates } from '../jsep/index.js'
import type { Description, GatheredCandidates, JsepState, Plan } from '../jsep/types.js'
import type { TextDescription } from './contract.js'
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

  says(description: Description, plan: Plan | undefined, transports: readonly Transport[]): boolean {
    if (this.#description !== description || this.#plan !== plan) return false
    if (this.#gathered.length !== transports.length) return false
    return this.#gathered.every(({ mid, candidates, complete }, index) => {
      const { mid: ownMid, gathering } = transports[index]!
      const now = gathering.gathered
      return mid === ownMid && candidates === now.candidates && complete === now.complete
    })
  }
}

/** The four of one peer: each the same object for as long as what it says does not change. */
export class DescriptionTexts {
  readonly #last = new SparseMap<Slot, LazyText>()

  /** One of ours, with what its transports have gathered. */
  local(
    slot: 'pendingLocal' | 'currentLocal',
    negotiation: JsepState,
    transports: readonly Transport[],
  ): TextDescription | null {
    const description = negotiation[slot]
    if (description === undefined) return this.#none(slot)
    return this.#text(slot, description, planBesidesCandidates(negotiation), transports)
  }

  remote(slot: 'pendingRemote' | 'currentRemote', negotiation: JsepState): TextDescription | null {
    const description = negotiation[slot]
    if (description === undefined) return this.#none(slot)
    return this.#text(slot, description, undefined, [])
  }

  #none(slot: Slot): null {
    this.#last.delete(slot)
    return null
  }

  #text(
    slot: Slot,
    description: Description,
    plan: Plan | undefined,
    transports: readonly Transport[],
  ): TextDescription {
    const last = this.#last.get(slot)
    if (last?.says(description, plan, transports) === true) return last
    const text = new LazyText(description, plan, transports.length === 0 ? NOTHING_GATHERED : gatheredOf(transports))
    this.#last.set(slot, text)
    return text
  }
}

function gatheredOf(transports: readonly Transport[]): Gathered {
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
