import type { DtlsTransportSlots, RTCDtlsTransport } from './rtc-dtls-transport.js'
import { defineInterface, isObject, TypedEventTarget, type EventHandler } from './webidl/index.js'

/** How far the association is: set up, there, or gone. @see https://www.w3.org/TR/webrtc/#rtcsctptransportstate-enum */
export type RTCSctpTransportState = 'connecting' | 'connected' | 'closed'

/** The events of an SCTP transport, and what each is fired with. */
export interface RTCSctpTransportEventMap {
  /** `state` changed. */
  statechange: Event
}

/** The internal slots of an RTCSctpTransport; the connection changes them in queued tasks. */
export class SctpTransportSlots {
  #object: RTCSctpTransport | undefined
  readonly dtls: DtlsTransportSlots
  state: RTCSctpTransportState = 'connecting'
  maxMessageSizeBytes: number | null = null
  maxChannels: number | null = null

  constructor(dtls: DtlsTransportSlots) {
    this.dtls = dtls
  }

  /** Made when a script first asks for it: most never do. */
  get object(): RTCSctpTransport {
    return (this.#object ??= createSctpTransport(this))
  }

  /** Undefined while none has: there is nobody to hear of an event. */
  get known(): RTCSctpTransport | undefined {
    return this.#object
  }
}

let createSctpTransport: (slots: SctpTransportSlots) => RTCSctpTransport

/**
 * What is known of the SCTP association (RFC 9260, RFC 8831) that carries the data channels.
 * @see https://www.w3.org/TR/webrtc/#rtcsctptransport-interface
 */
export class RTCSctpTransport extends TypedEventTarget<RTCSctpTransportEventMap> {
  /** `state` changed. */
  declare onstatechange: EventHandler

  readonly #slots: SctpTransportSlots

  private constructor(...[slots]: [SctpTransportSlots?]) {
    if (!(slots instanceof SctpTransportSlots)) {
      throw new TypeError("Failed to construct 'RTCSctpTransport': Illegal constructor")
    }
    super()
    this.#slots = slots
  }

  /** What protects its packets. */
  get transport(): RTCDtlsTransport {
    return this.#slots.dtls.object
  }

  /** Channels open when it is `connected`, and are closed when it is `closed`. */
  get state(): RTCSctpTransportState {
    return this.#slots.state
  }

  /** Bytes that one `send()` takes at most; Infinity before an answer was applied. */
  get maxMessageSize(): number {
    // Deviation: the slot is null until then, which the attribute's type, unrestricted double, does not have.
    return this.#slots.maxMessageSizeBytes ?? Infinity
  }

  /** How many channels can be open at once; null before `connected`. */
  get maxChannels(): number | null {
    return this.#slots.maxChannels
  }

  static {
    createSctpTransport = (slots) => new RTCSctpTransport(slots)
    defineInterface(this, 'RTCSctpTransport', {
      handlers: ['statechange'],
      isInstance: (value) => isObject(value) && #slots in value,
    })
  }
}
