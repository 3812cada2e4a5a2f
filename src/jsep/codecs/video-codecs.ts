/** Video codecs in our order of preference, which is that of browsers (RFC 7742 §5 asks for VP8 and H.264). */
import type { CodecRow } from './codec-row.js'

/**
 * goog-remb: draft-alvestrand-rmcat-remb-03 §2.3. transport-cc: draft-holmer-rmcat-transport-wide-cc-extensions-01 §2.1.
 * ccm fir: RFC 5104 §7.1. nack, nack pli: RFC 4585 §4.2.
 */
const FEEDBACK = ['goog-remb', 'transport-cc', 'ccm fir', 'nack', 'nack pli']

function video(name: string, payloadType: number, rtxPayloadType: number, sdpFmtpLine?: string): CodecRow {
  const codec = { mimeType: `video/${name}`, clockRate: 90000, ...(sdpFmtpLine !== undefined && { sdpFmtpLine }) }
  return { codec, payloadType, rtxPayloadType, feedback: FEEDBACK, use: 'both' }
}

/** RFC 6184 §8.1: both packetization modes, and each side's own level. */
function h264(profileLevelId: string, packetizationMode: 0 | 1, payloadType: number, rtxPayloadType: number): CodecRow {
  const parameters = [
    'level-asymmetry-allowed=1',
    `packetization-mode=${packetizationMode}`,
    `profile-level-id=${profileLevelId}`,
  ]
  return video('H264', payloadType, rtxPayloadType, parameters.join(';'))
}

export const VIDEO_CODECS: readonly CodecRow[] = [
  video('VP8', 96, 97), // RFC 7741 §6
  video('VP9', 98, 99, 'profile-id=0'), // RFC 9628 §6: 8 bit, 4:2:0
  video('VP9', 100, 101, 'profile-id=2'), // 10 or 12 bit, 4:2:0
  h264('42001f', 1, 102, 103), // Baseline, level 3.1
  h264('42001f', 0, 104, 105),
  h264('42e01f', 1, 106, 107), // Constrained Baseline (RFC 7742 §6.2)
  h264('42e01f', 0, 108, 109),
  h264('4d001f', 1, 127, 125), // Main
  h264('4d001f', 0, 39, 40),
  h264('64001f', 1, 112, 113), // High
  h264('64001f', 0, 114, 115),
  h264('640c1f', 1, 116, 117), // Constrained High, Apple's choice
  video('AV1', 45, 46, 'level-idx=5;profile=0;tier=0'), // RTP Payload Format For AV1 (AOMedia) §7.2
  video('H265', 49, 50, 'level-id=180;profile-id=1;tier-flag=0;tx-mode=SRST'), // RFC 7798 §7.1: Main, level 6
  {
    codec: { mimeType: 'video/red', clockRate: 90000 }, // RFC 2198, as RFC 5109 §14.1 carries it with FEC
    payloadType: 123,
    rtxPayloadType: 124,
    feedback: [],
    use: 'both',
  },
  { codec: { mimeType: 'video/ulpfec', clockRate: 90000 }, payloadType: 118, feedback: [], use: 'both' }, // RFC 5109 §14
  {
    // The draft before RFC 8627, which browsers speak: draft-ietf-payload-flexible-fec-scheme-03. Its repair packets are
    // a stream of their own; a receiver may leave them alone, and we send none.
    codec: { mimeType: 'video/flexfec-03', clockRate: 90000, sdpFmtpLine: 'repair-window=10000000' },
    payloadType: 119,
    feedback: ['goog-remb', 'transport-cc'],
    use: 'receive',
  },
]
