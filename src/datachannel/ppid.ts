/** SCTP payload protocol identifiers of data channels (RFC 8831 §8). */
export const PPID_DCEP = 50
export const PPID_STRING = 51
/** Deprecated: a part of a message that goes on; the last one has PPID_BINARY. */
export const PPID_BINARY_PARTIAL = 52
export const PPID_BINARY = 53
/** Deprecated: a part of a message that goes on; the last one has PPID_STRING. */
export const PPID_STRING_PARTIAL = 54
/** SCTP has no empty messages: one zero byte stands in, and this identifier says so (RFC 8831 §6.6). */
export const PPID_STRING_EMPTY = 56
export const PPID_BINARY_EMPTY = 57
