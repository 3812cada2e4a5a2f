/**
 * INIT chunks that both sides said in their descriptions (draft-hancke-tsvwg-snap): what INIT and INIT ACK would have said
 * is known before the first packet. A whole chunk with its header stands there; padding after it may be left out.
 */
import { ByteReader, equalBytes } from '../core/index.js'
import { withDefaults } from './defaults.js'
import { acceptedPeer, describeInit, randomTag } from './handshake.js'
import { CHUNK_INIT } from './packet/chunk-type.js'
import { CHUNK_HEADER_LENGTH } from './packet/chunk-walker.js'
import { encodeInit, type InitChunk, parseInit } from './packet/chunk/init.js'
import { paddedLength } from './packet/wire.js'
import type { PeerParameters } from './state-cookie.js'
import type { SctpOptions } from './types.js'

/** Of the chunk: far more than all parameters that there are. */
export const MAX_EXCHANGED_INIT_BYTES = 2048

export interface ExchangedInits {
  /** Ours, as our description said them. */
  readonly localTag: number
  readonly localInitialTsn: number
  readonly peer: PeerParameters
}

/** A fresh INIT chunk to be said in a description: what an association with these options would say in a packet. */
export function newExchangeableInit(options: SctpOptions): Uint8Array {
  const [tag, tsn] = [randomTag(options.crypto), randomTag(options.crypto)]
  return encodeInit(CHUNK_INIT, describeInit(withDefaults(options), tag, tsn))
}

/** The tag that its sender wants to find in the packets that it receives. */
export function initiateTagOf(init: Uint8Array): number {
  return new ByteReader(init.subarray(CHUNK_HEADER_LENGTH)).uint32()
}

/** `undefined` where the peer's cannot be used; also when it is our own, which some answerers send back like all that they do not know. */
export function readExchangedInits(ours: Uint8Array, theirs: Uint8Array): ExchangedInits | undefined {
  const local = parseExchangeable(ours)
  const remote = parseExchangeable(theirs)
  const peer = remote && acceptedPeer(remote)
  if (local === undefined || peer === undefined || equalBytes(ours, theirs)) return undefined
  return { localTag: local.initiateTag, localInitialTsn: local.initialTsn, peer }
}

/** Whether an association could be made with a peer that says this. */
export function isExchangeableInit(bytes: Uint8Array): boolean {
  const init = parseExchangeable(bytes)
  return init !== undefined && acceptedPeer(init) !== undefined
}

/** Exactly one INIT chunk. */
function parseExchangeable(bytes: Uint8Array): InitChunk | undefined {
  if (bytes.length > MAX_EXCHANGED_INIT_BYTES) return undefined
  const reader = new ByteReader(bytes)
  const type = reader.uint8()
  reader.uint8() // RFC 9260 §3.3.2: flags are reserved, and ignored
  const length = reader.uint16()
  const isOneChunk = length >= CHUNK_HEADER_LENGTH && length <= bytes.length && bytes.length <= paddedLength(length)
  if (!reader.ok || type !== CHUNK_INIT || !isOneChunk) return undefined
  const init = parseInit(bytes.subarray(CHUNK_HEADER_LENGTH, length))
  return init?.initiateTag === 0 ? undefined : init
}
