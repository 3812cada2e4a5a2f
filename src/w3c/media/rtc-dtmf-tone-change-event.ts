import { eventInitMembers, type EventInit } from '../event-init.js'
import { defaulted, defineInterface, dictionary, domString, requireArguments } from '../webidl/index.js'

/**
 * What an RTCDTMFToneChangeEvent is constructed with.
 * @see https://www.w3.org/TR/webrtc/#dom-rtcdtmftonechangeeventinit
 */
export interface RTCDTMFToneChangeEventInit extends EventInit {
  /** The tone that begins. Default empty: there are no more. */
  tone?: string
}

const toneChangeEventInit = dictionary<RTCDTMFToneChangeEventInit>(
  'RTCDTMFToneChangeEventInit',
  {
    ...eventInitMembers,
    tone: defaulted(domString, () => ''),
  },
  eventInitMembers,
)

const CONTEXT = "Failed to construct 'RTCDTMFToneChangeEvent'"

/**
 * Tells that a tone began, or with an empty `tone` that there are no more.
 * @see https://www.w3.org/TR/webrtc/#rtcdtmftonechangeevent
 */
export class RTCDTMFToneChangeEvent extends Event {
  readonly #tone: string

  /** @throws TypeError without a type, and for what does not convert */
  constructor(...args: [type: string, eventInitDict?: RTCDTMFToneChangeEventInit]) {
    requireArguments(args, 1, CONTEXT)
    const { tone = '', ...init } = toneChangeEventInit(args[1], CONTEXT)
    super(domString(args[0], CONTEXT), init)
    this.#tone = tone
  }

  /** One character; `,` for the pause of two seconds, empty when there are no more. */
  get tone(): string {
    return this.#tone
  }

  static {
    defineInterface(this, 'RTCDTMFToneChangeEvent', { lengths: { constructor: 1 } })
  }
}
