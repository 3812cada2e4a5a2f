import type { ConnectionContext } from '../connection-context.js'
import { addTrackToStream, removeTrackFromStream } from '../media/media-stream.js'
import { trackSlotsOf } from '../media/media-stream-track.js'
import { RTCTrackEvent } from '../rtc-track-event.js'
import { receiverOf } from '../rtc-rtp-receiver.js'
import { transceiverOf } from '../rtc-rtp-transceiver.js'
import type { RTCSdpType } from '../rtc-session-description.js'
import { applyLocalSection } from './local-sections.js'
import { forgetCodecs } from './negotiated.js'
import { applyRemoteSection } from './remote-sections.js'
import { TrackChanges } from './remote-tracks.js'
import { rollBack } from './rollback.js'

/** A description that the peer has just applied. */
export interface AppliedDescription {
  readonly type: RTCSdpType
  readonly side: 'local' | 'remote'
  /** A rollback undid a remote offer. */
  readonly undidRemoteOffer: boolean
}

/** Steps 4.7.11 to 4.7.13: what the sections of a description mean for the transceivers. */
export function applySections(connection: ConnectionContext, applied: AppliedDescription): TrackChanges {
  const { peer, transceivers } = connection
  const { type, side } = applied
  transceivers.remoteStreams.prune()
  // 9. Let trackEventInits, muteTracks, addList and removeList be empty lists.
  const changes = new TrackChanges(transceivers.remoteStreams)
  if (type === 'rollback') {
    // 12. A rollback.
    rollBack(connection, applied.undidRemoteOffer, changes)
    return changes
  }
  // 11. For each media description in description:
  for (const section of peer.mediaSections(side)) {
    if (side === 'local') applyLocalSection(connection, type, section, changes)
    else applyRemoteSection(connection, type, section, changes)
  }
  if (type === 'answer') settle(connection)
  return changes
}

/** Steps 4.7.13 and 4.7.14.2: an answer removes the transceivers whose section is rejected from the set. */
function settle({ peer, transceivers }: ConnectionContext): void {
  if (transceivers.all.length === 0) return
  const rejected = new Set<string>()
  for (const { mid, isRejected } of [...peer.mediaSections('local'), ...peer.mediaSections('remote')]) {
    if (isRejected) rejected.add(mid)
  }
  for (const transceiver of transceivers.all) {
    transceiver.wasCreatedByPendingOffer = false
    const { jsepMid, isStopped, isStopping } = transceiver
    if (isStopped && jsepMid !== null && rejected.has(jsepMid)) transceivers.remove(transceiver)
    // Deviation: one that was stopped before any description had it needs negotiation for ever after the specification,
    // though there is nothing to say of it.
    if (isStopping && !isStopped && jsepMid === null) {
      transceiver.stop()
      transceivers.remove(transceiver)
    }
    forgetCodecs(transceiver)
  }
}

/** Steps 4.7.17 to 4.7.20: what scripts learn of it, in this order. */
export function announce(connection: ConnectionContext, changes: TrackChanges): void {
  // 17. For each track in muteTracks, set the muted state of track to the value true.
  for (const track of changes.muteTracks) trackSlotsOf(track).setMuted(true)
  // 18. For each stream and track pair in removeList, remove the track track from stream.
  for (const { stream, track } of changes.removeList) removeTrackFromStream(stream, track)
  // 19. For each stream and track pair in addList, add the track track to stream.
  for (const { stream, track } of changes.addList) addTrackToStream(stream, track)
  // 20. For each entry in trackEventInits, fire an event named track.
  for (const { transceiver: slots, streams } of changes.trackEventInits) {
    const { track } = slots.receiver
    const init = { receiver: receiverOf(slots), track, streams: [...streams], transceiver: transceiverOf(slots) }
    connection.fire(new RTCTrackEvent('track', init))
  }
}
