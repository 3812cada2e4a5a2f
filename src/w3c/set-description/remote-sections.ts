import type { MediaKind, MediaSectionView } from '../../jsep/media-types.js'
import type { ConnectionContext } from '../connection-context.js'
import type { RTCSdpType } from '../rtc-session-description.js'
import { proposedSendEncodings, takesProposal, type RTCRtpEncodingParameters } from '../rtp-parameters/index.js'
import { receives, reversed, type TransceiverSlots } from '../transceiver-slots.js'
import { narrow, setAnswered, setReceiveCodecs, setTransport } from './negotiated.js'
import type { TrackChanges } from './remote-tracks.js'

/** Step 4.7.11.2: for each media description of a remote description. */
export function applyRemoteSection(
  connection: ConnectionContext,
  type: RTCSdpType,
  section: MediaSectionView,
  changes: TrackChanges,
): void {
  if (!isMediaKind(section.kind)) return
  const transceiver = represent(connection, type, section, section.kind)
  if (transceiver === undefined) return
  // 9. Set transceiver.[[Mid]] to transceiver.[[JsepMid]].
  transceiver.mid = transceiver.jsepMid
  // 10. Let direction be that of the media description from our point of view; "inactive" if it is rejected.
  const direction = section.isRejected ? 'inactive' : reversed(section.direction)
  // 8. If description is an answer, remove the encodings whose layers the peer does not take.
  if (type !== 'offer') narrow(connection, transceiver, direction)
  // 11. Let msids be what its track is to be associated with, if it receives.
  const msids = receives(direction) ? msidsOf(connection, section) : []
  // 12. Process remote tracks.
  changes.processRemoteTracks(transceiver, direction, msids)
  // 13. Set [[ReceiveCodecs]] to the codecs that description negotiates for receiving.
  setReceiveCodecs(connection, transceiver, section)
  if (type !== 'offer') {
    // 14.1. Set [[SendCodecs]] to the codecs that description negotiates for sending.
    setAnswered(connection, transceiver, section.mid)
    // 14.2. Set transceiver.[[CurrentDirection]] to direction.
    if (!transceiver.isStopped) transceiver.currentDirection = direction
    // 14.3. to 14.5. Set the transport of sender and receiver to the one that carries the media description.
    if (!section.isRejected) setTransport(connection, transceiver, section.mid)
  }
  // 15. If the media description is rejected, and transceiver is not stopped yet, stop it.
  if (section.isRejected && !transceiver.isStopped) transceiver.stop()
}

/** Steps 5 to 7: the transceiver that represents a media description (RFC 9429 §5.10), found or made. */
function represent(
  connection: ConnectionContext,
  type: RTCSdpType,
  section: MediaSectionView,
  kind: MediaKind,
): TransceiverSlots | undefined {
  const { transceivers } = connection
  // 1. to 4. What the peer asks us to send, if it asks for simulcast.
  const proposed = type === 'offer' ? proposedSendEncodings(kind, section.receiveRids) : []
  // 5. Attempt to find an existing transceiver: the one with its mid, …
  const known = transceivers.withMid(section.mid)
  if (known !== undefined || type !== 'offer') {
    if (known !== undefined) propose(known, proposed)
    return known
  }
  // Deviation: a section that was rejected before has nothing to represent. The specification has a transceiver made for
  // it with every offer, that is stopped at once and gone with the answer.
  if (section.isRejected && wasRejected(connection, section)) return undefined
  // … or, if the peer is to receive, the first of that kind that addTrack() made and that is associated with none.
  const added = receives(section.direction)
    ? transceivers.all.find((one) => one.hasAddedTrack && one.kind === kind && one.jsepMid === null && !one.isStopped)
    : undefined
  if (added !== undefined) {
    added.jsepMid = section.mid
    // 6. It takes the proposed simulcast envelope, if it has none of its own.
    propose(added, proposed)
    return added
  }
  // 7. If no suitable transceiver was found, create one that receives, and add it to the set of transceivers.
  const created = transceivers.create({ kind, direction: 'recvonly', sendEncodings: proposed })
  created.wasCreatedByPendingOffer = true
  created.jsepMid = section.mid
  return created
}

function wasRejected({ peer }: ConnectionContext, { index }: MediaSectionView): boolean {
  return peer.mediaSections('local')[index]?.isRejected === true
}

/** Step 6: a sender of one encoding without a rid takes the proposed envelope. */
function propose({ sender }: TransceiverSlots, proposed: readonly RTCRtpEncodingParameters[]): void {
  if (!takesProposal(sender.sendEncodings, proposed)) return
  sender.sendEncodings = proposed
  sender.lastReturnedParameters = null
}

/** A peer that says nothing of streams at all means one that all its tracks are in (RFC 9429 §5.10). */
function msidsOf({ transceivers }: ConnectionContext, { streamIds, hasMsid }: MediaSectionView): readonly string[] {
  return hasMsid ? streamIds : [transceivers.remoteStreams.defaultId]
}

function isMediaKind(kind: string): kind is MediaKind {
  return kind === 'audio' || kind === 'video'
}
