import { capabilitiesOf } from '../../../src/jsep/codecs/index.js'
import type { TransceiverInput } from '../../../src/jsep/index.js'

/** One that sends and receives, of a kind. */
export function transceiver(key: number, kind: 'audio' | 'video', mid: string | null = null): TransceiverInput {
  return {
    key,
    kind,
    mid,
    isStopping: false,
    isStopped: false,
    direction: 'sendrecv',
    preferredCodecs: [],
    headerExtensions: capabilitiesOf(kind, 'receive').headerExtensions,
    streamIds: ['stream'],
    trackId: `track${key}`,
    sendStreams: [{ ssrc: key }],
  }
}
