import type { DtlsTransportState } from '../dtls/types.js'
import type { RTCErrorEvent } from './rtc-error-event.js'
import type { IceTransportSlots, RTCIceTransport } from './rtc-ice-transport.js'
import { defineInterface, isObject, TypedEventTarget, type EventHandler } from './webidl/index.js'

/**
 * How far the handshake is, and how it ended: `closed` by either side, or `failed`.
 * @see https://www.w3.org/TR/webrtc/#rtcdtlstransportstate-enum
 */
export type RTCDtlsTransportState = DtlsTransportState

/** The events of a DTLS transport, and what each is fired with. */
export interface RTCDtlsTransportEventMap {
  /** The handshake failed, or a fatal alert ended the transport. */
  error: RTCErrorEvent
  /** `state` changed. */
  statechange: Event
}

/** The internal slots of an RTCDtlsTransport; the connection changes them in queued tasks. */
export class DtlsTransportSlots {
  #object: RTCDtlsTransport | undefined
  readonly ice: IceTransportSlots
  state: RTCDtlsTransportState = 'new'
  remoteCertificates: readonly Uint8Array[] = []

  constructor(ice: IceTransportSlots) {
    this.ice = ice
  }

  /** Made when a script first asks for it: most never do. */
  get object(): RTCDtlsTransport {
    return (this.#object ??= createDtlsTransport(this))
  }

  /** Undefined while none has: there is nobody to hear of an event. */
  get known(): RTCDtlsTransport | undefined {
    return this.#object
  }
}

let createDtlsTransport: (slots: DtlsTransportSlots) => RTCDtlsTransport

/**
 * What is known of the DTLS transport (RFC 6347) that protects a connection.
 * @see https://www.w3.org/TR/webrtc/#rtcdtlstransport-interface
 */
export class RTCDtlsTransport extends TypedEventTarget<RTCDtlsTransportEventMap> {
  /** `state` changed. */
  declare onstatechange: EventHandler
  /** The handshake failed, or a fatal alert ended the transport. */
  declare onerror: EventHandler<RTCErrorEvent>

  readonly #slots: DtlsTransportSlots

  private constructor(...[slots]: [DtlsTransportSlots?]) {
    if (!(slots instanceof DtlsTransportSlots)) {
      throw new TypeError("Failed to construct 'RTCDtlsTransport': Illegal constructor")
    }
    super()
    this.#slots = slots
  }

  /** What it sends its records over. */
  get iceTransport(): RTCIceTransport {
    return this.#slots.ice.object
  }

  /** Whether the handshake is still to come, under way, done, or over. */
  get state(): RTCDtlsTransportState {
    return this.#slots.state
  }

  /** The peer's certificates, DER, its own first; empty before `connected`. */
  getRemoteCertificates(): ArrayBuffer[] {
    return this.#slots.remoteCertificates.map((der) => der.slice().buffer)
  }

  static {
    createDtlsTransport = (slots) => new RTCDtlsTransport(slots)
    defineInterface(this, 'RTCDtlsTransport', {
      handlers: ['statechange', 'error'],
      isInstance: (value) => isObject(value) && #slots in value,
    })
  }
}
