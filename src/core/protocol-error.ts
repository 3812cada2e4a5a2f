/**
 * Why a protocol ended. Carried by the `closed`/`failed` events of the layers and never thrown: the W3C layer alone
 * turns it into the exceptions that applications see.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'

  /** A stable, dotted identifier, for instance `dtls.alert` or `sctp.abort`. */
  readonly code: string
  /** Numbers that the W3C layer reports. */
  readonly details: ProtocolErrorDetails

  /** @param message what was wrong and what was expected, in words */
  constructor(code: string, message: string, details: ProtocolErrorDetails = {}) {
    super(message)
    this.code = code
    this.details = details
  }
}

export interface ProtocolErrorDetails {
  /** The SCTP error cause code of an ABORT or ERROR (RFC 9260 §3.3.10). */
  readonly sctpCauseCode?: number
  /** The alert description that the peer sent (RFC 8446 §6). */
  readonly receivedAlert?: number
  /** The alert description that we sent. */
  readonly sentAlert?: number
}
