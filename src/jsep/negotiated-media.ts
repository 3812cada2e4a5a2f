/** What both descriptions of an answered exchange come to for one section of audio or video. */
import { acceptedSimulcast, extmapsOf, negotiatedCodecs, negotiatedHeaderExtensions } from './codecs/index.js'
import type { NegotiatedMedia } from './media-types.js'
import type { MediaDescription } from '../sdp/index.js'
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
  const answerBy = local?.type === 'offer' ? 'remote' : 'local'
  const { send, receive } = negotiatedCodecs(ours.kind === 'audio' ? 'audio' : 'video', ours, theirs, answerBy)
  return {
    sendCodecs: send,
    receiveCodecs: receive,
    headerExtensions: negotiatedHeaderExtensions(extmapsOf(local!.session, ours), extmapsOf(remote!.session, theirs)),
    reducedSizeRtcp: ours.attributes.rtcpRsize === true && theirs.attributes.rtcpRsize === true,
    cname,
    sendRids: acceptedSimulcast(ours, theirs),
  }
}

function liveSection(description: Description, mid: string): MediaDescription | undefined {
  const section = sectionByMid(description.session, mid)
  return section && isRtpSection(section) && isLiveIn(description, section) ? section : undefined
}
