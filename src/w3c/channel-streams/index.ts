/**
 * channel-streams: a data channel as a pair of WHATWG streams (https://streams.spec.whatwg.org/), an extension of ours.
 * Both halves are bounded: what waits to be sent by the channel's `bufferedAmount`, what waits to be read by SCTP's receive
 * window (RFC 9260 §6.2), so that it is the peer who waits. Deliberately absent: ends of one direction alone, which data
 * channels do not have (RFC 8831 §6.7).
 */
export {
  streamsOf,
  type ChannelBytes,
  type ChannelByteStreams,
  type ChannelMessageStreams,
  type ChannelStreamsOptions,
} from './streams-of.js'
