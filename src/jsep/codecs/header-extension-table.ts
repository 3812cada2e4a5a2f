import type { HeaderExtension, MediaKind } from '../media-types.js'

export interface HeaderExtensionRow {
  readonly uri: string
  /** The id that Chromium offers it with, where it is free. */
  readonly id: number
  /** Its direction before the application says another one; `stopped` is not offered. */
  readonly direction: HeaderExtension['direction']
  /** Neither stopped nor one-way (RFC 8834 §5.2: mid, which BUNDLE needs). */
  readonly isMandatory?: true
}

export const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid'
export const RID_URI = 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id'
export const REPAIRED_RID_URI = 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id'

const GOOGLE = 'http://www.webrtc.org/experiments/rtp-hdrext'

const MID = { uri: MID_URI, id: 4, direction: 'sendrecv', isMandatory: true } as const // RFC 9143 §15.2
const ABS_SEND_TIME = { uri: `${GOOGLE}/abs-send-time`, id: 2, direction: 'sendrecv' } as const
const TRANSPORT_WIDE_CC = {
  uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  id: 3,
  direction: 'sendrecv',
} as const
/** draft-ietf-avtcore-abs-capture-time. */
const ABS_CAPTURE_TIME = { uri: `${GOOGLE}/abs-capture-time`, id: 12, direction: 'stopped' } as const

export const EXTENSION_TABLE: Readonly<Record<MediaKind, readonly HeaderExtensionRow[]>> = {
  audio: [
    { uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: 1, direction: 'sendrecv' }, // RFC 6464
    ABS_SEND_TIME,
    TRANSPORT_WIDE_CC,
    MID,
    ABS_CAPTURE_TIME,
  ],
  video: [
    { uri: 'urn:ietf:params:rtp-hdrext:toffset', id: 14, direction: 'sendrecv' }, // RFC 5450
    ABS_SEND_TIME,
    { uri: 'urn:3gpp:video-orientation', id: 13, direction: 'sendrecv' }, // 3GPP TS 26.114 §7.4.5
    TRANSPORT_WIDE_CC,
    { uri: `${GOOGLE}/playout-delay`, id: 5, direction: 'sendrecv' },
    { uri: `${GOOGLE}/video-content-type`, id: 6, direction: 'sendrecv' },
    { uri: `${GOOGLE}/video-timing`, id: 7, direction: 'sendrecv' },
    { uri: `${GOOGLE}/color-space`, id: 8, direction: 'sendrecv' },
    MID,
    { uri: RID_URI, id: 10, direction: 'sendrecv' }, // RFC 8852 §3.1
    { uri: REPAIRED_RID_URI, id: 11, direction: 'sendrecv' }, // RFC 8852 §3.1
    ABS_CAPTURE_TIME,
    {
      uri: 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension', // AV1 RTP §A.8
      id: 9,
      direction: 'stopped',
    },
  ],
}
