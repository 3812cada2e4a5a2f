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

/** Speaks with the parent until the parent has nothing more to say. */
export function tellParent(message: ChildMessage): void {
  if (process.connected) process.send?.(message)
}

export function onSignal(listener: (signal: Signal) => void): void {
  process.on('message', (message: ParentMessage) => {
    listener(message.signal)
  })
}
