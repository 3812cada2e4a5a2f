import { ipFamily, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import { DtlsConnection } from '../dtls/index.js'
import type { VerifyServer } from '../ice/types.js'

export interface ServerAssociationOptions {
  readonly crypto: Crypto
  /** The name, or the address, that the certificate of the server has to be for. */
  readonly serverName: string
  readonly verify: VerifyServer
}

/** As long as a silent server is asked without DTLS: gathering does not wait longer for this one. */
const PATIENCE_MILLIS: Millis = 9500
/** RFC 8489 §6.2.1, as STUN itself: nothing is known of the way yet. Again after 0.5, 1, 2 and 4 s. */
const INITIAL_RETRANSMISSION_MILLIS: Millis = 500

const SILENT = 'The server did not answer.'
const SLOW = 'The DTLS handshake with the server did not get to its end in time.'
const GONE = 'The server ended the DTLS association.'

/**
 * DTLS between a socket and a STUN or TURN server (RFC 7350): one association for all that is asked of the server from there,
 * each message in a record of its own. Who the server is, its certificates say (§3), not a fingerprint.
 *
 *   new ──start──▶ connecting ──handshake──▶ open ──its end, or leave()──▶ over
 *    └────────────────┴── refused, silent, leave() ───────────────────────▲
 */
export class ServerAssociation {
  readonly #options: ServerAssociationOptions
  readonly #dtls: DtlsConnection
  #patience: Millis = Infinity
  #hasHeard = false
  /** Why it is over. */
  #reason: string | undefined

  constructor(options: ServerAssociationOptions) {
    this.#options = options
    const { crypto, serverName, verify } = options
    this.#dtls = new DtlsConnection({
      crypto,
      role: 'client',
      remoteFingerprints: [],
      srtpProfiles: [],
      verifyChain: (chain) => verify(serverName, chain),
      initialRetransmissionMillis: INITIAL_RETRANSMISSION_MILLIS,
      // RFC 6066 §3: addresses are not told.
      ...(ipFamily(serverName) === undefined && { serverName: serverName.replace(/\.$/, '') }),
    })
  }

  get isOpen(): boolean {
    return this.#dtls.state === 'connected'
  }

  /** Why it is over, in words; `undefined` as long as it is not. */
  get endReason(): string | undefined {
    return this.#reason
  }

  get counters(): Readonly<Record<string, number>> {
    return this.#dtls.counters
  }

  /** Another name may lead here: whether the server may bear it, too, once it is open. Why not, in words. */
  refusalOf(serverName: string): string | undefined {
    const { serverName: known, verify } = this.#options
    return serverName === known ? undefined : verify(serverName, this.#dtls.remoteCertificates)
  }

  start(now: Millis): void {
    if (this.#dtls.state !== 'new') return
    this.#patience = now + PATIENCE_MILLIS
    this.#dtls.start(now)
  }

  /** The messages in a datagram of the server's: copies, for a peer's record in one is opened in the same memory. */
  receive(now: Millis, datagram: Uint8Array): readonly Uint8Array[] {
    this.#hasHeard = true
    const alone = this.#dtls.open(now, datagram)
    return alone === undefined ? this.#takeEvents() : [alone.slice()]
  }

  /** A message as a record; `undefined` unless it is open. */
  seal(message: Uint8Array): Uint8Array | undefined {
    const record = this.#dtls.seal(message)
    this.#takeEvents() // a key that has sealed all it may ends it
    return record
  }

  nextTimeout(): Millis {
    return Math.min(this.#dtls.nextTimeout(), this.#patience)
  }

  handleTimeout(now: Millis): void {
    this.#dtls.handleTimeout(now)
    this.#takeEvents()
    if (now < this.#patience) return
    this.#reason ??= this.#hasHeard ? SLOW : SILENT
    this.leave(now)
  }

  pollTransmit(now: Millis): Uint8Array | undefined {
    const datagram = this.#dtls.pollTransmit(now)
    // Who was never heard is told no end.
    return this.#reason === undefined || this.#hasHeard ? datagram : undefined
  }

  /** Nothing more is asked: close_notify, which the next `pollTransmit` yields. */
  leave(now: Millis): void {
    this.#patience = Infinity
    this.#dtls.close(now)
    this.#takeEvents()
  }

  #takeEvents(): readonly Uint8Array[] {
    const messages: Uint8Array[] = []
    for (let event = this.#dtls.pollEvent(); event !== undefined; event = this.#dtls.pollEvent()) {
      if (event.type === 'data') messages.push(event.data)
      else this.#patience = Infinity
      if (event.type === 'failed') this.#reason ??= event.error.message
      if (event.type === 'closed') this.#reason ??= GONE
    }
    return messages
  }
}
