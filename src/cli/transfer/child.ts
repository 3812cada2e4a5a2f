import { RTCPeerConnection } from '../../index.js'
import { negotiate } from '../negotiation.js'
import { epochMillis, observeConnection } from '../observe.js'
import type { Step } from '../demo-protocol.js'
import type { ChildMessage, ParentMessage } from './process-messages.js'

/** What both processes of the transfer have in common: a connection, observed, whose signals go through the parent. */
export const connection = new RTCPeerConnection()

export function tellParent(message: ChildMessage): void {
  if (process.connected) process.send?.(message)
}

export function fail(reason: unknown): void {
  tellParent({ type: 'failed', reason: reason instanceof Error ? reason.message : String(reason) })
}

export function tellStep(step: Step): void {
  tellParent({ type: 'step', step })
}

/** A step that is not an event: a call of ours, and what was true when it returned. */
export function report(what: string): void {
  tellStep({ what, at: epochMillis() })
}

/** Closes the connection, tells of it, and lets go of the parent: its channel is the last thing that keeps us alive. */
export function closeConnection(): void {
  if (connection.connectionState === 'closed') return
  report('connection.close() …')
  connection.close()
  report(`… returned: connectionState "${connection.connectionState}"`)
  process.disconnect()
}

observeConnection(connection, tellStep)
const takeSignal = negotiate(
  connection,
  (signal) => {
    tellParent({ type: 'signal', signal })
  },
  fail,
)
process.on('message', (message: ParentMessage) => {
  takeSignal(message.signal)
})
