/** What one driver may do in a turn of the event loop. */
export const SLICE = {
  /** Transmits, then events, which get at least their own millisecond. */
  millis: 4,
  eventsMillis: 1,
  /** Where the clock stands still (a virtual one), and between two looks at it, the count is what ends a slice. */
  transmits: 256,
  transmitsPerLookAtClock: 16,
  events: 1024,
  /** What `Driver.flush` sends at most, in the call itself; the rest follows in tasks. */
  flushTransmits: 4096,
} as const
