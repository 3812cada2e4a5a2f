/**
 * datachannel: WebRTC data channels over one SCTP association: the establishment protocol (RFC 8832), stream ids,
 * message framing by payload protocol identifiers (RFC 8831 §6.6) and, above all, the closing procedure (RFC 8831
 * §6.7). Deliberately absent: SCTP itself, limits on what one message may hold (the W3C layer refuses those before they
 * come here), and user code: everything that happened is asked for with `pollEvent`.
 */
export type { ChannelTransport } from './channel-transport.js'
export { MAX_TEXT_BYTES } from './data-channel-open.js'
export { DataChannels, type DataChannelsOptions } from './data-channels.js'
export { MAX_STREAM_ID } from './stream-ids.js'
export type * from './types.js'
