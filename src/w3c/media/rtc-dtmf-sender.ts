import type { Driver, IoTimer } from '../../node/index.js'
import {
  defineInterface,
  domString,
  isObject,
  requireArguments,
  TypedEventTarget,
  unsignedLong,
  type EventHandler,
} from '../webidl/index.js'
import { RTCDTMFToneChangeEvent } from './rtc-dtmf-tone-change-event.js'

/**
 * The events of a DTMF sender, and what each is fired with.
 * @see https://www.w3.org/TR/webrtc/#event-RTCDTMFSender-tonechange
 */
export interface RTCDTMFSenderEventMap {
  /** A tone begins, or, with an empty `tone`, the last one is over. */
  tonechange: RTCDTMFToneChangeEvent
}

/** What DTMF wants of the RTCRtpSender that it belongs to. */
export interface DtmfContext {
  readonly driver: Pick<Driver, 'now' | 'queueTask' | 'createTimer'>
  /** https://www.w3.org/TR/webrtc/#dfn-determine-if-dtmf-can-be-sent */
  readonly canSend: () => boolean
}

const DEFAULT_DURATION_MILLIS = 100
const DEFAULT_GAP_MILLIS = 70
const MIN_DURATION_MILLIS = 40
const MIN_GAP_MILLIS = 30
/** Of both. */
const MAX_MILLIS = 6000
/** What a comma waits for. */
const PAUSE_MILLIS = 2000
const UNRECOGNIZED = /[^0-9A-D#*,]/

class DtmfSlots {
  readonly #context: DtmfContext
  readonly #timer: IoTimer
  target!: EventTarget
  /** [[ToneBuffer]] */
  toneBuffer = ''
  /** [[Duration]] */
  #durationMillis = DEFAULT_DURATION_MILLIS
  /** [[InterToneGap]] */
  #gapMillis = DEFAULT_GAP_MILLIS
  #playoutScheduled = false

  constructor(context: DtmfContext) {
    this.#context = context
    this.#timer = context.driver.createTimer(() => this.#playout())
  }

  canSend(): boolean {
    return this.#context.canSend()
  }

  /** https://www.w3.org/TR/webrtc/#dom-rtcdtmfsender-insertdtmf */
  insert(tones: string, durationMillis: number, gapMillis: number): void {
    // 4. If it cannot be sent, throw an InvalidStateError.
    if (!this.canSend()) throw new DOMException('DTMF cannot be sent now.', 'InvalidStateError')
    // a to d are normalized to uppercase on entry.
    const normalized = tones.replace(/[a-d]/g, (tone) => tone.toUpperCase())
    // 8. If tones contains any unrecognized characters, throw an InvalidCharacterError.
    if (UNRECOGNIZED.test(normalized)) {
      throw new DOMException(`'${tones}' has characters that are no tones.`, 'InvalidCharacterError')
    }
    // 9. to 15. Set the slots, times limited.
    this.toneBuffer = normalized
    this.#durationMillis = Math.min(Math.max(durationMillis, MIN_DURATION_MILLIS), MAX_MILLIS)
    this.#gapMillis = Math.min(Math.max(gapMillis, MIN_GAP_MILLIS), MAX_MILLIS)
    // 16. If [[ToneBuffer]] is empty, abort these steps.
    if (normalized === '') return
    // 17. If the playout task is scheduled, abort these steps; otherwise queue it.
    if (this.#playoutScheduled) return
    this.#playoutScheduled = true
    this.#context.driver.queueTask(() => this.#playout())
  }

  /** The DTMF playout task steps. */
  #playout(): void {
    this.#playoutScheduled = false
    // 1. If DTMF cannot be sent, abort these steps.
    if (!this.canSend()) return
    // 2. If [[ToneBuffer]] is empty, fire tonechange with an empty tone, and abort these steps.
    const tone = this.toneBuffer.slice(0, 1)
    if (tone !== '') {
      // 3. Remove the first character.
      this.toneBuffer = this.toneBuffer.slice(1)
      // 4. and 5. Run these steps again when a pause, or the tone and the gap behind it, are over.
      this.#playoutScheduled = true
      const delayMillis = tone === ',' ? PAUSE_MILLIS : this.#durationMillis + this.#gapMillis
      this.#timer.arm(this.#context.driver.now() + delayMillis)
    }
    // 6. Fire tonechange with tone.
    this.target.dispatchEvent(new RTCDTMFToneChangeEvent('tonechange', { tone }))
  }
}

const CONTEXT = "Failed to execute 'insertDTMF' on 'RTCDTMFSender'"

/** https://www.w3.org/TR/webrtc/#dfn-create-an-rtcdtmfsender */
export let createDtmfSender: (context: DtmfContext) => RTCDTMFSender

/**
 * The keypad tones of an audio sender (RFC 4733). `tonechange` fires when a tone begins, and once more after the last.
 * The times are kept, but no tone is sent, as no media flows yet.
 * @see https://www.w3.org/TR/webrtc/#rtcdtmfsender
 */
export class RTCDTMFSender extends TypedEventTarget<RTCDTMFSenderEventMap> {
  /** A tone begins, or, with an empty `tone`, the last one is over. */
  declare ontonechange: EventHandler<RTCDTMFToneChangeEvent>

  readonly #slots: DtmfSlots

  private constructor(...[slots]: [DtmfSlots?]) {
    if (!(slots instanceof DtmfSlots)) throw new TypeError("Failed to construct 'RTCDTMFSender': Illegal constructor")
    super()
    this.#slots = slots
    slots.target = this
  }

  /** Whether the connection is there, the sender sends, and the peer takes `audio/telephone-event`. */
  get canInsertDTMF(): boolean {
    return this.#slots.canSend()
  }

  /** The tones that have not begun yet. */
  get toneBuffer(): string {
    return this.#slots.toneBuffer
  }

  /**
   * Replaces the tones that have not begun yet: any of `0` to `9`, `A` to `D`, `#`, `*`, and `,` for a pause of two
   * seconds. `duration` (40 to 6000, by default 100) and `interToneGap` (30 to 6000, by default 70) are milliseconds, and
   * are limited to that.
   * @throws DOMException `InvalidStateError` when DTMF cannot be sent, `InvalidCharacterError` for other tones
   */
  insertDTMF(...args: [tones: string, duration?: number, interToneGap?: number]): void {
    const slots = this.#slots
    requireArguments(args, 1, CONTEXT)
    const [tones, duration = DEFAULT_DURATION_MILLIS, interToneGap = DEFAULT_GAP_MILLIS] = args
    const converted = domString(tones, CONTEXT)
    slots.insert(converted, unsignedLong(duration, CONTEXT), unsignedLong(interToneGap, CONTEXT))
  }

  static {
    createDtmfSender = (context) => new RTCDTMFSender(new DtmfSlots(context))
    defineInterface(this, 'RTCDTMFSender', {
      handlers: ['tonechange'],
      isInstance: (value) => isObject(value) && #slots in value,
      lengths: { insertDTMF: 1 },
    })
  }
}
