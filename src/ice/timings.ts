import type { IceTimings } from './types.js'

export const DEFAULT_ICE_TIMINGS: IceTimings = {
  paceMillis: 50,
  disconnectedAfterMillis: 2500,
  consentExpiryMillis: 30_000,
  failedAfterMillis: 15_000,
}

/** RFC 8445 §14.3: an RTO is never shorter. */
export const MIN_RTO_MILLIS = 500
