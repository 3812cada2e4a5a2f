import {
  copyOf,
  sendParameters,
  validateSetParameters,
  type RTCEncodingOptions,
  type RTCRtpSendParameters,
} from './rtp-parameters/index.js'
import type { TransceiverSlots } from './transceiver-slots.js'
import { rejected } from './webidl/index.js'

/** https://www.w3.org/TR/webrtc/#dom-rtcrtpsender-getparameters */
export function sendParametersOf({ context, sender, mid }: TransceiverSlots): RTCRtpSendParameters {
  // 2. If sender.[[LastReturnedParameters]] is not null, return it, and abort these steps.
  if (sender.lastReturnedParameters !== null) return copyOf(sender.lastReturnedParameters)
  // 3. Let result be a new RTCRtpSendParameters dictionary.
  const { sendEncodings, sendCodecs, degradationPreference } = sender
  const { peer } = context
  const negotiated = mid === null ? undefined : peer.negotiatedMedia(mid)
  const transactionId = crypto.randomUUID()
  const slots = { transactionId, sendEncodings, sendCodecs, degradationPreference }
  const result = sendParameters({ ...slots, cname: peer.cname, negotiated })
  // 4. Set sender.[[LastReturnedParameters]] to result.
  sender.lastReturnedParameters = result
  // 5. Queue a task that sets sender.[[LastReturnedParameters]] to null. (Not those of a later call.)
  context.driver.queueTask(() => {
    if (sender.lastReturnedParameters === result) sender.lastReturnedParameters = null
  })
  // 6. Return result.
  return copyOf(result)
}

/** https://www.w3.org/TR/webrtc/#dom-rtcrtpsender-setparameters */
export function setSendParameters(
  transceiver: TransceiverSlots,
  parameters: RTCRtpSendParameters,
  encodingOptions: readonly RTCEncodingOptions[],
): Promise<undefined> {
  const { sender, context, kind } = transceiver
  // 4. If transceiver.[[Stopping]] is true, reject with an InvalidStateError.
  if (transceiver.isStopping) return wrongState('The transceiver is stopped.')
  // 5. If sender.[[LastReturnedParameters]] is null, reject with an InvalidStateError.
  const { sendEncodings, lastReturnedParameters: lastReturned } = sender
  if (lastReturned === null) return wrongState('getParameters() was not called in this task.')
  // 6. Validate parameters.
  const { encodings } = validateSetParameters({ kind, sendEncodings, lastReturned, parameters, encodingOptions })
  // 7. and 8. There is no hardware to be configured: what is sent takes the encodings as they are when it is sent.
  sender.pendingSetParameters++
  return new Promise((resolve) => {
    context.driver.queueTask(() => {
      sender.pendingSetParameters--
      // 8.1.1. Set sender.[[LastReturnedParameters]] to null.
      sender.lastReturnedParameters = null
      // 8.1.2. Set sender.[[SendEncodings]] to parameters.encodings.
      sender.sendEncodings = encodings
      sender.degradationPreference = parameters.degradationPreference
      // 8.1.3. Resolve p with undefined.
      resolve(undefined)
    })
  })
}

function wrongState(why: string): Promise<undefined> {
  return rejected(new DOMException(`Failed to execute 'setParameters' on 'RTCRtpSender': ${why}`, 'InvalidStateError'))
}
