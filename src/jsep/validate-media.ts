/** What sections of audio and video must say to make sense (RFC 9429 §5.8.3), in words where they do not. */
import type { Extmap, MediaDescription, SessionDescription } from '../sdp/index.js'
import {
  conflictingNumbers,
  extmapsOf,
  forbiddenPayloadType,
  hasMediaCodec,
  negotiatedCodecs,
  renumberedExtension,
} from './codecs/index.js'
import { bundleGroupOf, bundleGroups, isLiveIn, isRtpSection, midOf, sectionByMid } from './section.js'
import type { Description, JsepState } from './types.js'

type Verdict = string | undefined

/** What a section says of media, by itself. */
export function mediaProblem(section: MediaDescription): Verdict {
  if (!isRtpSection(section)) return undefined
  const { rtcpMuxOnly, rtcpMux } = section.attributes
  if (rtcpMuxOnly && !rtcpMux) return 'a=rtcp-mux-only without a=rtcp-mux' // RFC 8858 §3
  const payloadType = forbiddenPayloadType(section)
  if (payloadType !== undefined) return `the payload type ${payloadType} is RTCP's` // RFC 5761 §4
  return rtpmapProblem(section) ?? ridProblem(section)
}

/** RFC 8866 §6.6: a payload type is one codec. */
function rtpmapProblem({ attributes }: MediaDescription): Verdict {
  const codecs = new Map<number, string>()
  for (const { payloadType, encodingName, clockRate, channels = 1 } of attributes.rtpmaps ?? []) {
    const codec = `${encodingName}/${clockRate}/${channels}`.toLowerCase()
    const before = codecs.get(payloadType) ?? codec
    if (before !== codec) return `the payload type ${payloadType} is ${before} and ${codec}`
    codecs.set(payloadType, codec)
  }
  return undefined
}

/** RFC 8851 §4: ids are unique; the same line twice is no contradiction (W3C createAnswer leaves the second out). RFC 9429 §5.8.3: those of a=simulcast have an a=rid line. */
function ridProblem({ attributes }: MediaDescription): Verdict {
  const { rids = [], simulcast = {} } = attributes
  const known = new Map<string, 'send' | 'recv'>()
  for (const { id, direction } of rids) {
    if ((known.get(id) ?? direction) !== direction) return `a=rid:${id} stands twice, for send and recv`
    known.set(id, direction)
  }
  for (const direction of ['send', 'recv'] as const) {
    const stranger = (simulcast[direction] ?? []).flat().find(({ id }) => known.get(id) !== direction)
    if (stranger !== undefined) return `a=simulcast has the rid ${stranger.id}, which no a=rid says to ${direction}`
  }
  return undefined
}

/** One transport, one meaning of a number (RFC 9143 §9.1, §12). */
export function numberProblem({ session, type }: Pick<Description, 'session' | 'type'>): Verdict {
  const isRelevant = (section: MediaDescription) => isRtpSection(section) && isLiveIn({ session, type }, section)
  const bundles = bundleGroups(session).map(({ mids }) => mids.flatMap((mid) => sectionByMid(session, mid) ?? []))
  const alone = session.media.filter((section) => bundleGroupOf(session, midOf(section)) === undefined)
  for (const sections of [...bundles, ...alone.map((section) => [section])]) {
    const problem = conflictingNumbers(sections.filter(isRelevant))
    if (problem !== undefined) return problem
  }
  return undefined
}

/** RFC 8285 §6: an id keeps the meaning that both sides agreed on, for as long as its section lives. */
export function renumberedProblem(
  session: SessionDescription,
  section: MediaDescription,
  { currentLocal, currentRemote }: Pick<JsepState, 'currentLocal' | 'currentRemote'>,
): Verdict {
  const [ours, theirs] = [currentLocal, currentRemote].map((before) => formerExtmaps(before, midOf(section)))
  const agreed = (theirs ?? []).filter(({ uri }) => ours?.some((extmap) => extmap.uri === uri) === true)
  const now = isRtpSection(section) ? extmapsOf(session, section) : []
  return renumberedExtension(agreed, now)
}

function formerExtmaps(before: Description | undefined, mid: string): readonly Extmap[] {
  const former = before && sectionByMid(before.session, mid)
  if (before === undefined || former === undefined || !isRtpSection(former) || !isLiveIn(before, former)) return []
  return extmapsOf(before.session, former)
}

/** RFC 3264 §6.1: an answer takes at least one of the codecs that were offered. */
export function codecProblem(offered: MediaDescription, answered: MediaDescription): Verdict {
  const kind = offered.kind === 'audio' ? 'audio' : 'video'
  const { send } = negotiatedCodecs(kind, offered, answered, 'remote')
  return hasMediaCodec(send) ? undefined : 'it takes none of the codecs that were offered'
}
