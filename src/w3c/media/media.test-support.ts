import type { MediaKind } from '../../jsep/media-types.js'
import { createTrack, type MediaStreamTrack } from './media-stream-track.js'
import { SourceSlots, type SourceInit } from './source-slots.js'

/** A queue of tasks that the test runs itself. */
export class ManualTasks {
  readonly #waiting: (() => void)[] = []

  readonly queueTask = (steps: () => void): void => void this.#waiting.push(steps)

  get length(): number {
    return this.#waiting.length
  }

  /** Runs what was queued before the call. */
  run(): void {
    for (const steps of this.#waiting.splice(0)) steps()
  }
}

export function localTrack(kind: MediaKind, init: Omit<SourceInit, 'kind'> = {}): MediaStreamTrack {
  return createTrack({ kind, source: new SourceSlots({ kind, ...init }) })
}

/** The types of the events that come at a target, as they come. */
export function eventsAt(target: EventTarget, ...types: readonly string[]): string[] {
  const seen: string[] = []
  for (const type of types) target.addEventListener(type, () => seen.push(type))
  return seen
}
