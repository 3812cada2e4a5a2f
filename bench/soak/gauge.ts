import { readdirSync } from 'node:fs'
import { getHeapCodeStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
/** The engine's collector, without a flag at the start of the process. */
export const collectGarbage = runInNewContext('gc') as () => void

/** Finalizers and what they release need turns of the event loop between collections. */
const COLLECTIONS = 4

export const GAUGES = ['heapBytes', 'rssBytes', 'handles', 'timers', 'descriptors'] as const
export type Gauge = (typeof GAUGES)[number]

/** What the process holds at one moment, garbage excluded. */
export interface Sample extends Readonly<Record<Gauge, number>> {
  /** Functions that V8 has compiled, and what belongs to them: not in {@link heapBytes}, as it compiles and forgets for hours. */
  readonly codeBytes: number
}

export async function takeSample(): Promise<Sample> {
  for (let i = 0; i < COLLECTIONS; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics()
  const resources = process.getActiveResourcesInfo()
  const timers = resources.filter((kind) => kind === 'Timeout').length
  return {
    heapBytes: heapUsed + external - code - bytecode,
    codeBytes: code + bytecode,
    rssBytes: rss,
    handles: resources.length - timers,
    timers,
    descriptors: openDescriptors(),
  }
}

/** Linux tells; elsewhere the handles must do. */
function openDescriptors(): number {
  if (process.platform !== 'linux') return 0
  return readdirSync('/proc/self/fd').length
}
