import type { MediaKind } from '../../jsep/media-types.js'
import { defaultIo } from '../../node/index.js'
import type { MediaTrackSettings } from './media-track-constraints.js'

export interface SourceInit {
  readonly kind: MediaKind
  readonly label?: string
  readonly muted?: boolean
  /** What its tracks are set to. */
  readonly settings?: MediaTrackSettings
  /** Of a peer connection: its tracks have no capabilities, and no constraint can be met. */
  readonly isRemote?: boolean
  /** Runs steps in a task of their own; this machine's by default. */
  readonly queueTask?: (steps: () => void) => void
}

/** What a source asks of the tracks that it provides. */
export interface SourcedTrack {
  /** "Set a track's muted state", in a task already. */
  setMutedState(newState: boolean): void
  /** The queued steps of a track that ends for another reason than stop(). */
  endBySource(): void
}

/**
 * What tracks get their media from (https://www.w3.org/TR/mediacapture-streams/#dfn-source): a remote peer, or an object
 * of the application. Muted and ended are states of the source that its tracks mirror.
 *
 *   live ──end()──▶ ended
 */
export class SourceSlots {
  readonly kind: MediaKind
  readonly label: string
  readonly isRemote: boolean
  settings: Readonly<MediaTrackSettings>
  readonly #queueTask: (steps: () => void) => void
  /** Those that are live. */
  readonly #tracks = new Set<SourcedTrack>()
  #muted: boolean
  #ended = false

  constructor({ kind, label = '', muted = false, settings = {}, isRemote = false, queueTask }: SourceInit) {
    this.kind = kind
    this.label = label
    this.isRemote = isRemote
    this.settings = settings
    this.#muted = muted
    const io = defaultIo()
    this.#queueTask = queueTask ?? ((steps) => io.queueTask(steps))
  }

  get muted(): boolean {
    return this.#muted
  }

  /** It will never provide anything again. */
  get ended(): boolean {
    return this.#ended
  }

  /** Whether a live track depends on it; a source without is stopped, but may provide further tracks. */
  get active(): boolean {
    return this.#tracks.size > 0
  }

  attach(track: SourcedTrack): void {
    this.#tracks.add(track)
  }

  detach(track: SourcedTrack): void {
    this.#tracks.delete(track)
  }

  queueTask(steps: () => void): void {
    this.#queueTask(steps)
  }

  /** At once, events included: in a task already. */
  setMuted(newState: boolean): void {
    this.#muted = newState
    for (const track of [...this.#tracks]) track.setMutedState(newState)
  }

  /** The source is in the new state now; its tracks follow in a queued task. */
  queueMuted(newState: boolean): void {
    if (newState === this.#muted) return
    this.#muted = newState
    this.#queueTask(() => {
      for (const track of [...this.#tracks]) track.setMutedState(newState)
    })
  }

  /** Its tracks end in a queued task each. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const track of this.#tracks) this.#queueTask(() => track.endBySource())
  }
}
