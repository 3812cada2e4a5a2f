import { createHook } from 'node:async_hooks'
import type { AsyncHook } from 'node:async_hooks'

/** Kinds of resources, as `process.getActiveResourcesInfo()` names them, and how many there are. */
export type Resources = ReadonlyMap<string, number>

/**
 * What keeps a process alive and could be ours: sockets, timers, tasks, name lookups, file system work. What the runner
 * itself has (pipes to its parent, say) is there before a test as well as after it.
 */
const WATCHED = new Set([
  'UDPWRAP',
  'UDPSENDWRAP',
  'TCPWRAP',
  'TCPSOCKETWRAP',
  'TCPSERVERWRAP',
  'TCPCONNECTWRAP',
  'TLSWRAP',
  'Timeout',
  'Immediate',
  'GETADDRINFOREQWRAP',
  'QUERYWRAP',
  'DNSCHANNEL',
  'PROCESSWRAP',
  'WORKER',
  'MESSAGEPORT',
  'FSREQCALLBACK',
  'FSREQPROMISE',
])

/** A leak is not reported before it had this long to go away by itself; turn by turn of the event loop, without a sleep. */
const PATIENCE_MILLIS = 2000
const FRAMES_SHOWN = 6

/** What keeps the process alive now. */
export function activeResources(): Resources {
  const counts = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo()) {
    const kind = canonical(name)
    if (WATCHED.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return counts
}

/** Request kinds are reported by their class name on some versions and by their provider on others. */
function canonical(name: string): string {
  return WATCHED.has(name) ? name : name.toUpperCase()
}

const permitted = new Map<string, string>()

/**
 * Declares that tests of this file leave resources of a kind behind, and why: for native peers that keep sockets or
 * threads of their own. Never for ours.
 */
export function permitLeftovers(kind: string, reason: string): void {
  if (reason.trim() === '') throw new TypeError(`say why ${kind} may be left behind`)
  permitted.set(canonical(kind), reason)
}

export interface Baseline {
  readonly resources: Resources
  /** Resources made before it have lower ids. */
  readonly since: number
}

/** Where resources were made, by async id; those that are gone are taken out. */
const origins = new Map<number, { readonly kind: string; readonly stack: string }>()
let highestId = 0
const capture: AsyncHook = createHook({
  init(asyncId, kind) {
    if (!WATCHED.has(kind)) return
    highestId = Math.max(highestId, asyncId)
    const holder: { stack?: string } = {}
    Error.captureStackTrace(holder)
    origins.set(asyncId, { kind, stack: holder.stack ?? '' })
  },
  destroy(asyncId) {
    origins.delete(asyncId)
  },
})

/** Remembers from now on where resources are made, so that a leak can be named. */
export function captureOrigins(): void {
  capture.enable()
}

/** What there is before a test. */
export async function takeBaseline(): Promise<Baseline> {
  await turn()
  return { resources: activeResources(), since: highestId }
}

/** Waits until no more is left than `baseline` had; otherwise yields what is, in words. */
export async function findLeaks(
  baseline: Baseline,
  patienceMillis: number = PATIENCE_MILLIS,
): Promise<string | undefined> {
  const end = performance.now() + patienceMillis
  for (;;) {
    await turn()
    const leaked = excess(baseline.resources)
    if (leaked.length === 0) return undefined
    if (performance.now() > end) return describe(leaked, baseline.since)
  }
}

function excess(before: Resources): readonly (readonly [string, number])[] {
  return [...activeResources()]
    .map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const)
    .filter(([kind, count]) => count > 0 && !permitted.has(kind))
}

function describe(leaked: readonly (readonly [string, number])[], since: number): string {
  const lines = leaked.map(([kind, count]) => {
    const made = [...origins].filter(([id, origin]) => id > since && origin.kind === kind)
    const where = made.map(([, { stack }]) => `    made${ownFrames(stack)}`)
    return [`  ${count} × ${kind}`, ...where].join('\n')
  })
  return `left behind by this test:\n${lines.join('\n')}`
}

/** The frames of our code and tests; those of Node and of this guard say nothing. */
function ownFrames(stack: string): string {
  const frames = stack
    .split('\n')
    .filter((line) => line.includes(' at ') && !/node:|node_modules|leak-guard\.ts/.test(line))
  return frames.length === 0
    ? ' in Node itself'
    : frames
        .slice(0, FRAMES_SHOWN)
        .map((line) => `\n      ${line.trim()}`)
        .join('')
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
