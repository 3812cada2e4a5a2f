/**
 * The handshake header of DTLS (RFC 6347 §4.2.2): TLS's own four bytes, and what it takes to put fragments together.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+-----------------------------------------------+
 *  |  Message Type |              Length of the message            |
 *  +---------------+---------------+-------------------------------+
 *  |       Message Sequence        |        Fragment Offset …      |
 *  +---------------+---------------+-------------------------------+
 *  |  … (24 bits)  |               Fragment Length                 |
 *  +---------------+-----------------------------------------------+
 */
import type { ByteReader } from '../../core/index.js'

export const HANDSHAKE_HEADER_BYTES = 12

export const HELLO_REQUEST = 0
export const CLIENT_HELLO = 1
export const SERVER_HELLO = 2
export const HELLO_VERIFY_REQUEST = 3
export const CERTIFICATE = 11
export const SERVER_KEY_EXCHANGE = 12
export const CERTIFICATE_REQUEST = 13
export const SERVER_HELLO_DONE = 14
export const CERTIFICATE_VERIFY = 15
export const CLIENT_KEY_EXCHANGE = 16
export const FINISHED = 20

/** One whole message. */
export interface HandshakeMessage {
  readonly type: number
  /** message_seq. */
  readonly sequence: number
  readonly body: Uint8Array
}

/** A piece of one, as it travels. */
export interface HandshakeFragment {
  readonly type: number
  readonly sequence: number
  /** Of the whole message. */
  readonly length: number
  readonly offset: number
  readonly bytes: Uint8Array
}

/** The next fragment of a record, its bytes as a view; `undefined` when it is not one, or reaches beyond its message. */
export function parseFragment(reader: ByteReader): HandshakeFragment | undefined {
  const type = reader.uint8()
  const length = reader.uint24()
  const sequence = reader.uint16()
  const offset = reader.uint24()
  const bytes = reader.bytes(reader.uint24())
  if (!reader.ok || offset + bytes.length > length) return undefined
  // An empty piece of a message that is not empty says nothing.
  return bytes.length > 0 || length === 0 ? { type, sequence, length, offset, bytes } : undefined
}

export function writeFragment(message: HandshakeMessage, offset: number, end: number): Uint8Array {
  const { type, sequence, body } = message
  const fragment = new Uint8Array(HANDSHAKE_HEADER_BYTES + end - offset)
  fragment[0] = type
  writeUint24(fragment, 1, body.length)
  fragment[4] = sequence >>> 8
  fragment[5] = sequence
  writeUint24(fragment, 6, offset)
  writeUint24(fragment, 9, end - offset)
  fragment.set(end - offset === body.length ? body : body.subarray(offset, end), HANDSHAKE_HEADER_BYTES)
  return fragment
}

function writeUint24(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 16
  target[at + 1] = value >>> 8
  target[at + 2] = value
}

/** RFC 6347 §4.2.6: transcripts cover messages as if each were sent in one fragment. */
export function writeMessage(message: HandshakeMessage): Uint8Array {
  return writeFragment(message, 0, message.body.length)
}
