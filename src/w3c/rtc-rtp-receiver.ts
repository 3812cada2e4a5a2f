import type { MediaStreamTrack } from './media/media-stream-track.js'
import type { RTCRtpContributingSource, RTCRtpSynchronizationSource } from './receiver-slots.js'
import type { RTCDtlsTransport } from './rtc-dtls-transport.js'
import type { RTCStatsReport } from './stats/index.js'
import {
  receiveParameters,
  rtpCapabilities,
  type RTCRtpCapabilities,
  type RTCRtpReceiveParameters,
} from './rtp-parameters/index.js'
import { TransceiverSlots } from './transceiver-slots.js'
import { noTransform } from './no-transform.js'
import { defineInterface, domString, double, isObject, nullable, promiseOf, requireArguments } from './webidl/index.js'

export type { RTCRtpContributingSource, RTCRtpSynchronizationSource } from './receiver-slots.js'

/** What a jitter buffer may be asked to hold. */
const MAX_JITTER_BUFFER_TARGET_MILLIS = 4000

/** The one receiver of a transceiver. */
export let receiverOf: (slots: TransceiverSlots) => RTCRtpReceiver
export let isRtcRtpReceiver: (value: unknown) => value is RTCRtpReceiver

/**
 * Receives one track from the peer, once media flows: negotiation and parameters are there, packets are not yet.
 * @see https://www.w3.org/TR/webrtc/#rtcrtpreceiver-interface
 */
export class RTCRtpReceiver {
  static readonly #objects = new WeakMap<TransceiverSlots, RTCRtpReceiver>()
  readonly #slots: TransceiverSlots

  private constructor(...[slots]: [TransceiverSlots?]) {
    if (!(slots instanceof TransceiverSlots)) {
      throw new TypeError("Failed to construct 'RTCRtpReceiver': Illegal constructor")
    }
    this.#slots = slots
  }

  /** Which codecs and header extensions could be received; null for what is no kind of media. */
  static getCapabilities(kind: string): RTCRtpCapabilities | null
  static getCapabilities(...args: unknown[]): RTCRtpCapabilities | null {
    const context = "Failed to execute 'getCapabilities' on 'RTCRtpReceiver'"
    requireArguments(args, 1, context)
    return rtpCapabilities(domString(args[0], context), 'receive')
  }

  /**
   * Live from the beginning and until the transceiver is stopped; muted while nothing arrives, which is always, as no
   * media flows yet.
   */
  get track(): MediaStreamTrack {
    return this.#slots.receiver.track
  }

  /** What the media arrives over; null before it is known. */
  get transport(): RTCDtlsTransport | null {
    return this.#slots.receiver.transport?.object ?? null
  }

  /**
   * How many milliseconds of media the jitter buffer should hold, 0 to 4000; null without a preference. Kept, and
   * without effect, as there is no jitter buffer yet.
   * @throws RangeError when it is negative or above 4000, TypeError when it is no number
   */
  get jitterBufferTarget(): number | null {
    return this.#slots.receiver.jitterBufferTarget
  }

  set jitterBufferTarget(value: number | null) {
    const { receiver } = this.#slots
    const context = "Failed to set the 'jitterBufferTarget' property on 'RTCRtpReceiver'"
    const target = nullable(double)(value, context)
    // 3. If target is negative or larger than 4000 milliseconds, throw a RangeError.
    if (target !== null && (target < 0 || target > MAX_JITTER_BUFFER_TARGET_MILLIS)) {
      throw new RangeError(`${context}: The target is not between 0 and ${MAX_JITTER_BUFFER_TARGET_MILLIS} ms.`)
    }
    // 4. Set receiver's [[JitterBufferTarget]] to target.
    receiver.jitterBufferTarget = target
  }

  /** How the track is received: what was negotiated, as it is now. */
  getParameters(): RTCRtpReceiveParameters {
    const { context, mid, receiver } = this.#slots
    const negotiated = mid === null ? undefined : context.peer.negotiatedMedia(mid)
    return receiveParameters(receiver.receiveCodecs, negotiated)
  }

  /**
   * Those whose media was heard in the last ten seconds by way of a mixer, the latest first. Empty, as no media flows
   * yet.
   */
  getContributingSources(): RTCRtpContributingSource[] {
    return this.#slots.receiver.contributingSources.map((source) => ({ ...source }))
  }

  /** Those whose media arrived in the last ten seconds, the latest first. Empty, as no media flows yet. */
  getSynchronizationSources(): RTCRtpSynchronizationSource[] {
    return this.#slots.receiver.synchronizationSources.map((source) => ({ ...source }))
  }

  /**
   * What is known of the streams that it receives, and of everything that they refer to. Empty, as no media flows yet.
   */
  getStats(): Promise<RTCStatsReport> {
    return promiseOf(() => this.#slots.context.stats.report({ of: 'receiver', transceiver: this.#slots }))
  }

  /**
   * Where encoded frames pass through (https://www.w3.org/TR/webrtc-encoded-transform/): always null, for we have no kind
   * of transform.
   */
  get transform(): null {
    return this.#slots.receiver.transform
  }

  set transform(value: null) {
    this.#slots.receiver.transform = noTransform(value, "Failed to set the 'transform' property on 'RTCRtpReceiver'")
  }

  static {
    receiverOf = (slots) => {
      const object = RTCRtpReceiver.#objects.get(slots) ?? new RTCRtpReceiver(slots)
      RTCRtpReceiver.#objects.set(slots, object)
      return object
    }
    isRtcRtpReceiver = (value): value is RTCRtpReceiver => isObject(value) && #slots in value
    defineInterface(this, 'RTCRtpReceiver', { lengths: { getCapabilities: 1 } })
  }
}
