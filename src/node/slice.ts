/** What one driver may do in a turn of the event loop. */
export const SLICE = {
  /** Transmits and events by turns; events get at least their own millisecond. */
  millis: 4,
  eventsMillis: 1,
  /** Where the clock stands still (a virtual one), and between two looks at it, the count is what ends a slice. */
  transmits: 216,
  /** What goes before events have a turn: one message of the batched path, 54 segments of 1,200 bytes in 65,487. */
  transmitsPerPass: 54,
  transmitsPerLookAtClock: 16,
  events: 1024,
  /** What `Driver.flush` sends at most, in the call itself; the rest follows in tasks. */
  flushTransmits: 4096,
} as const
