/** The sections of an answer (RFC 9429 §5.3): one for each that was offered, in its order. */
import type { Group, MediaDescription, SessionDescription } from '../sdp/index.js'
import { dataContent } from './data-section.js'
import type { Draft, SectionContent } from './draft.js'
import { answeredContent } from './media-content.js'
import type { TransceiverInput } from './media-types.js'
import { acceptedData, sectionPlans } from './plan.js'
import {
  bundleGroupOf,
  bundleGroups,
  isOfferedAtAll,
  isRtpSection,
  midOf,
  sctpPortOf,
  transportAttributes,
} from './section.js'
import type { DescribeInputs, Description, JsepState } from './types.js'

export interface AnswerDrafts {
  readonly drafts: readonly Draft[]
  readonly groups: readonly Group[]
}

export function answerDrafts(state: JsepState, remote: Description, inputs: DescribeInputs): AnswerDrafts {
  const offer = remote.session
  const byMid = new Map(inputs.transceivers.map((transceiver) => [transceiver.mid, transceiver]))
  const contents = acceptedContents(state, offer, inputs, byMid)
  const live = new Set(contents.keys())
  const plans = sectionPlans({ offer: remote, offerBy: 'remote', answer: undefined }, state.agreed, live)
  const drafts = plans.map(({ mid, transportMid, index }): Draft => {
    const content = contents.get(mid)
    const transceiver = byMid.get(mid)
    return {
      mid,
      transportMid,
      like: offer.media[index],
      ...(content && { content }),
      ...(transceiver && { transceiver: transceiver.key }),
    }
  })
  return { drafts, groups: answeredGroups(offer, live) }
}

/** What is accepted, by mid; everything else is answered with port 0. */
function acceptedContents(
  state: JsepState,
  offer: SessionDescription,
  inputs: DescribeInputs,
  byMid: ReadonlyMap<string | null, TransceiverInput>,
): ReadonlyMap<string, SectionContent> {
  const data = acceptedData(offer, state.agreed)
  const leaders = new Map<string, string>()
  const contents = new Map<string, SectionContent>()
  for (const section of offer.media) {
    const mid = midOf(section)
    if (!isOfferedAtAll(offer, section)) continue
    const content =
      mid === data
        ? withMux(dataContent(section, inputs, answeredInit(section, inputs)), offer, section)
        : mediaContent(state, offer, section, byMid.get(mid), inputs.cname)
    if (content !== undefined && isBundledEnough(offer, section, leaders, inputs)) contents.set(mid, content)
  }
  return contents
}

/** draft-hancke-tsvwg-snap, "Generating the SDP Answer": only where the offer has it. */
function answeredInit(section: MediaDescription, { sctpInit }: DescribeInputs): string | undefined {
  const { sctpInit: init } = section.attributes
  return init === undefined
    ? undefined
    : sctpInit?.({ mid: midOf(section), offered: { init, port: sctpPortOf(section) } })
}

function mediaContent(
  state: JsepState,
  offer: SessionDescription,
  section: MediaDescription,
  transceiver: TransceiverInput | undefined,
  cname: string,
): SectionContent | undefined {
  if (!isRtpSection(section) || transceiver?.kind !== section.kind) return undefined
  if (!transceiver.isStopping && !transceiver.isStopped) return answeredContent(transceiver, offer, section, cname)
  if (transceiver.isStopped || !speaksForOthers(state, offer, midOf(section))) return undefined
  return answeredContent({ ...transceiver, direction: 'inactive' }, offer, section, cname)
}

/**
 * RFC 9143 §7.3.2: whoever rejects the first section of a bundle rejects all of it, and Chromium gives its transport up. A
 * section that is stopping then waits, inactive, for an offer of ours, which may reject it alone.
 */
function speaksForOthers({ agreed }: JsepState, offer: SessionDescription, mid: string): boolean {
  const group = bundleGroupOf(offer, mid)
  if (group?.mids[0] !== mid || !agreed.transportOf.has(mid)) return false
  return group.mids.some((other) => other !== mid && agreed.transportOf.has(other))
}

/**
 * RFC 9429 §5.3.1: with max-bundle what is not bundled with the first section is rejected, with balanced what is not bundled
 * with the first of its kind. Those that are rejected anyway do not count as first: another could never be accepted.
 */
function isBundledEnough(
  offer: SessionDescription,
  section: MediaDescription,
  leaders: Map<string, string>,
  { bundlePolicy }: DescribeInputs,
): boolean {
  if (bundlePolicy === 'max-compat') return true
  const mid = midOf(section)
  const kind = bundlePolicy === 'max-bundle' ? '' : section.kind
  const leader = leaders.get(kind)
  if (leader === undefined) leaders.set(kind, mid)
  const group = bundleGroupOf(offer, mid)
  return leader === undefined || (group !== undefined && group === bundleGroupOf(offer, leader))
}

/**
 * RFC 9143 §7.1.3: a data section says rtcp-mux, too, where it shares the transport of media. A peer that gathered for RTP
 * and RTCP until it knew would otherwise wait for the second component, though we reject the media (Firefox does).
 */
function withMux(content: SectionContent, offer: SessionDescription, section: MediaDescription): SectionContent {
  if (!transportAttributes(offer, section).rtcpMux) return content
  return { ...content, attributes: { ...content.attributes, rtcpMux: true } }
}

/** Groups of the offer with what we accept of them. If that is nothing, an empty one: Chromium's max-bundle looks for it. */
function answeredGroups(offer: SessionDescription, live: ReadonlySet<string>): Group[] {
  const answered = bundleGroups(offer).map(({ mids }) => {
    return { semantics: 'BUNDLE', mids: mids.filter((mid) => live.has(mid)) }
  })
  const accepted = answered.filter(({ mids }) => mids.length > 0)
  return accepted.length > 0 ? accepted : answered.slice(0, 1)
}
