import { randomUUID } from 'node:crypto'
import type { MediaKind } from '../../jsep/media-types.js'
import type { MediaTrackConstraints, MediaTrackSettings } from './media-track-constraints.js'
import type { SourcedTrack, SourceSlots } from './source-slots.js'

/**
 * Whether a track may still provide media, or never will again.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrackstate
 */
export type MediaStreamTrackState = 'live' | 'ended'

/** Settings that stay readable once a track has ended: the list of inherent constrainable track properties. */
const INHERENT = ['deviceId', 'facingMode', 'groupId'] as const

/** The internal slots of a MediaStreamTrack (https://www.w3.org/TR/mediacapture-streams/#track-slots). */
export class TrackSlots implements SourcedTrack {
  /** [[Source]] */
  readonly source: SourceSlots
  /** [[Id]] */
  readonly id: string
  /** The MediaStreamTrack. */
  object!: EventTarget
  /** [[Enabled]] */
  enabled = true
  contentHint = ''
  /** [[Constraints]] */
  constraints: MediaTrackConstraints = {}
  #readyState: MediaStreamTrackState
  #muted: boolean

  /** Steps 1 and 2 of "create a MediaStreamTrack". */
  constructor(source: SourceSlots, id?: string, readyState: MediaStreamTrackState = 'live') {
    this.source = source
    this.id = id ?? randomUUID()
    this.#muted = source.muted
    this.#readyState = source.ended ? 'ended' : readyState
    if (this.#readyState === 'live') source.attach(this)
  }

  /** [[Kind]] */
  get kind(): MediaKind {
    return this.source.kind
  }

  /** [[Label]] */
  get label(): string {
    return this.source.label
  }

  /** [[Muted]] */
  get muted(): boolean {
    return this.#muted
  }

  /** [[ReadyState]] */
  get readyState(): MediaStreamTrackState {
    return this.#readyState
  }

  get isEnded(): boolean {
    return this.#readyState === 'ended'
  }

  /** [[Settings]] */
  get settings(): MediaTrackSettings {
    const { settings } = this.source
    if (!this.isEnded) return { ...settings }
    const inherent: MediaTrackSettings = {}
    for (const name of INHERENT) {
      const value = settings[name]
      if (value !== undefined) inherent[name] = value
    }
    return inherent
  }

  /**
   * "Set a track's muted state", from a task: fires `mute` or `unmute` in the call. It is the source that is muted, so
   * the clones of the track follow.
   */
  setMuted(newState: boolean): void {
    this.source.setMuted(newState)
  }

  /** The source ends for good: this track and its clones become `ended` and say so in queued tasks. */
  end(): void {
    this.source.end()
  }

  /** https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-stop: at once, without an event. */
  stop(): void {
    // 2. If track's [[ReadyState]] is "ended", abort these steps.
    if (this.isEnded) return
    // 3. Notify track's source that track is ended.
    this.source.detach(this)
    // 4. Set track's [[ReadyState]] to "ended".
    this.#readyState = 'ended'
  }

  /** https://www.w3.org/TR/mediacapture-streams/#set-track-muted */
  setMutedState(newState: boolean): void {
    // 2. If [[Muted]] is already newState, abort these steps.
    if (this.#muted === newState) return
    // 3. Set [[Muted]] to newState.
    this.#muted = newState
    // 4. and 5. Fire an event named mute or unmute.
    this.object.dispatchEvent(new Event(newState ? 'mute' : 'unmute'))
  }

  /** The steps that are queued when a track ends for any other reason than stop(). */
  endBySource(): void {
    if (this.isEnded) return
    this.source.detach(this)
    this.#readyState = 'ended'
    this.object.dispatchEvent(new Event('ended'))
  }

  /** https://www.w3.org/TR/mediacapture-streams/#clone-a-track, without the object. */
  clone(): TrackSlots {
    const clone = new TrackSlots(this.source, undefined, this.#readyState)
    // The algorithm has no step for these two, but "always enabled unless stated otherwise (for example when cloned)".
    clone.enabled = this.enabled
    clone.contentHint = this.contentHint
    clone.constraints = structuredClone(this.constraints)
    return clone
  }
}
