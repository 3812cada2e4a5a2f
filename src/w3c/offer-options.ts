import type { MediaKind } from '../jsep/media-types.js'
import { receives, sends } from './transceiver-slots.js'
import type { Transceivers } from './transceivers.js'
import { boolean, defaulted, dictionary, optional } from './webidl/index.js'

/** What `createOffer()` may be told. @see https://www.w3.org/TR/webrtc/#dom-rtcofferoptions */
export interface RTCOfferOptions {
  /** Whether the offer restarts ICE. Default false. */
  iceRestart?: boolean
  /** Legacy: makes sure that the offer has audio to receive, or that it has none. Use transceivers instead. */
  offerToReceiveAudio?: boolean
  /** Legacy: the same for video. */
  offerToReceiveVideo?: boolean
}

/** It has no members yet. */
export type RTCAnswerOptions = object

export const offerOptions = dictionary<RTCOfferOptions>('RTCOfferOptions', {
  iceRestart: defaulted(boolean, () => false),
  offerToReceiveAudio: optional(boolean),
  offerToReceiveVideo: optional(boolean),
})

export const answerOptions = dictionary<object>('RTCAnswerOptions', {})

/** https://www.w3.org/TR/webrtc/#legacy-configuration-extensions, its third step */
export function applyLegacyOptions(transceivers: Transceivers, options: RTCOfferOptions): void {
  offerToReceive(transceivers, 'audio', options.offerToReceiveAudio)
  offerToReceive(transceivers, 'video', options.offerToReceiveVideo)
}

function offerToReceive(transceivers: Transceivers, kind: MediaKind, value: boolean | undefined): void {
  if (value === undefined) return
  const ofKind = transceivers.all.filter((one) => one.kind === kind && !one.isStopping)
  if (!value) {
    // 3.1. If the value is false, those that would receive do not any more.
    for (const one of ofKind)
      if (receives(one.direction)) one.direction = sends(one.direction) ? 'sendonly' : 'inactive'
    return
  }
  // 3.2. If there are any that receive, continue with the next option.
  if (ofKind.some(({ direction }) => receives(direction))) return
  // 3.3. to 3.5. Add a transceiver that receives, without updating the negotiation-needed flag.
  transceivers.create({ kind, direction: 'recvonly' })
}
