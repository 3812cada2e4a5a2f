import { ByteReader, ByteWriter, decodeUtf8, encodeUtf8 } from '../core/index.js'
import { priorityFromWire, priorityToWire } from './priority.js'
import type { ChannelParameters } from './types.js'

/**
 * DATA_CHANNEL_OPEN (RFC 8832 §5.1): announces a channel on the stream that it is sent on.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  | Message Type  | Channel Type  |           Priority            |
 *  +---------------+---------------+-------------------------------+
 *  |                     Reliability Parameter                     |
 *  +-------------------------------+-------------------------------+
 *  |         Label Length          |        Protocol Length        |
 *  +-------------------------------+-------------------------------+
 *  \                             Label                             \
 *  +---------------------------------------------------------------+
 *  \                           Protocol                            \
 *  +---------------------------------------------------------------+
 */
export const DATA_CHANNEL_OPEN = 0x03

/** Labels and protocols have 16-bit lengths. */
export const MAX_TEXT_BYTES = 0xffff

const FIXED_BYTES = 12

/** RFC 8832 §5.1: the channel types, without their unordered bit. */
const RELIABLE = 0x00
const PARTIAL_RELIABLE_REXMIT = 0x01
const PARTIAL_RELIABLE_TIMED = 0x02
const UNORDERED = 0x80

export function parseDataChannelOpen(message: Uint8Array): ChannelParameters | undefined {
  const reader = new ByteReader(message)
  const messageType = reader.uint8()
  const channelType = reader.uint8()
  const priority = reader.uint16()
  const reliability = reader.uint32()
  const labelBytes = reader.uint16()
  const protocolBytes = reader.uint16()
  const label = reader.bytes(labelBytes)
  const protocol = reader.bytes(protocolBytes)
  if (!reader.ok || reader.remaining !== 0 || messageType !== DATA_CHANNEL_OPEN) return undefined
  const limits = limitsOf(channelType & ~UNORDERED, reliability)
  if (limits === undefined) return undefined
  return {
    label: decodeUtf8(label),
    protocol: decodeUtf8(protocol),
    ordered: (channelType & UNORDERED) === 0,
    ...limits,
    priority: priorityFromWire(priority),
  }
}

/** What label and protocol take; `undefined` when one of the two does not fit its 16-bit length. */
export function textBytesOf({ label, protocol }: ChannelParameters): number | undefined {
  const labelBytes = encodeUtf8(label).length
  const protocolBytes = encodeUtf8(protocol).length
  return labelBytes > MAX_TEXT_BYTES || protocolBytes > MAX_TEXT_BYTES ? undefined : labelBytes + protocolBytes
}

/** The caller has checked that label and protocol fit ({@link MAX_TEXT_BYTES}). */
export function writeDataChannelOpen(parameters: ChannelParameters): Uint8Array {
  const label = encodeUtf8(parameters.label)
  const protocol = encodeUtf8(parameters.protocol)
  const { maxRetransmits, maxPacketLifeTime } = parameters
  const reliability =
    maxRetransmits !== undefined
      ? PARTIAL_RELIABLE_REXMIT
      : maxPacketLifeTime !== undefined
        ? PARTIAL_RELIABLE_TIMED
        : RELIABLE
  return new ByteWriter(FIXED_BYTES + label.length + protocol.length)
    .uint8(DATA_CHANNEL_OPEN)
    .uint8(reliability | (parameters.ordered ? 0 : UNORDERED))
    .uint16(priorityToWire(parameters.priority))
    .uint32(maxRetransmits ?? maxPacketLifeTime ?? 0)
    .uint16(label.length)
    .uint16(protocol.length)
    .bytes(label)
    .bytes(protocol)
    .finish()
}

/** RFC 8832 §5.1: the reliability parameter of a reliable channel is ignored by its receiver. */
function limitsOf(
  channelType: number,
  reliability: number,
): Pick<ChannelParameters, 'maxRetransmits' | 'maxPacketLifeTime'> | undefined {
  if (channelType === RELIABLE) return {}
  if (channelType === PARTIAL_RELIABLE_REXMIT) return { maxRetransmits: reliability }
  if (channelType === PARTIAL_RELIABLE_TIMED) return { maxPacketLifeTime: reliability }
  return undefined
}
