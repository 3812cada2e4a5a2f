import type { SctpOptions } from './types.js'

/** 1200 bytes of datagram − 37 of DTLS record: what fits every path that carries ICE. */
const MTU_BYTES = 1163
/** Never the limit below 64 MiB in flight: 1.6 GB/s at 40 ms. Memory is only taken while something is missing. */
const RECEIVE_WINDOW_BYTES = 64 * 1024 * 1024
/** RFC 8831 §6.2. */
const MAX_STREAMS = 65535

export function withDefaults(options: SctpOptions): Required<SctpOptions> {
  return { mtuBytes: MTU_BYTES, receiveWindowBytes: RECEIVE_WINDOW_BYTES, maxStreams: MAX_STREAMS, ...options }
}
