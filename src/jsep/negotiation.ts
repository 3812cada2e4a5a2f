import { SparseMap } from '../core/index.js'
import { INITIAL_NUMBERING } from './codecs/index.js'
import { directionIn, intersection, reversed, sends } from './direction.js'
import type { TransceiverInput } from './media-types.js'
import { credentialsOf, planBesidesCandidates, settledSections } from './plan.js'
import { isLiveIn, sectionByMid } from './section.js'
import type { Description, JsepState } from './types.js'

/** `sessionId`: random, below 2^63 (RFC 9429 §5.2.1), and the same for as long as the connection lives. */
export function initialState(sessionId: string): JsepState {
  return {
    signalingState: 'stable',
    sessionId,
    sessionVersion: 0,
    numbering: INITIAL_NUMBERING,
    agreed: { transportOf: new SparseMap(), roleOf: new SparseMap() },
  }
}

/** What the application wants by now. */
export interface Wishes {
  readonly wantsData: boolean
  readonly transceivers: readonly TransceiverInput[]
}

/**
 * W3C WebRTC §4.7.3, "check if negotiation is needed", as far as sections go. A data section that the peer rejected was
 * negotiated too: asking again by ourselves would never end.
 */
export function needsNegotiation(state: JsepState, { wantsData, transceivers }: Wishes): boolean {
  const { currentLocal } = state
  if (wantsData && currentLocal?.session.media.some((section) => section.kind === 'application') !== true) return true
  return transceivers.some((transceiver) => isUnsettled(state, transceiver))
}

function isUnsettled(state: JsepState, transceiver: TransceiverInput): boolean {
  const { currentLocal, currentRemote } = state
  const { mid, isStopped, isStopping } = transceiver
  if (isStopping && !isStopped) return true
  const ours = sectionIn(currentLocal, mid)
  if (isStopped) return isLive(currentLocal, mid) && isLive(currentRemote, mid)
  if (currentLocal === undefined || ours === undefined) return true
  // Deviation: streams are compared where our section sends. An answer to a peer that does not want to receive names none,
  // and the specification would have it followed by an offer of ours: two sides that both want to send where the other
  // does not want to receive, in two sections, would make each other's offers unsettled for ever.
  const speaksOfStreams = sends(transceiver.direction) && sends(directionIn(currentLocal.session, ours))
  if (speaksOfStreams && !hasSameStreams(ours.attributes.msids ?? [], transceiver.streamIds)) return true
  return !isDirectionSettled(currentLocal, currentRemote, transceiver)
}

function sectionIn(description: Description | undefined, mid: string | null) {
  return description === undefined || mid === null ? undefined : sectionByMid(description.session, mid)
}

function isLive(description: Description | undefined, mid: string | null): boolean {
  const section = sectionIn(description, mid)
  return section !== undefined && description !== undefined && isLiveIn(description, section)
}

/** At least one `a=msid`, and the streams of all of them are those of the sender; `-` is none (RFC 8830 §2). */
function hasSameStreams(msids: readonly { readonly stream: string }[], streamIds: readonly string[]): boolean {
  const said = new Set(msids.map(({ stream }) => stream).filter((stream) => stream !== '-'))
  return msids.length > 0 && said.size === new Set(streamIds).size && streamIds.every((stream) => said.has(stream))
}

/** The direction is what either description came to. In an answer ours is bounded by what was offered (RFC 9429 §5.3.1). */
function isDirectionSettled(
  local: Description,
  remote: Description | undefined,
  { mid, direction }: TransceiverInput,
): boolean {
  const directions = [local, remote].map((description) => {
    const section = sectionIn(description, mid)
    return section && description && directionIn(description.session, section)
  })
  const [ours, theirs = 'sendrecv'] = directions
  if (local.type === 'offer') return ours === direction || reversed(theirs) === direction
  return ours === intersection(direction, reversed(theirs))
}

/**
 * Whether the remote offer at hand restarts ICE on a transport: fragment and password are not those in force
 * (RFC 8839 §4.4.1.1.1). Our answer then needs new ones too.
 */
export function remoteRestartsIce(state: JsepState, transportMid: string): boolean {
  const { pendingRemote, currentRemote } = state
  if (pendingRemote?.type !== 'offer' || currentRemote === undefined) return false
  const { sections } = planBesidesCandidates(state)
  const carried = sections.filter((section) => section.transportMid === transportMid && !section.rejected)
  const before = credentialsOf(currentRemote, settledSections(state, carried))
  const now = credentialsOf(pendingRemote, carried)
  if (before === undefined || now === undefined) return false
  return before.usernameFragment !== now.usernameFragment || before.password !== now.password
}
