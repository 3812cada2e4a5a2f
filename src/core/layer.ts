/** Milliseconds; as a point in time, on a monotonic clock whose origin only the driver knows. */
export type Millis = number

/**
 * What every protocol of this stack is: a synchronous state machine. Bytes and time come in as arguments of its own
 * inputs (`receive(now, bytes…)`, `send(…)`, `close(…)`); bytes, deadlines and events are asked for here.
 *
 * The caller mutates, then drains: inputs first, then `pollTransmit` until it is empty, then `pollEvent` until it is
 * empty, then it arms one timer for `nextTimeout()`.
 */
export interface Layer<Out, Event> {
  /** The absolute time at which {@link handleTimeout} wants to be called; `Infinity` when idle. */
  nextTimeout(): Millis
  /** Runs everything that is due at `now`. Calling it early is harmless. */
  handleTimeout(now: Millis): void
  /** The next thing to send, built at the last moment; `undefined` when there is none for now. */
  pollTransmit(now: Millis): Out | undefined
  /** The next thing that happened, in order; `undefined` when all have been told. */
  pollEvent(): Event | undefined
}
