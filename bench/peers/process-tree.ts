import { readdirSync, readFileSync } from 'node:fs'
import type { Usage } from '../agent/protocol.js'

/** `getconf CLK_TCK`, which Linux has not had otherwise on any platform of Node. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

interface ProcessStat {
  readonly parent: number
  readonly cpuMicros: number
  readonly rssBytes: number
}

/** Of a process and all that descend from it, by /proc: Linux only. */
export function processTreeUsage(root: number): Usage {
  const stats = new Map<number, ProcessStat>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? processStat(name) : undefined
    if (stat !== undefined) stats.set(Number(name), stat)
  }
  const isOfTree = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined; at = stats.get(at)?.parent) if (at === root) return true
    return false
  }
  const ours = [...stats].filter(([pid]) => isOfTree(pid)).map(([, stat]) => stat)
  const sum = (of: (stat: ProcessStat) => number): number => ours.reduce((total, stat) => total + of(stat), 0)
  return { cpuMicros: sum(({ cpuMicros }) => cpuMicros), rssBytes: sum(({ rssBytes }) => rssBytes) }
}

function processStat(pid: string): ProcessStat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined // it ended between the listing and now
  }
  // proc(5): the name, in parentheses, may hold anything; after it come state, parent …, utime and stime 11 further, rss 10 after these.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return {
    parent: Number(fields[1]),
    cpuMicros: (ticks / TICKS_PER_SECOND) * 1e6,
    rssBytes: Number(fields[21]) * PAGE_BYTES,
  }
}
