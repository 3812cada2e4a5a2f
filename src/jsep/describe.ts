import { writeSdp } from '../sdp/index.js'
import type { Group, MediaAttributes, MediaDescription, SessionDescription } from '../sdp/index.js'
import { nextMid } from './mids.js'
import { exchangeOf } from './exchange.js'
import { sectionPlans } from './plan.js'
import { DATA_CHANNEL_FORMAT, SCTP_PORT, bundleGroups, isDataSection, isLegacyForm } from './section.js'
import { midOf, transportAttributes } from './section.js'
import type { DescribeInputs, JsepResult, JsepState, SectionPlan } from './types.js'

type Described = JsepResult<{ state: JsepState; sdp: string }>

/** The most streams there can be, as the drafts' sctpmap and RFC 8831 §6.2 have it. */
const LEGACY_STREAMS = 65535

/** One section to be written: where it stands, what it was, and on which transport it is. */
interface Draft {
  readonly mid: string
  readonly live: boolean
  readonly transportMid: string
  /** Inside its group or not at all (RFC 9143 §6). */
  readonly bundleOnly: boolean
  /** The section before, ours or the peer's: form and formats are kept. */
  readonly like: MediaDescription | undefined
  /** Media that was offered on the same transport has its RTCP multiplexed. */
  readonly rtcpMux?: boolean
}

/** An offer (RFC 9429 §5.2): all sections that there ever were in their places, then what is new. */
export function createOffer(state: JsepState, inputs: DescribeInputs): Described {
  if (state.signalingState !== 'stable' && state.signalingState !== 'have-local-offer') {
    return invalidState('an offer', state)
  }
  const drafts = offerDrafts(state, inputs)
  const mids = drafts.filter((draft) => draft.live).map((draft) => draft.mid)
  const groups = mids.length > 0 ? [{ semantics: 'BUNDLE', mids }] : []
  const media = describeAll(drafts, inputs, () => 'actpass') // RFC 9429 §5.2.1, also in later offers (§5.2.2)
  const created = finish(state, media, groups)
  return {
    ok: true,
    value: { ...created, state: { ...created.state, lastOffer: { sdp: created.sdp, transceivers: new Map() } } },
  }
}

/** An answer (RFC 9429 §5.3): one section for each that was offered, in its order. */
export function createAnswer(state: JsepState, inputs: DescribeInputs): Described {
  const remote = state.pendingRemote
  const isExpected = state.signalingState === 'have-remote-offer' || state.signalingState === 'have-local-pranswer'
  if (!isExpected || remote === undefined) return invalidState('an answer', state)
  const offer = remote.session
  const plans = sectionPlans({ offer: remote, offerBy: 'remote', answer: undefined }, state.agreed)
  const drafts = plans.map(({ mid, rejected, transportMid, index }): Draft => {
    const like = offer.media[index]
    const rtcpMux = !rejected && like !== undefined && transportAttributes(offer, like).rtcpMux
    return { mid, live: !rejected, transportMid, bundleOnly: false, like, rtcpMux }
  })
  const media = describeAll(drafts, inputs, (draft) => {
    const asked = draft.like && transportAttributes(offer, draft.like).setup
    if (asked === 'active' || asked === 'passive') return asked === 'active' ? 'passive' : 'active'
    // RFC 8842 §5.3: actpass is answered active, unless the association is there and has its roles.
    return state.agreed.roleOf.get(draft.transportMid) === 'server' ? 'passive' : 'active'
  })
  const created = finish(state, media, answeredGroups(offer, plans))
  return {
    ok: true,
    value: { ...created, state: { ...created.state, lastAnswer: { sdp: created.sdp, transceivers: new Map() } } },
  }
}

function invalidState(what: string, state: JsepState): Described {
  const message = `${what} cannot be created in the state ${state.signalingState}`
  return { ok: false, error: { kind: 'InvalidState', message } }
}

function offerDrafts(state: JsepState, inputs: DescribeInputs): Draft[] {
  const exchange = exchangeOf(state)
  const local = (state.pendingLocal ?? state.currentLocal)?.session.media ?? []
  const plans = exchange ? sectionPlans(exchange, state.agreed) : []
  const drafts = plans.map(({ mid, rejected, transportMid, index }): Draft => {
    return { mid, live: !rejected, transportMid, bundleOnly: false, like: local[index] }
  })
  const hasData = drafts.some((draft) => draft.live && draft.like !== undefined && isDataSection(draft.like))
  if (inputs.wantsData && !hasData) {
    const mid = nextMid(takenMids(state))
    const isBundled = inputs.bundlePolicy === 'max-bundle' ? drafts.find((draft) => draft.live) : undefined
    const fresh: Draft = {
      mid,
      live: true,
      transportMid: isBundled?.transportMid ?? mid,
      bundleOnly: isBundled !== undefined,
      like: undefined,
    }
    // RFC 9429 §5.2.2: a rejected section is used again, with a mid of its own, before one is added.
    const vacant = drafts.findIndex((draft) => !draft.live && draft.like?.kind === 'application')
    if (vacant < 0) drafts.push(fresh)
    else drafts[vacant] = fresh
  }
  return drafts
}

/** Every mid, and every transport's name, that either side has used and that may still mean something. */
function takenMids(state: JsepState): ReadonlySet<string> {
  const { pendingLocal, currentLocal, pendingRemote, currentRemote, agreed } = state
  const descriptions = [pendingLocal, currentLocal, pendingRemote, currentRemote]
  const mids = descriptions.flatMap((description) => description?.session.media.map(midOf) ?? [])
  return new Set([...mids, ...agreed.transportOf.values()])
}

/** Groups of the offer with what we accept of them. If that is nothing, an empty one: Chromium's max-bundle looks for it. */
function answeredGroups(offer: SessionDescription, plans: readonly SectionPlan[]): Group[] {
  const live = new Set(plans.filter((plan) => !plan.rejected).map((plan) => plan.mid))
  const answered = bundleGroups(offer).map(({ mids }) => {
    return { semantics: 'BUNDLE', mids: mids.filter((mid) => live.has(mid)) }
  })
  const accepted = answered.filter(({ mids }) => mids.length > 0)
  return accepted.length > 0 ? accepted : answered.slice(0, 1)
}

/** The first section of each transport speaks for it; the others stay silent (RFC 9143 §7.1.3, RFC 8859). */
function describeAll(
  drafts: readonly Draft[],
  inputs: DescribeInputs,
  setupOf: (draft: Draft) => 'actpass' | 'active' | 'passive',
): MediaDescription[] {
  const said = new Set<string>()
  return drafts.map((draft) => {
    if (!draft.live) return rejectedSection(draft)
    const isFirst = !said.has(draft.transportMid)
    said.add(draft.transportMid)
    return dataSection(draft, inputs, isFirst ? transportSection(draft, inputs, setupOf(draft)) : {})
  })
}

function transportSection(
  draft: Draft,
  inputs: DescribeInputs,
  setup: 'actpass' | 'active' | 'passive',
): MediaAttributes {
  const { usernameFragment, password, fingerprints } = inputs.transportOf(draft.transportMid)
  return {
    iceUfrag: usernameFragment,
    icePwd: password,
    iceOptions: ['trickle'],
    fingerprints,
    setup,
    // RFC 9143 §7.1.3: who speaks for a transport says of it what only media has, too. A peer that gathered for RTP and
    // RTCP until it knew would otherwise wait for the second component, though we reject the media (Firefox does).
    ...(draft.rtcpMux === true && { rtcpMux: true as const }),
  }
}

/** No address is known yet, or it is said by candidates (RFC 8840 §4.1.1). */
const NOWHERE = { connection: { addressType: 'IP4', address: '0.0.0.0' }, bandwidths: [] } as const

function dataSection(draft: Draft, inputs: DescribeInputs, transport: MediaAttributes): MediaDescription {
  const { like, mid, bundleOnly } = draft
  const isLegacy = like !== undefined && isLegacyForm(like)
  // RFC 8841 §6: 0 says that any size is taken.
  const maxMessageSizeBytes = Number.isFinite(inputs.maxMessageSizeBytes) ? inputs.maxMessageSizeBytes : 0
  const sctp: MediaAttributes = isLegacy
    ? { sctpmaps: [{ port: SCTP_PORT, application: DATA_CHANNEL_FORMAT, streams: LEGACY_STREAMS }] }
    : { sctpPort: SCTP_PORT, maxMessageSizeBytes }
  return {
    kind: 'application',
    port: bundleOnly ? 0 : 9, // RFC 8840 §4.1.1: 9, discard, until candidates say better
    protocol: like?.protocol ?? 'UDP/DTLS/SCTP',
    formats: [isLegacy ? `${SCTP_PORT}` : DATA_CHANNEL_FORMAT],
    ...NOWHERE,
    attributes: { ...transport, mid, ...(bundleOnly && { bundleOnly: true as const }), ...sctp },
  }
}

/** RFC 9429 §5.3.1: port 0, the formats that were offered, and no transport. */
function rejectedSection({ mid, like }: Draft): MediaDescription {
  return {
    kind: like?.kind ?? 'application',
    port: 0,
    protocol: like?.protocol ?? 'UDP/DTLS/SCTP',
    formats: like?.formats ?? [DATA_CHANNEL_FORMAT],
    ...NOWHERE,
    attributes: { mid, direction: 'inactive' },
  }
}

/** RFC 9429 §5.2.2: the version grows by one when the text may differ from the last one, whatever became of that. */
function finish(state: JsepState, media: MediaDescription[], groups: Group[]): { state: JsepState; sdp: string } {
  const write = (version: number): string =>
    writeSdp({
      origin: {
        username: '-',
        sessionId: state.sessionId,
        sessionVersion: `${version}`,
        addressType: 'IP4',
        address: '127.0.0.1',
      },
      sessionName: '-',
      bandwidths: [],
      timing: { start: 0, stop: 0 },
      attributes: groups.length > 0 ? { groups } : {},
      media,
    })
  const again = write(state.sessionVersion)
  if (again === state.lastCreated) return { state, sdp: again }
  const sessionVersion = state.sessionVersion + 1
  const sdp = write(sessionVersion)
  return { state: { ...state, sessionVersion, lastCreated: sdp }, sdp }
}
