import { isSameCodec } from '../jsep/codecs/index.js'
import type { StatsSender } from './stats/index.js'
import type { TransceiverSlots } from './transceiver-slots.js'

/** What the statistics tell of a sender: its streams stay when its transceiver is made inactive (webrtc-stats, RTP hierarchy). */
export function statsSenderOf({ key, kind, mid, sender, hasSent }: TransceiverSlots): StatsSender {
  const { track, sendEncodings, sendStreams, sendCodecs } = sender
  const [first] = sendCodecs
  const streams = sendStreams.map((stream, index) => {
    const { active = true, scalabilityMode, codec: wanted } = sendEncodings[index]!
    const codec = (wanted && sendCodecs.find((one) => isSameCodec(one, wanted, true))) ?? first
    return { ...stream, active, codec, ...(scalabilityMode !== undefined && { scalabilityMode }) }
  })
  return { key, kind, mid, track, streams: hasSent ? streams : [] }
}
