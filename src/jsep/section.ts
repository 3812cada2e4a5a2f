/** What one m-section says, with everything that it may inherit from the session and its BUNDLE group. */
import type { Fingerprint } from '../crypto/types.js'
import type { Group, MediaDescription, SessionDescription, Setup } from '../sdp/index.js'
import { Recent } from './recent.js'
import type { Description } from './types.js'

/** The default port of RFC 8841 §5, and ours always. */
export const SCTP_PORT = 5000
/** RFC 8841 §6.1: what a peer takes that says nothing. */
const DEFAULT_MAX_MESSAGE_SIZE_BYTES = 65536

export const DATA_CHANNEL_FORMAT = 'webrtc-datachannel'
const DATA_PROTOCOLS: readonly string[] = ['UDP/DTLS/SCTP', 'TCP/DTLS/SCTP', 'DTLS/SCTP']

/** RFC 9429 §5.1.2: what is offered in any of these is meant to be RTP over DTLS. */
const RTP_PROTOCOL = /^(?:RTP\/S?AVPF?|(?:UDP\/TLS|TCP\/DTLS)\/RTP\/SAVPF?)$/

/** Sections of applied descriptions all have a mid: `withMids` saw to it. */
export function midOf(section: MediaDescription): string {
  return section.attributes.mid ?? ''
}

export function sectionByMid(session: SessionDescription, mid: string): MediaDescription | undefined {
  return indexOf(session).sections.get(mid)
}

/** Whether audio or video is described, in a form that we speak. */
export function isRtpSection(section: MediaDescription): boolean {
  return (section.kind === 'audio' || section.kind === 'video') && RTP_PROTOCOL.test(section.protocol)
}

/** Whether a data channel association is described, in the form of RFC 8841 or that of the drafts before. */
export function isDataSection(section: MediaDescription): boolean {
  if (section.kind !== 'application' || !DATA_PROTOCOLS.includes(section.protocol)) return false
  return section.formats[0] === DATA_CHANNEL_FORMAT || isLegacyForm(section)
}

/** `m=application 9 DTLS/SCTP 5000` with `a=sctpmap:5000 webrtc-datachannel …`: the port is where the format should be. */
export function isLegacyForm(section: MediaDescription): boolean {
  const port = section.formats[0]
  if (section.protocol !== 'DTLS/SCTP' || port === undefined || !/^\d{1,5}$/.test(port)) return false
  const { sctpmaps = [] } = section.attributes
  return sctpmaps.length === 0 || sctpmaps.some((map) => map.application === DATA_CHANNEL_FORMAT)
}

export function sctpPortOf(section: MediaDescription): number {
  if (section.attributes.sctpPort !== undefined) return section.attributes.sctpPort
  return isLegacyForm(section) ? Number(section.formats[0]) : SCTP_PORT
}

/** RFC 8841 §6.1: 0 is no limit. */
export function maxMessageSizeOf(section: MediaDescription): number {
  const size = section.attributes.maxMessageSizeBytes ?? DEFAULT_MAX_MESSAGE_SIZE_BYTES
  return size === 0 ? Infinity : size
}

export function bundleGroups(session: SessionDescription): readonly Group[] {
  return (session.attributes.groups ?? []).filter((group) => group.semantics === 'BUNDLE')
}

export function bundleGroupOf(session: SessionDescription, mid: string): Group | undefined {
  return indexOf(session).groups.get(mid)?.group
}

/**
 * Port 0 rejects, or ends, a section; in an offer, together with bundle-only, it asks for the section to be taken
 * inside its BUNDLE group or not at all (RFC 9143 §6).
 */
export function isOfferedAtAll(session: SessionDescription, section: MediaDescription): boolean {
  if (isDataSection(section) && sctpPortOf(section) === 0) return false // RFC 8841 §5.1: port 0 closes the association
  if (section.port !== 0) return true
  return section.attributes.bundleOnly === true && bundleGroupOf(session, midOf(section)) !== undefined
}

export function isAcceptedInAnswer(section: MediaDescription): boolean {
  return section.port !== 0 && !(isDataSection(section) && sctpPortOf(section) === 0)
}

/** Whether the description, ours or theirs, leaves the section in use. */
export function isLiveIn({ type, session }: Pick<Description, 'type' | 'session'>, section: MediaDescription): boolean {
  return type === 'offer' ? isOfferedAtAll(session, section) : isAcceptedInAnswer(section)
}

/** ICE and DTLS as they hold for one section. */
export interface TransportAttributes {
  readonly iceUfrag: string | undefined
  readonly icePwd: string | undefined
  readonly fingerprints: readonly Fingerprint[]
  readonly setup: Setup | undefined
  readonly tlsId: string | undefined
  readonly iceOptions: readonly string[]
  readonly rtcpMux: boolean
}

/**
 * A section speaks for itself, else the session does, else (TRANSPORT and IDENTICAL attributes of RFC 8859 are left out
 * of bundled sections) another section of its BUNDLE group.
 */
export function transportAttributes(session: SessionDescription, section: MediaDescription): TransportAttributes {
  const { transports, groups } = indexOf(session)
  const known = transports.get(section)
  if (known !== undefined) return known
  const shared = groups.get(midOf(section))?.shared ?? NOTHING
  const own = section.attributes
  const { attributes } = session
  const found: TransportAttributes = {
    iceUfrag: own.iceUfrag ?? attributes.iceUfrag ?? shared.iceUfrag,
    icePwd: own.icePwd ?? attributes.icePwd ?? shared.icePwd,
    fingerprints: own.fingerprints ?? attributes.fingerprints ?? shared.fingerprints ?? [],
    setup: own.setup ?? attributes.setup ?? shared.setup,
    tlsId: own.tlsId ?? attributes.tlsId ?? shared.tlsId,
    iceOptions: own.iceOptions ?? attributes.iceOptions ?? shared.iceOptions ?? [],
    rtcpMux: own.rtcpMux ?? shared.rtcpMux ?? false,
  }
  transports.set(section, found)
  return found
}

/**
 * The section that speaks for a transport: the first of its group, as the group's own order has it (RFC 9143 §7.3), that has
 * credentials, be it from the session; else the first at all.
 */
export function speakerOf(
  session: SessionDescription,
  carried: readonly { readonly mid: string }[],
): MediaDescription | undefined {
  if (carried.length === 1) return sectionByMid(session, carried[0]!.mid)
  const own = new Set(carried.map(({ mid }) => mid))
  const group = carried[0] && bundleGroupOf(session, carried[0].mid)
  const inOrder = group === undefined ? [...own] : [...new Set([...group.mids, ...own])].filter((mid) => own.has(mid))
  const sections = inOrder.flatMap((mid) => sectionByMid(session, mid) ?? [])
  const speaks = ({ attributes }: MediaDescription) =>
    (attributes.iceUfrag ?? session.attributes.iceUfrag) !== undefined
  return sections.find(speaks) ?? sections[0]
}

/** Of the transport attributes of each section the first that a section of the group says. */
interface Shared {
  iceUfrag?: string | undefined
  icePwd?: string | undefined
  fingerprints?: readonly Fingerprint[] | undefined
  setup?: Setup | undefined
  tlsId?: string | undefined
  iceOptions?: readonly string[] | undefined
  rtcpMux?: true | undefined
}

const NOTHING: Shared = {}

interface BundleIndex {
  readonly group: Group
  readonly shared: Shared
}

interface SessionIndex {
  readonly sections: ReadonlyMap<string, MediaDescription>
  /** By each mid in the group. */
  readonly groups: ReadonlyMap<string, BundleIndex>
  /** What was asked for once. */
  readonly transports: Map<MediaDescription, TransportAttributes>
}

/** Descriptions never change: what is looked up for each section is gathered once, so that their number costs no square. */
const INDEXES = new Recent<SessionDescription, SessionIndex>()

function indexOf(session: SessionDescription): SessionIndex {
  const known = INDEXES.get(session)
  if (known !== undefined) return known
  const sections = new Map<string, MediaDescription>()
  for (const section of session.media) if (!sections.has(midOf(section))) sections.set(midOf(section), section)
  const groups = new Map<string, BundleIndex>()
  for (const group of bundleGroups(session)) {
    const indexed = { group, shared: sharedBy(group.mids, sections) }
    for (const mid of group.mids) if (!groups.has(mid)) groups.set(mid, indexed)
  }
  const index: SessionIndex = { sections, groups, transports: new Map() }
  INDEXES.set(session, index)
  return index
}

function sharedBy(mids: readonly string[], sections: ReadonlyMap<string, MediaDescription>): Shared {
  const shared: Shared = {}
  for (const mid of mids) {
    const said = sections.get(mid)?.attributes
    if (said === undefined) continue
    shared.iceUfrag ??= said.iceUfrag
    shared.icePwd ??= said.icePwd
    shared.fingerprints ??= said.fingerprints
    shared.setup ??= said.setup
    shared.tlsId ??= said.tlsId
    shared.iceOptions ??= said.iceOptions
    shared.rtcpMux ??= said.rtcpMux
  }
  return shared
}
