import type { Group, MediaDescription, SessionDescription } from '../sdp/index.js'
import { dtlsRole } from './dtls-role.js'
import { exchangeOf } from './exchange.js'
import type { Exchange } from './exchange.js'
import { SCTP_PORT, bundleGroupOf, isAcceptedInAnswer, isDataSection, isOfferedAtAll } from './section.js'
import { maxMessageSizeOf, midOf, sctpPortOf, sectionByMid, transportAttributes } from './section.js'
import type { Agreement, Description, JsepState, Plan, SctpPlan, SectionPlan, TransportPlan } from './types.js'

/** What both sides agreed on so far; where an offer is pending, what it would come to. */
export function planOf(state: JsepState): Plan {
  const exchange = exchangeOf(state)
  if (exchange === undefined) return { sections: [], transports: [] }
  const sections = sectionPlans(exchange, state.agreed)
  const live = sections.filter((section) => !section.rejected)
  const mids = [...new Set(live.map((section) => section.transportMid))]
  const sctp = sctpPlan(state, exchange, live)
  return {
    sections,
    transports: mids.map((mid) => transportPlan(state, exchange, mid, live)),
    ...(sctp && { sctp }),
  }
}

/** Which sections live, and on which transport (RFC 9143 §7). */
export function sectionPlans(exchange: Exchange, agreed: Agreement): SectionPlan[] {
  const { offer, offerBy, answer } = exchange
  const described = (answer ?? offer).session
  const accepted = acceptedMids(exchange, agreed)

  /** The transport that a group shares: the one it has, or that of its first accepted section. Found once for each. */
  const shared = new Map<Group, string | undefined>()
  const groupTransport = (group: Group): string | undefined => {
    if (!shared.has(group)) {
      const live = group.mids.filter((mid) => accepted.has(mid))
      const settled = live.find((mid) => agreed.transportOf.get(mid) !== undefined)
      shared.set(group, settled === undefined ? live[0] : agreed.transportOf.get(settled))
    }
    return shared.get(group)
  }
  return offer.session.media.map((section, index) => {
    const mid = midOf(section)
    const group = bundleGroupOf(described, mid)
    const rejected = !accepted.has(mid)
    let transportMid = mid
    if (!rejected && group !== undefined) {
      // An offer of ours that is still open gathers for each section by itself, unless it says bundle-only.
      const alone = answer === undefined && offerBy === 'local' && section.attributes.bundleOnly !== true
      transportMid = (alone ? agreed.transportOf.get(mid) : groupTransport(group)) ?? mid
    }
    return { index, mid, kind: section.kind, rejected, transportMid }
  })
}

function acceptedMids({ offer, offerBy, answer }: Exchange, agreed: Agreement): ReadonlySet<string> {
  const offered = offer.session.media.filter((section) => isOfferedAtAll(offer.session, section))
  if (answer !== undefined) {
    const answered = answer.session.media.filter(isAcceptedInAnswer)
    const taken = new Set(answered.map(midOf))
    return new Set(offered.map(midOf).filter((mid) => taken.has(mid)))
  }
  if (offerBy === 'local') return new Set(offered.map(midOf))
  // A connection has one SCTP association (RFC 8841 §5): the one it has, else the first that is offered. Sections of
  // other kinds are answered with port 0.
  const data = offered.filter(isDataSection).map(midOf)
  const chosen = data.find((mid) => agreed.transportOf.get(mid) !== undefined) ?? data[0]
  return new Set(chosen === undefined ? [] : [chosen])
}

function transportPlan(state: JsepState, exchange: Exchange, mid: string, live: readonly SectionPlan[]): TransportPlan {
  const carried = live.filter((section) => section.transportMid === mid)
  const local = credentialsOf(state.pendingLocal ?? state.currentLocal, carried)
  const remote = remoteParameters(state.pendingRemote ?? state.currentRemote, carried)
  const role = dtlsRole(state, exchange, carried)
  return {
    mid,
    sectionIndex: carried[0]?.index ?? 0,
    ...(local && { local }),
    ...(remote && { remote }),
    ...(role && { dtlsRole: role }),
  }
}

type Credentials = NonNullable<TransportPlan['local']>

/** ICE credentials that a description has for the transport of these sections. */
export function credentialsOf(
  description: Description | undefined,
  carried: readonly SectionPlan[],
): Credentials | undefined {
  if (description === undefined) return undefined
  for (const { mid } of carried) {
    const section = sectionByMid(description.session, mid)
    if (section === undefined) continue
    const { iceUfrag, icePwd } = transportAttributes(description.session, section)
    if (iceUfrag !== undefined && icePwd !== undefined) return { usernameFragment: iceUfrag, password: icePwd }
  }
  return undefined
}

function remoteParameters(
  description: Description | undefined,
  carried: readonly SectionPlan[],
): TransportPlan['remote'] | undefined {
  const credentials = credentialsOf(description, carried)
  if (description === undefined || credentials === undefined) return undefined
  const { session } = description
  const speaker = carried.map(({ mid }) => sectionByMid(session, mid)).find((section) => section !== undefined)
  const spoken = speaker && transportAttributes(session, speaker)
  const sharing = session.media.filter((section) => isSharing(session, carried, section, credentials.usernameFragment))
  return {
    ...credentials,
    iceLite: session.attributes.iceLite === true,
    fingerprints: spoken?.fingerprints ?? [],
    ...(spoken?.tlsId !== undefined && { tlsId: spoken.tlsId }),
    candidates: [...new Set(sharing.flatMap((section) => section.attributes.candidates ?? []))],
    endOfCandidates:
      session.attributes.endOfCandidates === true ||
      sharing.some((section) => section.attributes.endOfCandidates === true),
  }
}

/**
 * Whether what a section says of ICE is about the transport of the carried ones. Bundled sections share one ICE session,
 * and its candidates may come with any of them, also with one that we reject.
 */
export function isSharing(
  session: SessionDescription,
  carried: readonly SectionPlan[],
  section: MediaDescription,
  usernameFragment: string,
): boolean {
  const group = bundleGroupOf(session, midOf(section))
  const belongs = carried.some(({ mid }) => mid === midOf(section) || (group && bundleGroupOf(session, mid) === group))
  return belongs && transportAttributes(session, section).iceUfrag === usernameFragment
}

function sctpPlan(state: JsepState, exchange: Exchange, live: readonly SectionPlan[]): SctpPlan | undefined {
  const plan = live.find(({ index }) => isDataSection(exchange.offer.session.media[index]!))
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
  }
}

/** What a finished answer leaves behind for later exchanges. */
export function agreementOf(state: JsepState, exchange: Exchange): Agreement {
  const live = sectionPlans(exchange, state.agreed).filter((section) => !section.rejected)
  const transportMids = new Set(live.map((section) => section.transportMid))
  const roles = [...transportMids].map((mid) => {
    const carried = live.filter((section) => section.transportMid === mid)
    return [mid, dtlsRole(state, exchange, carried) ?? 'client'] as const
  })
  return {
    transportOf: new Map(live.map((section) => [section.mid, section.transportMid] as const)),
    roleOf: new Map(roles),
  }
}
