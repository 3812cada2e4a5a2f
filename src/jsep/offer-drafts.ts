/** The sections of an offer (RFC 9429 §5.2): all that there ever were in their places, then what is new. */
import type { Group } from '../sdp/index.js'
import { dataContent } from './data-section.js'
import type { Draft, SectionContent } from './draft.js'
import { exchangeOf } from './exchange.js'
import { offeredContent, type AcceptedBefore } from './media-content.js'
import type { TransceiverInput } from './media-types.js'
import { nextMid } from './mids.js'
import { sectionPlans } from './plan.js'
import { bundleGroups, isDataSection, isLiveIn, midOf, sectionByMid } from './section.js'
import type { DescribeInputs, Description, JsepState, SectionPlan } from './types.js'

export interface OfferDrafts {
  readonly drafts: readonly Draft[]
  readonly groups: readonly Group[]
}

/** A section that is new, or takes the place of one that was rejected. */
interface Fresh {
  readonly content: SectionContent
  readonly transceiver?: number
}

export function offerDrafts(state: JsepState, inputs: DescribeInputs): OfferDrafts {
  const exchange = exchangeOf(state)
  const plans = exchange ? sectionPlans(exchange, state.agreed) : []
  const known = new Set(plans.map((plan) => plan.mid))
  const existing = existingDrafts(state, inputs, plans)
  const associated = ({ mid }: TransceiverInput) => mid !== null && known.has(mid)
  const fresh = inputs.transceivers
    .filter((transceiver) => !associated(transceiver) && !transceiver.isStopping && !transceiver.isStopped)
    .map((transceiver): Fresh => {
      const content = offeredContent(transceiver, state.numbering, inputs.cname, undefined)
      return { content, transceiver: transceiver.key }
    })
  // RFC 9429 §5.2.1: media first.
  const hasData = existing.some((draft) => draft.content?.kind === 'application')
  if (inputs.wantsData && !hasData) fresh.push({ content: dataContent(undefined, inputs, inputs.sctpInit?.({})) })
  return withFresh(state, inputs, existing, fresh)
}

function existingDrafts(state: JsepState, inputs: DescribeInputs, plans: readonly SectionPlan[]): Draft[] {
  const local = (state.pendingLocal ?? state.currentLocal)?.session.media ?? []
  const byMid = new Map(inputs.transceivers.map((transceiver) => [transceiver.mid, transceiver]))
  return plans.map(({ mid, kind, rejected, transportMid, index }): Draft => {
    const like = local[index]
    const transceiver = byMid.get(mid)
    const draft: Draft = {
      mid,
      transportMid,
      like,
      bundleOnly: like?.attributes.bundleOnly === true && !state.agreed.transportOf.has(mid),
      ...(transceiver && { transceiver: transceiver.key }),
    }
    if (rejected) return draft
    if (like !== undefined && isDataSection(like)) {
      return { ...draft, content: dataContent(like, inputs, inputs.sctpInit?.({ mid })) }
    }
    const isGone = transceiver === undefined || transceiver.isStopping || transceiver.isStopped
    if (isGone || transceiver.kind !== kind) return draft
    return { ...draft, content: offeredContent(transceiver, state.numbering, inputs.cname, acceptedBefore(state, mid)) }
  })
}

function acceptedBefore({ currentRemote }: JsepState, mid: string): AcceptedBefore | undefined {
  const section = currentRemote && sectionByMid(currentRemote.session, mid)
  return section && { rtcpRsize: section.attributes.rtcpRsize === true }
}

function withFresh(
  state: JsepState,
  inputs: DescribeInputs,
  existing: readonly Draft[],
  fresh: readonly Fresh[],
): OfferDrafts {
  const drafts = [...existing]
  const groups = standingGroups(state, existing)
  const shared = sharedTransport(existing, groups)
  // RFC 9429 §5.2.2: bundle-only is for the first offer; a peer that left sections unbundled gets no more of them.
  const isFirst = !existing.some((draft) => draft.content !== undefined && state.agreed.transportOf.has(draft.mid))
  const vacant = vacantPlaces(state, existing, shared)
  const taken = takenMids(state)
  let from = 0
  const added: string[] = []
  for (const { content, transceiver } of fresh) {
    const mid = nextMid(taken, from)
    from = Number(mid) + 1
    const leader = shared ?? (isFirst ? leaderOf(drafts, content.kind, inputs) : undefined)
    const draft: Draft = {
      mid,
      transportMid: leader?.transportMid ?? mid,
      like: undefined,
      bundleOnly: shared === undefined && leader !== undefined,
      content,
      ...(transceiver !== undefined && { transceiver }),
    }
    added.push(mid)
    const place = vacant.shift()
    if (place === undefined) drafts.push(draft)
    else drafts[place] = draft
  }
  const [first = [], ...others] = groups
  const grown = [[...first, ...added], ...others].filter((mids) => mids.length > 0)
  return { drafts, groups: grown.map((mids) => ({ semantics: 'BUNDLE', mids })) }
}

/** The groups of the newest description that has any, with what still lives of them (RFC 9429 §5.2.2). */
function standingGroups(state: JsepState, existing: readonly Draft[]): string[][] {
  const exchange = exchangeOf(state)
  if (exchange === undefined) return []
  const live = new Set(existing.filter((draft) => draft.content !== undefined).map((draft) => draft.mid))
  const { session } = exchange.answer ?? exchange.offer
  return bundleGroups(session)
    .map(({ mids }) => mids.filter((mid) => live.has(mid)))
    .filter((mids) => mids.length > 0)
}

/** What was bundled once is so for good: new sections join it without gathering anything. */
function sharedTransport(existing: readonly Draft[], groups: readonly string[][]): Draft | undefined {
  const members = new Set(groups[0])
  return existing.find((draft) => members.has(draft.mid) && draft.content !== undefined && draft.bundleOnly !== true)
}

/**
 * RFC 9429 §4.1.1: the section whose transport a new one of this kind is to share, or nothing where it gets its own. By
 * policy the first of all, the first of each kind, or every section has an address.
 */
function leaderOf(drafts: readonly Draft[], kind: string, { bundlePolicy }: DescribeInputs): Draft | undefined {
  if (bundlePolicy === 'max-compat') return undefined
  const live = drafts.filter((draft) => draft.content !== undefined)
  const isLed = bundlePolicy === 'max-bundle' || live.some((draft) => draft.content?.kind === kind)
  return isLed ? live.find((draft) => draft.bundleOnly !== true) : undefined
}

/**
 * RFC 9429 §5.2.2: places of sections with port 0 in either description that is in force. A section that this offer stops
 * is not vacant yet. Places before the section that speaks for the bundle are left empty: Chromium answers a group in the
 * order of its sections, so that the new one would speak, and then fails to apply its own answer.
 */
function vacantPlaces(
  { currentLocal, currentRemote }: JsepState,
  existing: readonly Draft[],
  speaker: Draft | undefined,
): number[] {
  const from = speaker === undefined ? 0 : existing.indexOf(speaker)
  const isVacant = (description: Description | undefined, index: number) => {
    const section = description?.session.media[index]
    return description !== undefined && section !== undefined && !isLiveIn(description, section)
  }
  return existing.flatMap((draft, index) => {
    const isFree = isVacant(currentLocal, index) || isVacant(currentRemote, index)
    return draft.content === undefined && isFree && index >= from ? [index] : []
  })
}

/** Every mid, and every transport's name, that either side has used and that may still mean something. */
function takenMids(state: JsepState): ReadonlySet<string> {
  const { pendingLocal, currentLocal, pendingRemote, currentRemote, agreed } = state
  const descriptions = [pendingLocal, currentLocal, pendingRemote, currentRemote]
  const mids = descriptions.flatMap((description) => description?.session.media.map(midOf) ?? [])
  return new Set([...mids, ...agreed.transportOf.values()])
}
