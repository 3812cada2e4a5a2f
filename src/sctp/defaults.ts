import type { SctpOptions } from './types.js'

/** 1200 bytes of datagram − 37 of DTLS record: what fits every path that carries ICE. */
const MTU_BYTES = 1163
/**
 * Memory is only taken while something is missing; but a peer that means harm can leave something missing, and make us
 * hold this much, and twice as much before we abort. 16 MiB is not the limit below 16 MiB / 40 ms = 419 MB/s, or 56 MB/s
 * at 300 ms: far beyond what one association reaches. Chromium's is 5 MiB.
 */
const RECEIVE_WINDOW_BYTES = 16 * 1024 * 1024
/** RFC 8831 §6.2. */
const MAX_STREAMS = 65535

/** RFC 9260 §16, Association.Max.Retrans. */
const MAX_RETRANSMISSIONS = 10

export function withDefaults(options: SctpOptions): Required<SctpOptions> {
  return {
    mtuBytes: MTU_BYTES,
    receiveWindowBytes: RECEIVE_WINDOW_BYTES,
    maxRetransmissions: MAX_RETRANSMISSIONS,
    maxStreams: MAX_STREAMS,
    interleaving: false,
    ...options,
  }
}
