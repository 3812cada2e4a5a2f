import { SparseMap } from '../core/index.js'
import { createStream, type MediaStream } from './media/media-stream.js'

/**
 * The MediaStreams that were created for a connection by the ids of remote descriptions. Those that neither a receiver
 * nor a script knows any more could be told apart from new ones by nobody: they are not kept.
 */
export class RemoteStreams {
  readonly #byId = new SparseMap<string, WeakRef<MediaStream>>()
  /** For tracks of peers that name no stream at all. */
  #defaultId: string | undefined

  get defaultId(): string {
    return (this.#defaultId ??= crypto.randomUUID())
  }

  /** "Unless a MediaStream object has previously been created with that id for this connection, create one." */
  withId(id: string): MediaStream {
    const known = this.#byId.get(id)?.deref()
    if (known !== undefined) return known
    const stream = createStream(id)
    this.#byId.set(id, new WeakRef(stream))
    return stream
  }

  /** Lets go of the ids whose streams are gone. */
  prune(): void {
    for (const [id, stream] of this.#byId) if (stream.deref() === undefined) this.#byId.delete(id)
  }
}
