/**
 * What a peer is known not to do, each with the reason. The tests expect of everybody what the specifications say; only what
 * stands here is expected otherwise. Each was seen against Chromium as well (INTEROP_SUBJECT=chromium), so it is not our doing.
 */
import type { PeerName } from './peers.js'

export interface Weaknesses {
  /** Its channels go from open to closed without the event `closing`. */
  readonly noClosingEvent?: string
  /** Its close() throws away what waits to be sent: a part arrives. */
  readonly losesQueuedOnClose?: string
  /** It cannot send empty messages; it receives them. */
  readonly sendsNoEmptyMessages?: string
  /** Its channel objects do not show the options of a channel that we announced. */
  readonly misreportsOptions?: string
  /** It announces an unordered channel with limited retransmission as an ordered one. */
  readonly announcesLimitedAsOrdered?: string
  /** After our first FORWARD TSN it delivers nothing more on the channel; it gives up messages of its own correctly. */
  readonly stallsOnForwardTsn?: string
  /** Its connection's close() tells nobody: the other side has to find out by lost consent. */
  readonly leavesSilently?: string
}

export const WEAKNESSES: Record<PeerName, Weaknesses> = {
  chromium: {},
  firefox: {},
  werift: {
    sendsNoEmptyMessages:
      'an empty message takes a stream sequence number and sends no DATA chunk (RFC 8831 §6.6 asks for one zero byte): ' +
      'everything after it on an ordered channel waits for ever',
    misreportsOptions: 'an unordered and partially reliable channel is shown as ordered',
    announcesLimitedAsOrdered: 'the bit 0x80 of the channel type (RFC 8832 §5.1) is overwritten by the limit',
    stallsOnForwardTsn:
      'fragments of a message that was given up stay in its reassembly queue, and the next message waits behind them',
    leavesSilently: 'close() stops DTLS first: neither SCTP ABORT nor close_notify reaches the wire',
  },
  'node-datachannel': {
    misreportsOptions: 'the polyfill wraps an announced channel with default options',
  },
  '@roamhq/wrtc': {
    noClosingEvent: 'its RTCDataChannel has no closing event',
    losesQueuedOnClose: 'its libwebrtc resets the stream before the queue is empty',
    misreportsOptions: 'no limit is shown as 65535 instead of null',
  },
}
