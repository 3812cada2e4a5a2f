/** What a description says of its sections, for those who read no SDP. */
import type { Direction, MediaDescription, Msid, SessionDescription } from '../sdp/index.js'
import { simulcastOf } from './codecs/index.js'
import { directionIn, intersection, reversed } from './direction.js'
import type { MediaSectionView } from './media-types.js'
import { Recent } from './recent.js'
import { isDataSection, isLiveIn, isRtpSection, midOf, sectionByMid } from './section.js'
import type { Side } from './transition.js'
import type { Description, JsepState } from './types.js'

/** The newest description of a side: the pending one, else the current one. */
export function mediaSections(state: JsepState, side: Side): readonly MediaSectionView[] {
  const { pendingLocal, pendingRemote, currentLocal, currentRemote } = state
  const isLocal = side === 'local'
  const pending = isLocal ? pendingLocal : pendingRemote
  const description = pending ?? (isLocal ? currentLocal : currentRemote)
  if (description === undefined) return []
  const [ours, theirs] = pending === undefined ? [currentLocal, currentRemote] : [pendingLocal, pendingRemote]
  const answered = description.type === 'offer' ? undefined : isLocal ? theirs : ours
  const known = VIEWS.get(description.session)
  if (known !== undefined && known.answered === answered?.session) return known.views
  const views = description.session.media.map((section, index) => view(description, answered, section, index))
  VIEWS.set(description.session, { answered: answered?.session, views })
  return views
}

interface KnownViews {
  /** What they are an answer to. */
  readonly answered: SessionDescription | undefined
  readonly views: readonly MediaSectionView[]
}

/** Asked for with every candidate, which changes the text of a description but nothing of its sections. */
const VIEWS = new Recent<SessionDescription, KnownViews>()

function view(
  description: Description,
  answered: Description | undefined,
  section: MediaDescription,
  index: number,
): MediaSectionView {
  const { transceivers } = description
  const direction = agreedDirection(description, answered, section)
  if (section.kind === 'application') return dataView(description, section, index, direction)
  const mid = midOf(section)
  const transceiver = transceivers?.get(mid)
  const { ssrcs = [] } = section.attributes
  const msids = msidsOf(section)
  const trackId = msids[0]?.track
  const cname = ssrcs.find(({ attribute }) => attribute === 'cname')?.value
  const simulcast = simulcastOf(section)
  return {
    index,
    mid,
    kind: section.kind,
    isRejected: !isLiveIn(description, section) || !(isRtpSection(section) || isDataSection(section)),
    direction,
    hasMsid: msids.length > 0,
    streamIds: [...new Set(msids.map(({ stream }) => stream).filter((stream) => stream !== '-'))],
    sendRids: simulcast.send,
    receiveRids: simulcast.receive,
    ...(transceiver !== undefined && { transceiver }),
    ...(trackId !== undefined && { trackId }),
    ...(cname !== undefined && { cname }),
  }
}

/** RFC 3264 §6.1: an answer can only take away. One that forgot to say so is read as if it had. */
function agreedDirection(
  { session }: Description,
  answered: Description | undefined,
  section: MediaDescription,
): Direction {
  const said = directionIn(session, section)
  const offered = answered && sectionByMid(answered.session, midOf(section))
  return answered && offered ? intersection(said, reversed(directionIn(answered.session, offered))) : said
}

const NONE: readonly never[] = []

/** Data has no streams. */
function dataView(
  description: Description,
  section: MediaDescription,
  index: number,
  direction: Direction,
): MediaSectionView {
  return {
    index,
    mid: midOf(section),
    kind: section.kind,
    isRejected: !isLiveIn(description, section) || !isDataSection(section),
    direction,
    hasMsid: false,
    streamIds: NONE,
    sendRids: NONE,
    receiveRids: NONE,
  }
}

/** Those of the section; else those of its sources, which is where they stood before RFC 8830. */
function msidsOf({ attributes: { msids = [], ssrcs = [] } }: MediaDescription): readonly Msid[] {
  if (msids.length > 0) return msids
  return ssrcs.flatMap(({ attribute, value = '' }): Msid[] => {
    const [stream = '', track] = attribute === 'msid' ? value.split(' ') : []
    return stream === '' ? [] : [{ stream, ...(track !== undefined && { track }) }]
  })
}
