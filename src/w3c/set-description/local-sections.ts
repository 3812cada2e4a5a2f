import type { MediaSectionView } from '../../jsep/media-types.js'
import type { ConnectionContext } from '../connection-context.js'
import type { RTCSdpType } from '../rtc-session-description.js'
import { receives, type TransceiverSlots } from '../transceiver-slots.js'
import { narrow, setAnswered, setReceiveCodecs, setTransport } from './negotiated.js'
import type { TrackChanges } from './remote-tracks.js'

/** Step 4.7.11.1: for each media description of a local description. */
export function applyLocalSection(
  connection: ConnectionContext,
  type: RTCSdpType,
  section: MediaSectionView,
  changes: TrackChanges,
): void {
  // 1. If the media description was not yet associated with an RTCRtpTransceiver, associate the one that it was made for.
  const transceiver = associated(connection, section)
  if (transceiver === undefined) return
  // 3. If transceiver.[[Stopped]] is true, abort these sub steps.
  if (transceiver.isStopped) return
  // 1.4. to 1.7. Set the transport of sender and receiver to the one that carries the media description.
  // Deviation: also where it was associated before, by the remote offer: an answerer's transceivers would else have none.
  if (!section.isRejected) setTransport(connection, transceiver, section.mid)
  // 4. Let direction be the direction from the media description.
  const direction = section.isRejected ? 'inactive' : section.direction
  // 5. Set transceiver.[[Receptive]].
  transceiver.isReceptive = receives(direction)
  // 6. Set [[ReceiveCodecs]] to the codecs that description negotiates for receiving.
  setReceiveCodecs(connection, transceiver, section)
  if (type === 'offer') return
  // 7.1. Remove the encodings whose layers are missing in description.
  narrow(connection, transceiver, direction)
  // 7.2. Set [[SendCodecs]] to the codecs that description negotiates for sending, [[LastReturnedParameters]] to null.
  setAnswered(connection, transceiver, section.mid)
  // 7.3. If it does not receive any more, its track leaves its streams and is muted.
  const { firedDirection } = transceiver
  if (!receives(direction) && firedDirection !== null && receives(firedDirection)) {
    changes.setAssociatedRemoteStreams(transceiver.receiver, [])
    changes.processRemoval(transceiver)
  }
  // 7.4. Set transceiver.[[CurrentDirection]] and transceiver.[[FiredDirection]] to direction.
  transceiver.currentDirection = direction
  transceiver.firedDirection = direction
  // Deviation: where we cannot accept an offered section the specification leaves its transceiver in use, though nothing
  // can ever be negotiated for it again; as with one that the peer rejects, it is stopped.
  if (section.isRejected) transceiver.stop()
}

function associated({ transceivers }: ConnectionContext, section: MediaSectionView): TransceiverSlots | undefined {
  const known = transceivers.withMid(section.mid)
  if (known !== undefined) return known
  // 1.1. Let transceiver be the RTCRtpTransceiver used to create the media description.
  const transceiver = transceivers.withKey(section.transceiver)
  if (transceiver === undefined) return undefined
  // 1.2. Set transceiver.[[Mid]] to transceiver.[[JsepMid]], which is its mid in the description (RFC 9429 §5.9).
  transceiver.jsepMid = section.mid
  transceiver.mid = section.mid
  return transceiver
}
