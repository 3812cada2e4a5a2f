/**
 * What a peer is known not to do, each with the reason. The tests expect of everybody what the specifications say; only what
 * stands here is expected otherwise, or left out where nothing can be expected. Each was seen between it and us.
 */
import type { ChannelView } from './agent-protocol.js'
import type { PeerName } from './peers.js'

export interface Weaknesses {
  /** Its offer stops the section that spoke for a bundle that we had offered: it refuses the answer. */
  readonly takesItsStopForIceRestart?: string
  /** Where our first offer had credentials for each section, it refuses the next one, in which the bundle has those of the first. */
  readonly takesBundlingForIceRestart?: string
  /** Its channels go from open to closed without the event `closing`. */
  readonly noClosingEvent?: string
  /** Its close() throws away what waits to be sent: a part arrives. */
  readonly losesQueuedOnClose?: string
  /** The last messages before our reset may never be shown, though its SCTP acknowledged them. */
  readonly mayLoseLastBeforeReset?: string
  /** When we close while it has messages pending, its channel may end with an `error` for those, by the moment. */
  readonly mayFailPendingOnClose?: string
  /** It cannot send empty messages; it receives them. */
  readonly sendsNoEmptyMessages?: string
  /** What its channel objects show of the options of a channel that we announced. */
  readonly misreportsOptions?: { readonly shown: (options: ShownOptions) => ShownOptions; readonly reason: string }
  /** It announces an unordered channel with limited retransmission as an ordered one. */
  readonly announcesLimitedAsOrdered?: string
  /** After our first FORWARD TSN it delivers nothing more on the channel; it gives up messages of its own correctly. */
  readonly stallsOnForwardTsn?: string
  /** When what was lost comes at last, it delivers one of the messages that waited for it: where several channels send, the others stay. */
  readonly stallsOnInterleavedLoss?: string
  /** What its channels see when we close the connection, where that is not `error`, `close`. */
  readonly seesAbortAs?: EventsAndReason
  /** What our channels see when it closes the connection, where that is not `error`, `close`. */
  readonly closesConnectionWith?: EventsAndReason
  /** It does not say that the handshake failed when our certificate is not the one of our description. */
  readonly triesOnAfterRefusal?: string
  /** Its connection's close() sends no DTLS close_notify, or not always: our connection goes down when its answers stop. */
  readonly noCloseNotify?: string
  /** Its connection's close() tells nobody: the other side has to find out by lost consent. */
  readonly leavesSilently?: string
}

export interface EventsAndReason {
  readonly events: string[]
  readonly reason: string
}

export type ShownOptions = Pick<
  ChannelView,
  'ordered' | 'protocol' | 'negotiated' | 'maxRetransmits' | 'maxPacketLifeTime'
>

export const WEAKNESSES: Record<PeerName, Weaknesses> = {
  chromium: {
    seesAbortAs: {
      events: ['closing', 'error', 'close'],
      reason: 'a lost transport takes its channels through closing',
    },
    mayFailPendingOnClose:
      'it answers our reset with its own before its queue is empty, and what is left then fails with data-channel-failure',
  },
  firefox: {
    takesItsStopForIceRestart: 'it compares with the credentials of the next section before that was bundled',
    takesBundlingForIceRestart:
      'it compares with the credentials that a section had before it was bundled (RFC 9429 §5.2.2 has those of the bundle in its place)',
    seesAbortAs: { events: ['close'], reason: 'it fires no error event on channels' },
    closesConnectionWith: {
      events: ['closing', 'error', 'close'],
      reason: 'its close() resets the streams, then aborts the association',
    },
  },
  werift: {
    sendsNoEmptyMessages:
      'an empty message takes a stream sequence number and sends no DATA chunk (RFC 8831 §6.6 asks for one zero byte): ' +
      'everything after it on an ordered channel waits for ever',
    announcesLimitedAsOrdered: 'the bit 0x80 of the channel type (RFC 8832 §5.1) is overwritten by the limit',
    stallsOnForwardTsn:
      'fragments of a message that was given up stay in its reassembly queue, and the next message waits behind them',
    stallsOnInterleavedLoss:
      'the next message of a stream is expected at the next TSN, which another stream has: it waits for one more to come. And a ' +
      'burst is enough to lose something in the buffer of its socket, when it is slow to read',
    seesAbortAs: { events: ['close'], reason: 'its channels have no event for an error of the transport' },
    noCloseNotify: 'close() stops DTLS without an alert',
    leavesSilently: 'close() stops DTLS first: neither SCTP ABORT nor close_notify reaches the wire',
  },
  'node-datachannel': {
    misreportsOptions: {
      shown: (options) => ({ ...options, ordered: true, maxRetransmits: null, maxPacketLifeTime: null }),
      reason: 'the polyfill wraps an announced channel with default options',
    },
    mayLoseLastBeforeReset:
      'its callbacks for messages and for the end reach JavaScript by a queue each, and that for the end throws the other away with ' +
      'what is in it (its data-channel-wrapper.cpp); seen once, the last of 100 messages',
    seesAbortAs: { events: ['closing', 'close'], reason: 'the polyfill knows one way for a channel to end' },
    noCloseNotify:
      'after its SCTP ABORT it tears the transport down, and whether a close_notify still leaves is a race',
  },
  '@roamhq/wrtc': {
    noClosingEvent: 'its RTCDataChannel has no closing event',
    losesQueuedOnClose: 'its libwebrtc resets the stream before the queue is empty',
    misreportsOptions: {
      shown: ({ maxRetransmits, maxPacketLifeTime, ...others }) => ({
        ...others,
        maxRetransmits: maxRetransmits ?? 65_535,
        maxPacketLifeTime: maxPacketLifeTime ?? 65_535,
      }),
      reason: 'no limit is shown as 65535 instead of null',
    },
    seesAbortAs: { events: ['close'], reason: 'its channels fire no error event' },
    triesOnAfterRefusal: 'its connectionState does not follow a failed DTLS transport',
  },
}
