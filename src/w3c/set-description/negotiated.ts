import type { MediaSectionView } from '../../jsep/media-types.js'
import type { Direction } from '../../sdp/types.js'
import type { ConnectionContext } from '../connection-context.js'
import type { DtlsTransportSlots } from '../rtc-dtls-transport.js'
import { answeredExtensions, encodingsAfterAnswer, encodingsWithCodecs } from '../rtp-parameters/index.js'
import { sends, type TransceiverSlots } from '../transceiver-slots.js'

/** The RTCDtlsTransport that carries a section now; null where it has none. */
export function transportOf({ peer, transports }: ConnectionContext, mid: string): DtlsTransportSlots | null {
  const id = peer.transportOf(mid)
  return (id === undefined ? undefined : transports.get(id)) ?? null
}

export function setTransport(connection: ConnectionContext, { sender, receiver }: TransceiverSlots, mid: string): void {
  const transport = transportOf(connection, mid)
  sender.transport = transport
  receiver.transport = transport
}

/** Set [[ReceiveCodecs]] to what is negotiated for receiving: also where the direction does not receive just now. */
export function setReceiveCodecs(
  { peer }: ConnectionContext,
  { receiver }: TransceiverSlots,
  { mid, isRejected }: MediaSectionView,
): void {
  const media = isRejected ? undefined : peer.negotiatedMedia(mid)
  receiver.receiveCodecs = media?.receiveCodecs ?? []
}

/**
 * Steps 4.7.11.1.7.1 and 4.7.11.2.8: remove the encodings whose layers an answer leaves out. One that stops or pauses
 * sending says nothing of layers.
 */
export function narrow({ peer }: ConnectionContext, { sender, jsepMid }: TransceiverSlots, direction: Direction): void {
  if (!sends(direction)) return
  const media = jsepMid === null ? undefined : peer.negotiatedMedia(jsepMid)
  sender.sendEncodings = encodingsAfterAnswer(sender.sendEncodings, media?.sendRids ?? [])
}

/** Set [[SendCodecs]] to what is negotiated for sending, and the header extensions to what was answered. */
export function setAnswered({ peer }: ConnectionContext, transceiver: TransceiverSlots, mid: string): void {
  const media = peer.negotiatedMedia(mid)
  transceiver.sender.sendCodecs = media?.sendCodecs ?? []
  transceiver.sender.lastReturnedParameters = null
  // WebRTC Extensions, "modifications to existing procedures".
  // Deviation: [[HeaderExtensionsToNegotiate]] stays what the application asked for, so that what a peer left out once is
  // offered, and taken, again: three of the Web Platform Tests ask for that.
  transceiver.negotiatedHeaderExtensions = answeredExtensions(transceiver.headerExtensions, media?.headerExtensions)
}

/** Step 4.7.14.2: in "stable", encodings do not ask for codecs that were not negotiated. */
export function forgetCodecs({ sender }: TransceiverSlots): void {
  sender.sendEncodings = encodingsWithCodecs(sender.sendEncodings, sender.sendCodecs)
}
