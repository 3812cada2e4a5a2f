/**
 * INIT and INIT ACK chunks (RFC 9260 §3.3.2 and §3.3.3, https://www.rfc-editor.org/rfc/rfc9260#section-3.3.2).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  | Type = 1 or 2 |   Flags (0)   |            Length             |
 *  +---------------+---------------+-------------------------------+
 *  |                         Initiate Tag                          |
 *  +---------------------------------------------------------------+
 *  |          Advertised Receiver Window Credit (a_rwnd)           |
 *  +-------------------------------+-------------------------------+
 *  |  Number of Outbound Streams   |   Number of Inbound Streams   |
 *  +-------------------------------+-------------------------------+
 *  |                          Initial TSN                          |
 *  +---------------------------------------------------------------+
 *  \              Optional/Variable-Length Parameters              \
 *  +---------------------------------------------------------------+
 */
import { ByteReader, ByteWriter } from '../../../core/index.js'
import { type CHUNK_INIT, type CHUNK_INIT_ACK } from '../chunk-type.js'
import { encodeChunk } from '../chunk-walker.js'
import { type InitParameters, parseInitParameters, writeInitParameters } from '../init-parameters.js'

export interface InitChunk {
  /** The verification tag that the sender wants to find in what it receives. */
  readonly initiateTag: number
  readonly advertisedWindowBytes: number
  readonly outboundStreams: number
  readonly inboundStreams: number
  readonly initialTsn: number
  readonly parameters: InitParameters
}

export function parseInit(body: Uint8Array): InitChunk | undefined {
  const reader = new ByteReader(body)
  const initiateTag = reader.uint32()
  const advertisedWindowBytes = reader.uint32()
  const outboundStreams = reader.uint16()
  const inboundStreams = reader.uint16()
  const initialTsn = reader.uint32()
  const parameters = parseInitParameters(reader.rest())
  if (!reader.ok || parameters === undefined) return undefined
  return { initiateTag, advertisedWindowBytes, outboundStreams, inboundStreams, initialTsn, parameters }
}

export function encodeInit(type: typeof CHUNK_INIT | typeof CHUNK_INIT_ACK, init: InitChunk): Uint8Array {
  const writer = new ByteWriter()
  writer
    .uint32(init.initiateTag)
    .uint32(init.advertisedWindowBytes)
    .uint16(init.outboundStreams)
    .uint16(init.inboundStreams)
    .uint32(init.initialTsn)
  writeInitParameters(writer, init.parameters)
  return encodeChunk(type, 0, writer.finish())
}
