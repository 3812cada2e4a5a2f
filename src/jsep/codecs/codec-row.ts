import type { Codec } from '../media-types.js'

/** A codec that we negotiate, before a connection has given it a number. */
export interface CodecRow {
  readonly codec: Codec
  /** The number that Chromium offers it with, where it is free; below 35 the static one of RFC 3551 §6. */
  readonly payloadType: number
  /** The number of its retransmissions (RFC 4588 §8); absent where it has none. */
  readonly rtxPayloadType?: number
  /** Values of `a=rtcp-fb` (RFC 4585 §4.2). */
  readonly feedback: readonly string[]
  /** `receive`: never sent, and left out of what is offered both ways. */
  readonly use: 'both' | 'receive'
}

/** Names a row in a {@link Numbering}; {@link rtxKeyOf} names its retransmissions. */
export function keyOf({ codec }: CodecRow): string {
  return `${codec.mimeType}/${codec.clockRate} ${codec.sdpFmtpLine ?? ''}`
}

export function rtxKeyOf(row: CodecRow): string {
  return `rtx of ${keyOf(row)}`
}
