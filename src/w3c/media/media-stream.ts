import { randomUUID } from 'node:crypto'
import {
  defineInterface,
  domString,
  instance,
  isIterable,
  isObject,
  requireArguments,
  sequence,
  TypedEventTarget,
  type EventHandler,
} from '../webidl/index.js'
import { cloneTrack, isMediaStreamTrack, trackSlotsOf, type MediaStreamTrack } from './media-stream-track.js'
import { MediaStreamTrackEvent } from './media-stream-track-event.js'

/**
 * The events of a stream, and what each is fired with.
 * @see https://www.w3.org/TR/mediacapture-streams/#event-summary
 */
export interface MediaStreamEventMap {
  /** The peer connection added a track. */
  addtrack: MediaStreamTrackEvent
  /** The peer connection removed a track. */
  removetrack: MediaStreamTrackEvent
}

class StreamSlots {
  readonly id: string
  readonly trackSet: Set<MediaStreamTrack>

  constructor(tracks: Iterable<MediaStreamTrack> = [], id: string = randomUUID()) {
    this.id = id
    this.trackSet = new Set(tracks)
  }
}

const CONSTRUCT = "Failed to construct 'MediaStream'"
const mediaStreamTrack = instance('MediaStreamTrack', isMediaStreamTrack)
const mediaStreamTracks = sequence(mediaStreamTrack)

export let isMediaStream: (value: unknown) => value is MediaStream
let slotsOf: (stream: MediaStream) => StreamSlots

/**
 * A set of tracks that belong together. `addtrack` and `removetrack` tell of what a peer connection added or removed; what
 * the application does itself fires nothing.
 * @see https://www.w3.org/TR/mediacapture-streams/#mediastream
 */
export class MediaStream extends TypedEventTarget<MediaStreamEventMap> {
  /** The peer connection added a track: not fired for {@link addTrack}. */
  declare onaddtrack: EventHandler<MediaStreamTrackEvent>
  /** The peer connection removed a track: not fired for {@link removeTrack}. */
  declare onremovetrack: EventHandler<MediaStreamTrackEvent>

  readonly #slots: StreamSlots

  /**
   * A stream of no tracks, of those of another stream, or of those given.
   * @throws TypeError when the argument is neither a MediaStream nor a sequence of tracks
   */
  constructor(...args: [] | [stream: MediaStream] | [tracks: Iterable<MediaStreamTrack>]) {
    const slots = args.length === 0 ? new StreamSlots() : slotsFrom(args[0])
    super()
    this.#slots = slots
  }

  /** A UUID, or for a stream of the peer the id that the peer gave it. */
  get id(): string {
    return this.#slots.id
  }

  /** Whether at least one track is live. */
  get active(): boolean {
    return [...this.#slots.trackSet].some((track) => !trackSlotsOf(track).isEnded)
  }

  /** A snapshot of the tracks whose kind is `audio`, in the order in which they were added. */
  getAudioTracks(): MediaStreamTrack[] {
    return [...this.#slots.trackSet].filter((track) => trackSlotsOf(track).kind === 'audio')
  }

  /** A snapshot of the tracks whose kind is `video`, in the order in which they were added. */
  getVideoTracks(): MediaStreamTrack[] {
    return [...this.#slots.trackSet].filter((track) => trackSlotsOf(track).kind === 'video')
  }

  /** A snapshot of all tracks, in the order in which they were added. */
  getTracks(): MediaStreamTrack[] {
    return [...this.#slots.trackSet]
  }

  /**
   * The track whose `id` is this; null where the stream has none.
   * @throws TypeError without an argument
   */
  getTrackById(...args: [trackId: string]): MediaStreamTrack | null {
    const { trackSet } = this.#slots
    const context = "Failed to execute 'getTrackById' on 'MediaStream'"
    requireArguments(args, 1, context)
    const id = domString(args[0], context)
    for (const track of trackSet) if (trackSlotsOf(track).id === id) return track
    return null
  }

  /**
   * Adds a track, without an event; one that is in the stream stays where it is.
   * @throws TypeError for what is no MediaStreamTrack
   */
  addTrack(...args: [track: MediaStreamTrack]): void {
    const { trackSet } = this.#slots
    const context = "Failed to execute 'addTrack' on 'MediaStream'"
    requireArguments(args, 1, context)
    trackSet.add(mediaStreamTrack(args[0], context))
  }

  /**
   * Removes a track, without an event; one that is not in the stream is ignored.
   * @throws TypeError for what is no MediaStreamTrack
   */
  removeTrack(...args: [track: MediaStreamTrack]): void {
    const { trackSet } = this.#slots
    const context = "Failed to execute 'removeTrack' on 'MediaStream'"
    requireArguments(args, 1, context)
    trackSet.delete(mediaStreamTrack(args[0], context))
  }

  /** A stream with an id of its own and clones of the tracks. */
  clone(): MediaStream {
    return new MediaStream([...this.#slots.trackSet].map(cloneTrack))
  }

  static {
    slotsOf = (stream) => stream.#slots
    isMediaStream = (value): value is MediaStream => isObject(value) && #slots in value
    defineInterface(this, 'MediaStream', {
      handlers: ['addtrack', 'removetrack'],
      isInstance: isMediaStream,
      lengths: { constructor: 0, getTrackById: 1, addTrack: 1, removeTrack: 1 },
    })
  }
}

function slotsFrom(argument: unknown): StreamSlots {
  if (argument instanceof StreamSlots) return argument
  if (isMediaStream(argument)) return new StreamSlots(slotsOf(argument).trackSet)
  if (isIterable(argument)) return new StreamSlots(mediaStreamTracks(argument, CONSTRUCT))
  throw new TypeError(`${CONSTRUCT}: The provided value is neither a MediaStream nor a sequence of tracks.`)
}

/** A stream of the user agent's, without tracks, of the id that the peer gave it. */
export function createStream(id?: string): MediaStream {
  const construct = MediaStream as new (slots: unknown) => MediaStream
  return new construct(new StreamSlots([], id))
}

/** "Add a track" (https://www.w3.org/TR/mediacapture-streams/#mediastream) by the user agent; fires `addtrack` in the call. */
export function addTrackToStream(stream: MediaStream, track: MediaStreamTrack): void {
  const { trackSet } = slotsOf(stream)
  if (trackSet.has(track)) return
  trackSet.add(track)
  stream.dispatchEvent(new MediaStreamTrackEvent('addtrack', { track }))
}

/** "Remove a track": by the user agent; fires `removetrack` in the call. */
export function removeTrackFromStream(stream: MediaStream, track: MediaStreamTrack): void {
  if (!slotsOf(stream).trackSet.delete(track)) return
  stream.dispatchEvent(new MediaStreamTrackEvent('removetrack', { track }))
}
