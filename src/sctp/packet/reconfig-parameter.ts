/**
 * Re-configuration parameters (RFC 6525 §4, https://www.rfc-editor.org/rfc/rfc6525#section-4). The longest of them,
 * the Outgoing SSN Reset Request (§4.1):
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |     Parameter Type = 13       | Parameter Length = 16 + 2 * N |
 *  +-------------------------------+-------------------------------+
 *  |           Re-configuration Request Sequence Number            |
 *  +---------------------------------------------------------------+
 *  |           Re-configuration Response Sequence Number           |
 *  +---------------------------------------------------------------+
 *  |                Sender's Last Assigned TSN                     |
 *  +-------------------------------+-------------------------------+
 *  |  Stream Number 1 (optional)   |    Stream Number 2 (optional) |
 *  \                              ...                              \
 *  +---------------------------------------------------------------+
 */
import { ByteReader, ByteWriter } from '../../core/index.js'
import { encodeTlv, type Tlv } from './tlv.js'

const OUTGOING_SSN_RESET = 13
const INCOMING_SSN_RESET = 14
const SSN_TSN_RESET = 15
const RECONFIG_RESPONSE = 16
const ADD_OUTGOING_STREAMS = 17
const ADD_INCOMING_STREAMS = 18

/** Results of RFC 6525 §4.4. */
export const RESULT_NOTHING_TO_DO = 0
export const RESULT_PERFORMED = 1
export const RESULT_DENIED = 2
export const RESULT_WRONG_SSN = 3
export const RESULT_REQUEST_IN_PROGRESS = 4
export const RESULT_BAD_SEQUENCE_NUMBER = 5
export const RESULT_IN_PROGRESS = 6

export type ReconfigParameter =
  | {
      readonly type: 'outgoingReset'
      readonly requestSequence: number
      readonly responseSequence: number
      readonly lastAssignedTsn: number
      /** Empty means all. */
      readonly streamIds: readonly number[]
    }
  | { readonly type: 'incomingReset'; readonly requestSequence: number; readonly streamIds: readonly number[] }
  | { readonly type: 'ssnTsnReset'; readonly requestSequence: number }
  | { readonly type: 'response'; readonly responseSequence: number; readonly result: number }
  | { readonly type: 'addOutgoing' | 'addIncoming'; readonly requestSequence: number; readonly newStreams: number }

/** `undefined` when the bytes are bad, `'unknown'` when the type is. */
export function parseReconfigParameter(tlv: Tlv): ReconfigParameter | 'unknown' | undefined {
  const reader = new ByteReader(tlv.value)
  const first = reader.uint32()
  let parameter: ReconfigParameter
  switch (tlv.type) {
    case OUTGOING_SSN_RESET: {
      const [responseSequence, lastAssignedTsn] = [reader.uint32(), reader.uint32()]
      const streamIds = readStreamIds(reader)
      parameter = { type: 'outgoingReset', requestSequence: first, responseSequence, lastAssignedTsn, streamIds }
      break
    }
    case INCOMING_SSN_RESET:
      parameter = { type: 'incomingReset', requestSequence: first, streamIds: readStreamIds(reader) }
      break
    case SSN_TSN_RESET:
      parameter = { type: 'ssnTsnReset', requestSequence: first }
      break
    case RECONFIG_RESPONSE:
      // Sender's and receiver's next TSN may follow, after an SSN/TSN reset; we never ask for one.
      parameter = { type: 'response', responseSequence: first, result: reader.uint32() }
      break
    case ADD_OUTGOING_STREAMS:
      parameter = { type: 'addOutgoing', requestSequence: first, newStreams: reader.uint16() }
      break
    case ADD_INCOMING_STREAMS:
      parameter = { type: 'addIncoming', requestSequence: first, newStreams: reader.uint16() }
      break
    default:
      return 'unknown'
  }
  return reader.ok ? parameter : undefined
}

function readStreamIds(reader: ByteReader): number[] {
  const streamIds: number[] = []
  // After a read past the end, what remains stays the same.
  while (reader.ok && reader.remaining >= 2) streamIds.push(reader.uint16())
  return streamIds
}

export function encodeReconfigParameter(parameter: ReconfigParameter): Uint8Array {
  const writer = new ByteWriter(32)
  switch (parameter.type) {
    case 'outgoingReset':
      writer.uint32(parameter.requestSequence).uint32(parameter.responseSequence).uint32(parameter.lastAssignedTsn)
      for (const streamId of parameter.streamIds) writer.uint16(streamId)
      return encodeTlv(OUTGOING_SSN_RESET, writer.finish())
    case 'incomingReset':
      writer.uint32(parameter.requestSequence)
      for (const streamId of parameter.streamIds) writer.uint16(streamId)
      return encodeTlv(INCOMING_SSN_RESET, writer.finish())
    case 'ssnTsnReset':
      return encodeTlv(SSN_TSN_RESET, writer.uint32(parameter.requestSequence).finish())
    case 'response':
      return encodeTlv(RECONFIG_RESPONSE, writer.uint32(parameter.responseSequence).uint32(parameter.result).finish())
    case 'addOutgoing':
    case 'addIncoming':
      return encodeTlv(
        parameter.type === 'addOutgoing' ? ADD_OUTGOING_STREAMS : ADD_INCOMING_STREAMS,
        writer.uint32(parameter.requestSequence).uint16(parameter.newStreams).uint16(0).finish(),
      )
  }
}
