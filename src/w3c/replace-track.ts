import type { MediaStreamTrack } from './media/index.js'
import type { TransceiverSlots } from './transceiver-slots.js'
import { rejected } from './webidl/index.js'

/** https://www.w3.org/TR/webrtc/#dom-rtcrtpsender-replacetrack, from its fifth step */
export function replaceTrack(
  transceiver: TransceiverSlots,
  withTrack: MediaStreamTrack | null,
  context: string,
): Promise<undefined> {
  const { context: connection, sender } = transceiver
  // 5. If withTrack is non-null and its kind is not that of the transceiver, reject with a TypeError.
  if (withTrack !== null && withTrack.kind !== transceiver.kind) {
    return rejected(new TypeError(`${context}: The track is not of kind '${transceiver.kind}'.`))
  }
  // 6. Return the result of chaining the following steps to connection's operations chain:
  return connection.chain(() => {
    // 6.1. If transceiver.[[Stopping]] is true, reject with an InvalidStateError.
    if (transceiver.isStopping) {
      return rejected(new DOMException(`${context}: The transceiver is stopped.`, 'InvalidStateError'))
    }
    // 6.4. What is sent takes the sender's track as it is when it is sent: every track of the kind fits the envelope.
    return new Promise((resolve) => {
      // 6.4.4. Queue a task that runs the following steps:
      connection.driver.queueTask(() => {
        // 6.4.4.1. If connection.[[IsClosed]] is true, abort these steps.
        if (connection.isClosed) return
        // 6.4.4.2. Set sender.[[SenderTrack]] to withTrack.
        sender.track = withTrack
        // 6.4.4.3. Queue a task to resolve p with undefined.
        connection.driver.queueTask(() => resolve(undefined))
      })
    })
  })
}
