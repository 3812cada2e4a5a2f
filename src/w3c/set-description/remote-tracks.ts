import type { Direction } from '../../sdp/types.js'
import type { MediaStream, MediaStreamTrack } from '../media/index.js'
import type { ReceiverSlots } from '../receiver-slots.js'
import type { RemoteStreams } from '../remote-streams.js'
import { receives, type TransceiverSlots } from '../transceiver-slots.js'

interface StreamAndTrack {
  readonly stream: MediaStream
  readonly track: MediaStreamTrack
}

/** What "set a session description" collects while it runs, and tells when it is done. */
export class TrackChanges {
  readonly trackEventInits: { readonly transceiver: TransceiverSlots; readonly streams: readonly MediaStream[] }[] = []
  readonly muteTracks: MediaStreamTrack[] = []
  readonly addList: StreamAndTrack[] = []
  readonly removeList: StreamAndTrack[] = []
  readonly #streams: RemoteStreams

  constructor(streams: RemoteStreams) {
    this.#streams = streams
  }

  /** https://www.w3.org/TR/webrtc/#process-remote-tracks */
  processRemoteTracks(transceiver: TransceiverSlots, direction: Direction | null, msids: readonly string[]): void {
    const { firedDirection } = transceiver
    const willReceive = direction !== null && receives(direction)
    const fired = firedDirection !== null && receives(firedDirection)
    // 1. Set the associated remote streams.
    const added = this.addList.length
    this.setAssociatedRemoteStreams(transceiver.receiver, msids)
    // 2. If it receives now and did not before, or the previous step increased the length of addList, process the
    //    addition of a remote track.
    if ((willReceive && !fired) || this.addList.length > added) {
      this.trackEventInits.push({ transceiver, streams: transceiver.receiver.streams })
    }
    // 3. If it does not receive, set transceiver.[[Receptive]] to false.
    if (!willReceive) transceiver.isReceptive = false
    // 4. If it received before, process the removal of a remote track.
    if (!willReceive && fired) this.processRemoval(transceiver)
    // 5. Set transceiver.[[FiredDirection]] to direction.
    transceiver.firedDirection = direction
  }

  /** https://www.w3.org/TR/webrtc/#process-remote-track-removal */
  processRemoval({ receiver }: TransceiverSlots): void {
    // 3. If track.muted is false, add track to muteTracks.
    if (!receiver.track.muted) this.muteTracks.push(receiver.track)
  }

  /** https://www.w3.org/TR/webrtc/#set-associated-remote-streams */
  setAssociatedRemoteStreams(receiver: ReceiverSlots, msids: readonly string[]): void {
    // 2. and 3. Let streams be the MediaStream objects created for this connection with the ids of msids.
    const streams = [...new Set(msids)].map((id) => this.#streams.withId(id))
    // 4. Let track be receiver.[[ReceiverTrack]].
    const { track, streams: before } = receiver
    // 5. and 6. Add those that are not associated any more to removeList, new ones to addList.
    for (const stream of before) if (!streams.includes(stream)) this.removeList.push({ stream, track })
    for (const stream of streams) if (!before.includes(stream)) this.addList.push({ stream, track })
    // 7. Set receiver.[[AssociatedRemoteMediaStreams]] to streams.
    receiver.streams = streams
  }
}
