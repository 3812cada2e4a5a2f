/** What both descriptions of an answered exchange come to for one section of audio or video. */
import { reversed } from './direction.js'
import type { NegotiatedMedia, NumberedHeaderExtension, SimulcastStream } from './media-types.js'
import { simulcastStreams } from './media-sections.js'
import type { MediaDescription, SessionDescription } from '../sdp/index.js'
import { isLiveIn, isRtpSection, sectionByMid } from './section.js'
import type { Description, JsepState } from './types.js'

/** Of the newest exchange that was answered, provisionally or finally; undefined where the section is not accepted. */
export function negotiatedMedia(state: JsepState, mid: string, cname: string): NegotiatedMedia | undefined {
  const { pendingLocal, pendingRemote, currentLocal, currentRemote } = state
  const isAnswered = pendingLocal !== undefined && pendingRemote !== undefined
  const [local, remote] = isAnswered ? [pendingLocal, pendingRemote] : [currentLocal, currentRemote]
  const ours = local && liveSection(local, mid)
  const theirs = remote && liveSection(remote, mid)
  if (ours === undefined || theirs === undefined) return undefined
  return {
    sendCodecs: [],
    receiveCodecs: [],
    headerExtensions: headerExtensions(local!, ours, remote!, theirs),
    reducedSizeRtcp: ours.attributes.rtcpRsize === true && theirs.attributes.rtcpRsize === true,
    cname,
    sendRids: acceptedRids(ours, theirs),
  }
}

function liveSection(description: Description, mid: string): MediaDescription | undefined {
  const section = sectionByMid(description.session, mid)
  return section && isRtpSection(section) && isLiveIn(description, section) ? section : undefined
}

/** What the answer kept, from our view. */
function headerExtensions(
  local: Description,
  ours: MediaDescription,
  remote: Description,
  theirs: MediaDescription,
): NumberedHeaderExtension[] {
  const isOurs = local.type !== 'offer'
  const kept = isOurs ? extmapsOf(local.session, ours) : extmapsOf(remote.session, theirs)
  const offered = new Set(
    (isOurs ? extmapsOf(remote.session, theirs) : extmapsOf(local.session, ours)).map(({ uri }) => uri),
  )
  return kept
    .filter(({ uri }) => offered.has(uri))
    .map(({ id, uri, direction = 'sendrecv' }) => {
      return { id, uri, direction: isOurs ? direction : reversed(direction), encrypted: false }
    })
}

/** RFC 8285 §5: those of the section, or of the session where it has none. */
export function extmapsOf(session: SessionDescription, section: MediaDescription) {
  return section.attributes.extmaps ?? session.attributes.extmaps ?? []
}

/** RFC 8853 §5.3: of the streams that we want to send, those that the peer takes. */
function acceptedRids(ours: MediaDescription, theirs: MediaDescription): SimulcastStream[] {
  const taken = new Map(simulcastStreams(theirs, 'recv').map((stream) => [stream.rid, stream]))
  return simulcastStreams(ours, 'send').flatMap(({ rid, paused }) => {
    const other = taken.get(rid)
    return other === undefined ? [] : [{ rid, paused: paused || other.paused }]
  })
}
