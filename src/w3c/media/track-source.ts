import type { MediaKind } from '../../jsep/media-types.js'
import { boolean } from '../webidl/index.js'
import type { MediaTrackSettings } from './media-track-constraints.js'
import { createTrack, type MediaStreamTrack } from './media-stream-track.js'
import { SourceSlots, type SourceInit } from './source-slots.js'

/** Whether a source may still provide media, or never will again. */
export type TrackSourceState = 'live' | 'ended'

/**
 * An extension of ours: where tracks of the application come from, as a capture device is in a browser. All tracks of a
 * source are muted with it and end with it; each can be stopped by itself.
 */
export abstract class TrackSource {
  readonly #slots: SourceSlots

  /** @internal */
  constructor(init: SourceInit) {
    this.#slots = new SourceSlots(init)
  }

  /** `audio` or `video`, as that of its tracks. */
  get kind(): MediaKind {
    return this.#slots.kind
  }

  /** The label of its tracks. */
  get label(): string {
    return this.#slots.label
  }

  /**
   * Whether the source has nothing to give at present. Setting it tells the tracks with `mute` or `unmute`, in a task of
   * its own.
   */
  get muted(): boolean {
    return this.#slots.muted
  }

  set muted(value: boolean) {
    this.#slots.queueMuted(boolean(value))
  }

  /** `ended` after {@link end}. */
  get readyState(): TrackSourceState {
    return this.#slots.ended ? 'ended' : 'live'
  }

  /** Whether a track of the source is live: while none is, nobody takes what it would give. */
  get active(): boolean {
    return this.#slots.active
  }

  /** What its tracks are set to. */
  getSettings(): MediaTrackSettings {
    return { ...this.#slots.settings }
  }

  /** A further track; one that has ended, if the source has. */
  createTrack(): MediaStreamTrack {
    return createTrack({ kind: this.#slots.kind, source: this.#slots })
  }

  /** Ends the source for good: its tracks become `ended` and say so, in a task each. Idempotent. */
  end(): void {
    this.#slots.end()
  }
}
