import { SparseMap } from '../core/index.js'
import type { MediaDescription, SessionDescription } from '../sdp/index.js'
import { dtlsRole, freshDtlsRole } from './dtls-role.js'
import { exchangeOf } from './exchange.js'
import type { Exchange } from './exchange.js'
import { SCTP_PORT, bundleGroupOf, isAcceptedInAnswer, isDataSection, isOfferedAtAll, isRtpSection } from './section.js'
import { maxMessageSizeOf, midOf, sctpPortOf, sectionByMid, speakerOf, transportAttributes } from './section.js'
import { Recent } from './recent.js'
import type { Side } from './transition.js'
import { transportNames } from './transport-names.js'
import type { Agreement, Description, JsepState, Plan, SctpPlan, SectionPlan, TransportPlan } from './types.js'

/** What both sides agreed on so far; where an offer is pending, what it would come to if all of it were accepted. */
export function planOf(state: JsepState): Plan {
  const known = PLANS.get(state)
  if (known !== undefined) return known
  const plan = withTrickled(planBesidesCandidates(state), state)
  PLANS.set(state, plan)
  return plan
}

/** {@link planOf} without the candidates that were trickled: the same object for as long as nothing else changes. */
export function planBesidesCandidates(state: JsepState): Plan {
  const known = BARE_PLANS.get(state)
  if (known !== undefined) return known
  const plan = madePlan(state)
  BARE_PLANS.set(state, plan)
  return plan
}

/** States never change, and are asked for their plan once for each section. */
const PLANS = new Recent<JsepState, Plan>()
const BARE_PLANS = new WeakMap<JsepState, Plan>()

/** The one differs from the other by trickled candidates alone. */
export function sharePlan(state: JsepState, from: JsepState): void {
  BARE_PLANS.set(state, planBesidesCandidates(from))
}

function withTrickled(plan: Plan, state: JsepState): Plan {
  const { session, trickled } = state.pendingRemote ?? state.currentRemote ?? {}
  if (session === undefined || trickled === undefined) return plan
  const transports = plan.transports.map((transport): TransportPlan => {
    const { remote } = transport
    if (remote === undefined) return transport
    const sharing = sharingSections(session, sectionsOn(plan, transport), remote.usernameFragment)
    const came = sharing.flatMap((section) => trickled[session.media.indexOf(section)] ?? [])
    const candidates = [...new Set([...remote.candidates, ...came.flatMap((section) => section.candidates)])]
    const endOfCandidates = remote.endOfCandidates || came.some((section) => section.hasEnded)
    return { ...transport, remote: keptRemote({ ...remote, candidates, endOfCandidates }) }
  })
  return { ...plan, transports }
}

/** Those that live on a transport. */
export function sectionsOn({ sections }: Plan, { mid }: Pick<TransportPlan, 'mid'>): SectionPlan[] {
  return sections.filter((section) => section.transportMid === mid && !section.rejected)
}

function madePlan(state: JsepState): Plan {
  const exchange = exchangeOf(state)
  if (exchange === undefined) return { sections: [], transports: [] }
  const sections = sectionPlans(exchange, state.agreed)
  const sctp = sctpPlan(state, exchange, sections)
  return {
    sections,
    transports: carriedBy(sections).map((carried) => transportPlan(state, exchange, carried)),
    ...(sctp && { sctp }),
  }
}

/** The sections that live, by transport, in the order of the first section of each. */
function carriedBy(sections: readonly SectionPlan[]): SectionPlan[][] {
  const carried = new Map<string, SectionPlan[]>()
  for (const section of sections) {
    if (section.rejected) continue
    const sharing = carried.get(section.transportMid)
    if (sharing === undefined) carried.set(section.transportMid, [section])
    else sharing.push(section)
  }
  return [...carried.values()]
}

/** Which sections live, and on which transport. `accepted`, where it is known before there is an answer. */
export function sectionPlans(
  exchange: Exchange,
  agreed: Agreement,
  accepted: ReadonlySet<string> = acceptedMids(exchange, agreed),
): SectionPlan[] {
  const names = transportNames(exchange, agreed, accepted)
  return exchange.offer.session.media.map((section, index) => {
    const mid = midOf(section)
    return { index, mid, kind: section.kind, rejected: !accepted.has(mid), transportMid: names.get(mid) ?? mid }
  })
}

function acceptedMids({ offer, offerBy, answer }: Exchange, agreed: Agreement): ReadonlySet<string> {
  const { media } = offer.session
  // As below, for one section, which is all that most descriptions have.
  if (media.length === 1) return isOnlyAccepted(offer.session, offerBy, answer) ? new Set([midOf(media[0]!)]) : NONE
  const offered = media.filter((section) => isOfferedAtAll(offer.session, section))
  if (answer !== undefined) {
    const answered = answer.session.media.filter(isAcceptedInAnswer)
    const taken = new Set(answered.map(midOf))
    return new Set(offered.map(midOf).filter((mid) => taken.has(mid)))
  }
  if (offerBy === 'local') return new Set(offered.map(midOf))
  const data = acceptedData(offer.session, agreed)
  return new Set(offered.filter((section) => isRtpSection(section) || midOf(section) === data).map(midOf))
}

const NONE: ReadonlySet<string> = new Set()

function isOnlyAccepted(session: SessionDescription, offerBy: Side, answer: Description | undefined): boolean {
  const section = session.media[0]!
  if (!isOfferedAtAll(session, section)) return false
  if (answer === undefined) return offerBy === 'local' || isRtpSection(section) || isDataSection(section)
  return answer.session.media.some((given) => midOf(given) === midOf(section) && isAcceptedInAnswer(given))
}

/** A connection has one SCTP association (RFC 8841 §5): the one it has, else the first that is offered. */
export function acceptedData(session: SessionDescription, agreed: Agreement): string | undefined {
  const offered = session.media
    .filter((section) => isDataSection(section) && isOfferedAtAll(session, section))
    .map(midOf)
  return offered.find((mid) => agreed.transportOf.get(mid) !== undefined) ?? offered[0]
}

function transportPlan(state: JsepState, exchange: Exchange, carried: readonly SectionPlan[]): TransportPlan {
  const settled = settledSections(state, carried)
  const { pendingLocal, currentLocal, pendingRemote, currentRemote } = state
  const local = pendingLocal ? credentialsOf(pendingLocal, carried) : credentialsOf(currentLocal, settled)
  const remote = pendingRemote ? remoteParameters(pendingRemote, carried) : remoteParameters(currentRemote, settled)
  const role = dtlsRole(state, exchange, carried)
  const fresh = freshDtlsRole(exchange, carried)
  return {
    mid: carried[0]!.transportMid,
    sectionIndex: carried[0]!.index,
    ...(local && { local }),
    ...(remote && { remote }),
    ...(role && { dtlsRole: role }),
    ...(fresh && { freshDtlsRole: fresh }),
  }
}

/** A section on a transport, as far as its description is concerned. */
export type Carried = Pick<SectionPlan, 'mid'>

/**
 * The sections that share the transport of these by the descriptions in force. One that the offer at hand rejects may have
 * spoken for it there: what an offer said of the others, in case they would not be bundled, came to nothing (RFC 9143 §7.4).
 */
export function settledSections(
  { agreed: { transportOf } }: JsepState,
  carried: readonly SectionPlan[],
): readonly Carried[] {
  if (transportOf.size === 0) return carried
  const name = carried[0]?.transportMid
  const settled = [...transportOf].flatMap(([mid, transportMid]) => (transportMid === name ? [{ mid }] : []))
  return settled.length === 0 ? carried : settled
}

type Credentials = NonNullable<TransportPlan['local']>

/** ICE credentials that a description has for the transport of these sections. */
export function credentialsOf(
  description: Description | undefined,
  carried: readonly Carried[],
): Credentials | undefined {
  if (description === undefined) return undefined
  const speaker = speakerOf(description.session, carried)
  if (speaker === undefined) return undefined
  const { iceUfrag, icePwd } = transportAttributes(description.session, speaker)
  return iceUfrag === undefined || icePwd === undefined ? undefined : { usernameFragment: iceUfrag, password: icePwd }
}

function remoteParameters(
  description: Description | undefined,
  carried: readonly Carried[],
): TransportPlan['remote'] | undefined {
  const credentials = credentialsOf(description, carried)
  if (description === undefined || credentials === undefined) return undefined
  const { session } = description
  const speaker = speakerOf(session, carried)
  const spoken = speaker && transportAttributes(session, speaker)
  const sharing = sharingSections(session, carried, credentials.usernameFragment)
  return keptRemote({
    ...credentials,
    iceLite: session.attributes.iceLite === true,
    fingerprints: spoken?.fingerprints ?? [],
    ...(spoken?.tlsId !== undefined && { tlsId: spoken.tlsId }),
    candidates: [...new Set(sharing.flatMap((section) => section.attributes.candidates ?? []))],
    endOfCandidates:
      session.attributes.endOfCandidates === true ||
      sharing.some((section) => section.attributes.endOfCandidates === true),
  })
}

/** Field by field: V8 gives each object that is spread a shape of its own, and this one lives as long as the connection. */
function keptRemote(remote: NonNullable<TransportPlan['remote']>): NonNullable<TransportPlan['remote']> {
  const { usernameFragment, password, iceLite, fingerprints, tlsId, candidates, endOfCandidates } = remote
  const kept = { usernameFragment, password, iceLite, fingerprints, candidates, endOfCandidates }
  return tlsId === undefined ? kept : { ...kept, tlsId }
}

/**
 * The sections whose ICE lines are about the transport of the carried ones. Bundled sections share one ICE session, and its
 * candidates may come with any of them, also with one that we reject.
 */
export function sharingSections(
  session: SessionDescription,
  carried: readonly Carried[],
  usernameFragment: string,
): MediaDescription[] {
  const only = session.media[0]
  if (only !== undefined && session.media.length === 1) {
    const mid = midOf(only)
    const shares = carried.some(
      (own) => own.mid === mid || bundleGroupOf(session, own.mid)?.mids.includes(mid) === true,
    )
    return shares && transportAttributes(session, only).iceUfrag === usernameFragment ? [only] : []
  }
  const groups = new Set(carried.map(({ mid }) => bundleGroupOf(session, mid)))
  const mids = new Set(carried.map(({ mid }) => mid))
  for (const group of groups) for (const mid of group?.mids ?? []) mids.add(mid)
  return [...mids].flatMap((mid) => {
    const section = sectionByMid(session, mid)
    return section && transportAttributes(session, section).iceUfrag === usernameFragment ? [section] : []
  })
}

function sctpPlan(state: JsepState, exchange: Exchange, sections: readonly SectionPlan[]): SctpPlan | undefined {
  const { media } = exchange.offer.session
  const plan = sections.find(({ index, rejected }) => !rejected && isDataSection(media[index]!))
  if (plan === undefined) return undefined
  const local = (state.pendingLocal ?? state.currentLocal)?.session
  const remote = (state.pendingRemote ?? state.currentRemote)?.session
  const ours = local && sectionByMid(local, plan.mid)
  const theirs = remote && sectionByMid(remote, plan.mid)
  return {
    mid: plan.mid,
    transportMid: plan.transportMid,
    localPort: ours === undefined ? SCTP_PORT : sctpPortOf(ours),
    ...(theirs && { remotePort: sctpPortOf(theirs), remoteMaxMessageSizeBytes: maxMessageSizeOf(theirs) }),
    ...(ours?.attributes.sctpInit !== undefined && { localInit: ours.attributes.sctpInit }),
    ...(theirs?.attributes.sctpInit !== undefined && { remoteInit: theirs.attributes.sctpInit }),
  }
}

/** What a finished answer leaves behind for later exchanges. */
export function agreementOf(state: JsepState, exchange: Exchange): Agreement {
  const sections = sectionPlans(exchange, state.agreed)
  const roleOf = new SparseMap<string, 'client' | 'server'>()
  for (const carried of carriedBy(sections)) {
    roleOf.set(carried[0]!.transportMid, dtlsRole(state, exchange, carried) ?? 'client')
  }
  const transportOf = new SparseMap<string, string>()
  for (const section of sections) if (!section.rejected) transportOf.set(section.mid, section.transportMid)
  return { transportOf, roleOf }
}
