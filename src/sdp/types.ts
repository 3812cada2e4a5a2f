/** A whole description; the helper that owns this room completes it. */
export interface SessionDescription {
  readonly media: readonly unknown[]
}
