/** Audio codecs in our order of preference, which is that of browsers (RFC 7874 §3 asks for Opus, PCMA, PCMU, CN, DTMF). */
import type { CodecRow } from './codec-row.js'

function audio(name: string, clockRate: number, payloadType: number, more: AudioOptions = {}): CodecRow {
  const { channels = 1, sdpFmtpLine, feedback = [] } = more
  const codec = { mimeType: `audio/${name}`, clockRate, channels }
  return { codec: sdpFmtpLine === undefined ? codec : { ...codec, sdpFmtpLine }, payloadType, feedback, use: 'both' }
}

interface AudioOptions {
  readonly channels?: number
  readonly sdpFmtpLine?: string
  readonly feedback?: readonly string[]
}

export const AUDIO_CODECS: readonly CodecRow[] = [
  // RFC 7587 §7: always 48000/2, whatever is inside; transport-cc of draft-holmer-rmcat-transport-wide-cc-extensions-01.
  audio('opus', 48000, 111, {
    channels: 2,
    sdpFmtpLine: 'minptime=10;useinbandfec=1',
    feedback: ['transport-cc'],
  }),
  // RFC 2198 §5: its parameter lists the payload types inside; 111/111 stands for Opus, whatever its number becomes.
  audio('red', 48000, 63, { channels: 2, sdpFmtpLine: '111/111' }),
  audio('G722', 8000, 9), // RFC 3551 §4.5.2: 8000 for historical reasons, though it samples at 16000
  audio('PCMU', 8000, 0), // RFC 3551 §4.5.14
  audio('PCMA', 8000, 8), // RFC 3551 §4.5.14
  audio('CN', 8000, 13), // RFC 3389 §5
  audio('telephone-event', 48000, 110), // RFC 4733 §2.4.1: events 0 to 15 where nothing is said
  audio('telephone-event', 8000, 126),
]
