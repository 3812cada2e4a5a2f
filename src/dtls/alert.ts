/**
 * Alerts (RFC 5246 §7.2): two bytes, a level and a description.
 */
export interface Alert {
  readonly level: number
  readonly description: number
}

export const ALERT_WARNING = 1
export const ALERT_FATAL = 2

export const CLOSE_NOTIFY = 0
export const UNEXPECTED_MESSAGE = 10
export const HANDSHAKE_FAILURE = 40
export const BAD_CERTIFICATE = 42
export const UNSUPPORTED_CERTIFICATE = 43
export const ILLEGAL_PARAMETER = 47
export const DECRYPT_ERROR = 51
export const PROTOCOL_VERSION = 70
export const NO_RENEGOTIATION = 100
export const UNSUPPORTED_EXTENSION = 110

const NAMES: Readonly<Record<number, string>> = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  21: 'decryption_failed',
  22: 'record_overflow',
  40: 'handshake_failure',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  100: 'no_renegotiation',
  109: 'missing_extension',
  110: 'unsupported_extension',
  116: 'certificate_required',
  120: 'no_application_protocol',
}

/** For people: the registered name with its number. */
export function alertName(description: number): string {
  return `${NAMES[description] ?? 'unknown'} (${description})`
}

export function parseAlert(fragment: Uint8Array): Alert | undefined {
  // RFC 6347 §4.2: alerts are not fragmented, and nobody joins two in a record.
  if (fragment.length !== 2) return undefined
  const level = fragment[0]!
  return level === ALERT_WARNING || level === ALERT_FATAL ? { level, description: fragment[1]! } : undefined
}

export function writeAlert(alert: Alert): Uint8Array {
  return Uint8Array.of(alert.level, alert.description)
}
