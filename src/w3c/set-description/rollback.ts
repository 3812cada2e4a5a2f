import type { ConnectionContext } from '../connection-context.js'
import { initialSendEncodings } from '../rtp-parameters/index.js'
import type { TransceiverSlots } from '../transceiver-slots.js'
import type { TrackChanges } from './remote-tracks.js'

/** Step 4.7.4: what the last stable state was, when an offer leaves it. */
export function rememberStableState({ transceivers, transports }: ConnectionContext): void {
  // 1. Set [[LastStableStateSctpTransport]].
  transports.rememberStableState()
  // 2. For each transceiver, its [[LastStable…]] slots.
  for (const transceiver of transceivers.all) {
    const { sender, receiver } = transceiver
    sender.lastStableTransport = sender.transport
    const [first, ...others] = sender.sendEncodings
    const isRidless = others.length === 0 && first?.rid === undefined
    sender.lastStableRidlessSendEncodings = isRidless ? sender.sendEncodings : null
    receiver.lastStableTransport = receiver.transport
    receiver.lastStableStreams = receiver.streams
    receiver.lastStableReceiveCodecs = receiver.receiveCodecs
    transceiver.lastStableMid = transceiver.jsepMid
  }
}

/** Step 4.7.12.3: everything is as it was in the last stable state. */
export function rollBack({ transceivers }: ConnectionContext, wasRemote: boolean, changes: TrackChanges): void {
  for (const transceiver of transceivers.all) {
    const { sender, receiver } = transceiver
    // 1. If it was not associated before pendingDescription was set, disassociate it.
    if (transceiver.lastStableMid === null) {
      transceiver.jsepMid = null
      transceiver.mid = null
    }
    // 2. to 5. Restore transports, encodings and codecs.
    sender.transport = sender.lastStableTransport
    restoreEncodings(transceiver)
    receiver.transport = receiver.lastStableTransport
    receiver.receiveCodecs = receiver.lastStableReceiveCodecs
    // 6. If it was a remote offer, process remote tracks as if the streams of before had been described.
    if (wasRemote) {
      const msids = receiver.lastStableStreams.map(({ id }) => id)
      changes.processRemoteTracks(transceiver, transceiver.currentDirection, msids)
    }
    // 7. If it was created by that offer, and addTrack() has never attached a track to it, stop and remove it.
    if (transceiver.wasCreatedByPendingOffer && !transceiver.hasAddedTrack) {
      transceiver.stop()
      transceivers.remove(transceiver)
    }
    transceiver.wasCreatedByPendingOffer = false
  }
}

function restoreEncodings({ sender, kind, wasCreatedByPendingOffer }: TransceiverSlots): void {
  // Deviation: the specification leaves what the offer proposed to a transceiver that addTrack() keeps alive. It becomes
  // what addTrack() would have made.
  const before = wasCreatedByPendingOffer ? initialSendEncodings(kind) : sender.lastStableRidlessSendEncodings
  if (before !== null && sender.sendEncodings.some(({ rid }) => rid !== undefined)) sender.sendEncodings = before
}
