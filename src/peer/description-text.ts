/** Descriptions as their readers see them. */
import { planBesidesCandidates, textOf, withLocalCandidates } from '../jsep/index.js'
import type { Description, GatheredCandidates, JsepState, Plan } from '../jsep/types.js'
import type { TextDescription } from './contract.js'
import type { Transport } from './transport.js'

type Slot = 'pendingLocal' | 'currentLocal' | 'pendingRemote' | 'currentRemote'

/** What a text is made of. */
type Parts = readonly unknown[]

/** A text is made when it is first read, as candidates that come one by one make many that nobody reads. */
class LazyText implements TextDescription {
  readonly type: TextDescription['type']
  readonly parts: Parts
  #write: (() => string) | undefined
  #sdp = ''

  constructor(type: TextDescription['type'], parts: Parts, write: () => string) {
    this.type = type
    this.parts = parts
    this.#write = write
  }

  get sdp(): string {
    if (this.#write !== undefined) this.#sdp = this.#write()
    this.#write = undefined
    return this.#sdp
  }
}

/** The four of one peer: each the same object for as long as what it says does not change. */
export class DescriptionTexts {
  readonly #last = new Map<Slot, LazyText>()

  /** One of ours, with what its transports have gathered. */
  local(
    slot: 'pendingLocal' | 'currentLocal',
    negotiation: JsepState,
    transports: readonly Transport[],
  ): TextDescription | null {
    const description = negotiation[slot]
    if (description === undefined) return this.#none(slot)
    const plan = planBesidesCandidates(negotiation)
    const parts: unknown[] = [description, plan]
    const gathered = transports.map(({ mid, gathering }) => ({ mid, ...gathering.gathered }))
    for (const { mid, candidates, complete } of gathered) parts.push(mid, candidates, complete)
    return this.#text(slot, description, parts, () => withLocalCandidates(description, bySection(plan, gathered)))
  }

  remote(slot: 'pendingRemote' | 'currentRemote', negotiation: JsepState): TextDescription | null {
    const description = negotiation[slot]
    if (description === undefined) return this.#none(slot)
    return this.#text(slot, description, [description], () => textOf(description))
  }

  #none(slot: Slot): null {
    this.#last.delete(slot)
    return null
  }

  #text(slot: Slot, { type }: Description, parts: Parts, write: () => string): TextDescription {
    const last = this.#last.get(slot)
    if (last !== undefined && isSame(last.parts, parts)) return last
    const text = new LazyText(type, parts, write)
    this.#last.set(slot, text)
    return text
  }
}

function isSame(a: Parts, b: Parts): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index])
}

/** RFC 9143 §7.1.3: the first section of a transport speaks for all that share it. */
function bySection(
  { sections }: Plan,
  transports: readonly (GatheredCandidates & { readonly mid: string })[],
): ReadonlyMap<string, GatheredCandidates> {
  const gathered = new Map<string, GatheredCandidates>()
  for (const transport of transports) {
    const speaker = sections.find((section) => section.transportMid === transport.mid && !section.rejected)
    if (speaker !== undefined) gathered.set(speaker.mid, transport)
  }
  return gathered
}
