import type { Signal, Step } from '../demo-protocol.js'

export type Side = 'sender' | 'receiver'

export interface ObservedStep extends Step {
  readonly side: Side
}

/** What a child process tells its parent. */
export type ChildMessage =
  | { readonly type: 'signal'; readonly signal: Signal }
  | { readonly type: 'step'; readonly step: Step }
  | { readonly type: 'progress'; readonly bytes: number }
  | { readonly type: 'digest'; readonly sha256: string }
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'failed'; readonly reason: string }

/** What the parent passes to a child: only the other child's signals. */
export interface ParentMessage {
  readonly type: 'signal'
  readonly signal: Signal
}
