/**
 * DATA_CHANNEL_ACK (RFC 8832 §5.2): the peer took our DATA_CHANNEL_OPEN. One byte.
 *
 *   0 1 2 3 4 5 6 7
 *  +---------------+
 *  | Message Type  |
 *  +---------------+
 */
export const DATA_CHANNEL_ACK = 0x02

export interface DataChannelAck {
  readonly messageType: typeof DATA_CHANNEL_ACK
}

/** What follows the byte is ignored: some peers pad the message to four. */
export function parseDataChannelAck(message: Uint8Array): DataChannelAck | undefined {
  return message[0] === DATA_CHANNEL_ACK ? { messageType: DATA_CHANNEL_ACK } : undefined
}

export function writeDataChannelAck(): Uint8Array {
  return Uint8Array.of(DATA_CHANNEL_ACK)
}
