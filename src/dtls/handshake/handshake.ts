import type { NamedGroup } from '../../crypto/types.js'
import type { CipherSuite } from '../cipher-suites.js'
import type { Flight } from '../flight.js'
import type { RecordProtection } from '../record/record-protection.js'
import type { SrtpProfile } from '../types.js'
import type { HandshakeMessage } from './message.js'

/**
 * What the connection knows of a handshake, whatever its version and role: whole messages go in, in order, and each is
 * answered by a {@link Step}. Sockets, timers, fragments and records are not its business.
 */
export interface Handshake {
  /** The first flight of a client; a server waits. */
  start(): Step
  /** Whether a message of this type could have a place in this role and epoch. All others are dropped unseen. */
  admits(type: number, epoch: number): boolean
  receive(message: HandshakeMessage): Step
  /** The peer's chain, DER; empty until it matched. */
  readonly remoteCertificates: readonly Uint8Array[]
  /** Is there when the handshake is done, and needs nothing else of it. */
  readonly exporter: KeyingMaterialExporter | undefined
}

/** RFC 5705. */
export interface KeyingMaterialExporter {
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Uint8Array
}

/** What follows from a message. All that is there is done, in this order. */
export interface Step {
  /** The message was none: forget that it came, in case that somebody else sent it. */
  readonly malformed?: boolean
  readonly failure?: HandshakeFailure
  readonly readKeys?: EpochKeys
  readonly writeKeys?: EpochKeys
  /** Replaces the flight before. */
  readonly flight?: Flight
  readonly connected?: Negotiated
}

export interface EpochKeys {
  readonly epoch: number
  readonly protection: RecordProtection
}

export interface HandshakeFailure {
  /** The alert that tells the peer. */
  readonly alert: number
  /** For the `ProtocolError`. */
  readonly code: 'dtls.fingerprint' | 'dtls.certificate' | 'dtls.handshake'
  readonly message: string
}

export interface Negotiated {
  readonly version: 'DTLS 1.2' | 'DTLS 1.3'
  readonly cipherSuite: CipherSuite['name']
  readonly group: NamedGroup
  readonly srtpProfile: SrtpProfile | undefined
  /** The one of ours that was used, DER; empty where a client has none. */
  readonly localCertificate: Uint8Array
}

export const WAIT: Step = {}
export const MALFORMED: Step = { malformed: true }

export function fail(alert: number, message: string, code: HandshakeFailure['code'] = 'dtls.handshake'): Step {
  return { failure: { alert, code, message } }
}
