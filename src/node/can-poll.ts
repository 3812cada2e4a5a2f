import { availableParallelism } from 'node:os'
import { nativeUdp } from './batched/index.js'

/** `off` keeps the process from polling; anything else leaves the choice to what pays. */
const BUSY_POLLING_VARIABLE = 'TINCAN_BUSY_POLLING'

/** Whether the event loop may be kept awake here. On a single core it would keep the peer from answering. Other runtimes were not measured. */
export function canPoll(): boolean {
  if (process.env[BUSY_POLLING_VARIABLE]?.toLowerCase() === 'off') return false
  return availableParallelism() > 1 && !('Bun' in globalThis) && !('Deno' in globalThis)
}

/** Whoever waits for this core has it first: the peer, or a thread that collects garbage. Only where there are native calls. */
export function yieldCore(): void {
  const native = nativeUdp()
  if (native.isAvailable) native.value.libc.sched_yield()
}
