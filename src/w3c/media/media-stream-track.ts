import type { MediaKind } from '../../jsep/media-types.js'
import {
  boolean,
  defineInterface,
  domString,
  isObject,
  promiseOf,
  TypedEventTarget,
  type EventHandler,
} from '../webidl/index.js'
import { capabilitiesOf, failedConstraint } from './apply-constraints.js'
import {
  mediaTrackConstraints,
  type MediaTrackCapabilities,
  type MediaTrackConstraints,
  type MediaTrackSettings,
} from './media-track-constraints.js'
import { OverconstrainedError } from './overconstrained-error.js'
import { SourceSlots } from './source-slots.js'
import { TrackSlots, type MediaStreamTrackState } from './track-slots.js'

export type { MediaStreamTrackState } from './track-slots.js'

/**
 * The events of a track, and what each is fired with.
 * @see https://www.w3.org/TR/mediacapture-streams/#event-summary
 */
export interface MediaStreamTrackEventMap {
  /** The source ended, for another reason than `stop()`. */
  ended: Event
  /** The source has nothing to give for now. */
  mute: Event
  /** The source gives media again. */
  unmute: Event
}

/** What the track is of, per kind (https://www.w3.org/TR/mst-content-hint/). */
const CONTENT_HINTS: Readonly<Record<MediaKind, readonly string[]>> = {
  audio: ['', 'speech', 'speech-recognition', 'music'],
  video: ['', 'motion', 'detail', 'text'],
}

export let isMediaStreamTrack: (value: unknown) => value is MediaStreamTrack
let createTrackObject: (slots: TrackSlots) => MediaStreamTrack
/** @throws TypeError for anything but a MediaStreamTrack of ours */
export let trackSlotsOf: (track: MediaStreamTrack) => TrackSlots

/**
 * Audio or video of one source, live or ended. `ended`, `mute` and `unmute` fire when the source ends, is muted or is
 * heard again; stop() fires nothing.
 * @see https://www.w3.org/TR/mediacapture-streams/#mediastreamtrack
 */
export class MediaStreamTrack extends TypedEventTarget<MediaStreamTrackEventMap> {
  /** The source has nothing to give for now: `muted` is true. */
  declare onmute: EventHandler
  /** The source gives media again: `muted` is false. */
  declare onunmute: EventHandler
  /** The source ended, for another reason than {@link stop}. */
  declare onended: EventHandler

  readonly #slots: TrackSlots

  private constructor(...[slots]: [TrackSlots?]) {
    if (!(slots instanceof TrackSlots))
      throw new TypeError("Failed to construct 'MediaStreamTrack': Illegal constructor")
    super()
    this.#slots = slots
    slots.object = this
  }

  /** `audio` or `video`. */
  get kind(): string {
    return this.#slots.kind
  }

  /** A UUID, unless the source of the track names it otherwise. */
  get id(): string {
    return this.#slots.id
  }

  /** The name of its source: what the application gave it, or `remote audio`, `remote video`. */
  get label(): string {
    return this.#slots.label
  }

  /**
   * Whether media of the source is to pass, or silence and black frames. Initially true; without effect, as no media
   * flows yet.
   */
  get enabled(): boolean {
    return this.#slots.enabled
  }

  set enabled(value: boolean) {
    this.#slots.enabled = boolean(value)
  }

  /** Whether the source is unable to provide media at present. Tracks of the peer stay muted, as no media flows yet. */
  get muted(): boolean {
    return this.#slots.muted
  }

  /** `live` until {@link stop}, or until the source ends; then `ended`, for good. */
  get readyState(): MediaStreamTrackState {
    return this.#slots.readyState
  }

  /**
   * What the track is of: for audio `speech`, `speech-recognition` or `music`, for video `motion`, `detail` or `text`, or
   * empty. Other values are ignored.
   * @see https://www.w3.org/TR/mst-content-hint/
   */
  get contentHint(): string {
    return this.#slots.contentHint
  }

  set contentHint(value: string) {
    const slots = this.#slots
    const hint = domString(value, "Failed to set the 'contentHint' property on 'MediaStreamTrack'")
    if (CONTENT_HINTS[slots.kind].includes(hint)) slots.contentHint = hint
  }

  /** A track of the same source with an id of its own, live or ended as this one is. */
  clone(): MediaStreamTrack {
    return cloneTrack(this)
  }

  /** Ends the track, without an event. */
  stop(): void {
    this.#slots.stop()
  }

  /** What the track can be set to: to what the source says it is. Empty for remote tracks. */
  getCapabilities(): MediaTrackCapabilities {
    const { source } = this.#slots
    return source.isRemote ? {} : capabilitiesOf(source.settings)
  }

  /** A copy of what the last successful {@link applyConstraints} was given; empty before. */
  getConstraints(): MediaTrackConstraints {
    return structuredClone(this.#slots.constraints)
  }

  /**
   * What the track is set to. Empty for tracks of the peer; once it has ended, what does not change alone (`deviceId`,
   * `facingMode`, `groupId`).
   */
  getSettings(): MediaTrackSettings {
    return this.#slots.settings
  }

  /**
   * Asks the source for settings. Sources cannot be set: resolves where it says of itself what `exact`, `min` and `max`
   * require, and rejects with an OverconstrainedError, which names the constraint, where it does not. Resolves, and
   * changes nothing, once the track has ended. Rejects with a TypeError for what does not convert.
   * @see https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-applyconstraints
   */
  applyConstraints(constraints: MediaTrackConstraints = {}): Promise<void> {
    return promiseOf(() => {
      const slots = this.#slots
      const newConstraints = mediaTrackConstraints(
        constraints,
        "Failed to execute 'applyConstraints' on 'MediaStreamTrack'",
      )
      if (slots.isEnded) return Promise.resolve()
      return applyConstraints(slots, newConstraints)
    })
  }

  static {
    trackSlotsOf = (track) => track.#slots
    createTrackObject = (slots) => new MediaStreamTrack(slots)
    isMediaStreamTrack = (value): value is MediaStreamTrack => isObject(value) && #slots in value
    defineInterface(this, 'MediaStreamTrack', {
      handlers: ['mute', 'unmute', 'ended'],
      isInstance: isMediaStreamTrack,
      lengths: { applyConstraints: 0 },
    })
  }
}

/** https://www.w3.org/TR/mediacapture-streams/#dom-constrainablepattern-applyconstraints, from step 4. */
function applyConstraints(slots: TrackSlots, newConstraints: MediaTrackConstraints): Promise<void> {
  const failed = failedConstraint(slots.settings, newConstraints)
  return new Promise((resolve, reject) => {
    slots.source.queueTask(() => {
      if (failed !== undefined) {
        reject(new OverconstrainedError(failed, `The source of the track does not meet '${failed}'.`))
        return
      }
      slots.constraints = newConstraints
      resolve()
    })
  })
}

export interface TrackInit {
  readonly kind: MediaKind
  readonly label?: string
  /** A UUID by default. */
  readonly id?: string
  readonly muted?: boolean
  /** Where it is absent, the track has a remote source of its own, of this kind and label. */
  readonly source?: SourceSlots
  /** Runs steps in a task of their own; a connection's tracks use those of its driver. */
  readonly queueTask?: (steps: () => void) => void
}

/** https://www.w3.org/TR/mediacapture-streams/#create-a-mediastreamtrack */
export function createTrack({ source, id, ...init }: TrackInit): MediaStreamTrack {
  return createTrackObject(new TrackSlots(source ?? new SourceSlots({ ...init, isRemote: true }), id))
}

/** https://www.w3.org/TR/mediacapture-streams/#clone-a-track */
export function cloneTrack(track: MediaStreamTrack): MediaStreamTrack {
  return createTrackObject(trackSlotsOf(track).clone())
}
