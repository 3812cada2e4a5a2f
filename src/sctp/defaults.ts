import type { SctpOptions } from './types.js'

/** 1200 bytes of datagram − 37 of DTLS record: what fits every path that carries ICE. */
const MTU_BYTES = 1163
/** What the peer may make us hold before it has shown what the path carries. Chromium's window is 5 MiB for good. */
const RECEIVE_WINDOW_BYTES = 4 * 1024 * 1024
/**
 * A peer that has sent that fast may leave something missing, and make us hold this much, and twice as much before we abort.
 * A sender has 65,535 TSNs in flight at most, 74 MB in packets of 1200 bytes: the window is above that.
 */
const MAX_RECEIVE_WINDOW_BYTES = 96 * 1024 * 1024
/** RFC 8831 §6.2. */
const MAX_STREAMS = 65535

/** RFC 9260 §16, Association.Max.Retrans. */
const MAX_RETRANSMISSIONS = 10

export function withDefaults(options: SctpOptions): Required<SctpOptions> {
  return {
    mtuBytes: MTU_BYTES,
    receiveWindowBytes: RECEIVE_WINDOW_BYTES,
    // Whoever sets the one without the other wants it to be so large.
    maxReceiveWindowBytes: options.receiveWindowBytes ?? MAX_RECEIVE_WINDOW_BYTES,
    maxRetransmissions: MAX_RETRANSMISSIONS,
    maxStreams: MAX_STREAMS,
    interleaving: true,
    messageMemory: (bytes) => new Uint8Array(bytes),
    readsInPlace: true,
    ...options,
  }
}
