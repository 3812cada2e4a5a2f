import { isSameCodec } from '../jsep/codecs/index.js'
import type { StatsSender } from './stats/index.js'
import type { TransceiverSlots } from './transceiver-slots.js'

/** What the statistics tell of a sender: its streams stay when its transceiver is made inactive (webrtc-stats, RTP hierarchy). */
export function statsSenderOf({ key, kind, mid, sender, hasSent }: TransceiverSlots): StatsSender {
  const { track, sendEncodings, sendStreams, sendCodecs } = sender
  const streams = sendStreams.map((stream, index) => {
    const { active = true, scalabilityMode } = sendEncodings[index]!
    return { ...stream, active, ...(scalabilityMode !== undefined && { scalabilityMode }) }
  })
  const [first] = sendCodecs
  const wanted = sendEncodings[0]?.codec
  const codec = wanted && sendCodecs.find((one) => isSameCodec(one, wanted, true))
  return { key, kind, mid, track, streams: hasSent ? streams : [], codec: codec ?? first }
}
