import { sends, type TransceiverSlots } from './transceiver-slots.js'

/** https://www.w3.org/TR/webrtc/#dfn-determine-if-dtmf-can-be-sent */
export function canInsertDtmf({ context, sender, isStopping, currentDirection }: TransceiverSlots): boolean {
  // 2. and 3. If connection.[[IsClosed]] is true, or its state is not "connected", return false.
  if (context.isClosed || context.connectionState !== 'connected') return false
  // 4. If transceiver.[[Stopping]] is true, return false.
  if (isStopping) return false
  // 5. If [[CurrentDirection]] is neither "sendrecv" nor "sendonly", return false.
  if (currentDirection === null || !sends(currentDirection)) return false
  // 6. If the first encoding is not active, return false.
  if (sender.sendEncodings[0]?.active === false) return false
  // 7. If no codec with mimetype "audio/telephone-event" has been negotiated for sending, return false.
  return sender.sendCodecs.some(({ mimeType }) => mimeType.toLowerCase() === 'audio/telephone-event')
}
