import { Resolver } from 'node:dns/promises'
import type { SrvRecord } from 'node:dns'
import type { ServiceLocation } from './io.js'

/** Shorter than for addresses, which are asked for at the same time: most servers have no such records. */
const TIMEOUT_MILLIS = 2000
/** A service at more places is well enough served by the first of them. */
const MAX_LOCATIONS = 4

export interface ServiceRecordsOptions {
  /** `address:port`; those of the system by default. */
  readonly servers?: readonly string[]
  readonly timeoutMillis?: number
}

/** Where a service is, by SRV records (RFC 2782); empty when there are none, on abort and after the timeout. */
export async function resolveService(
  name: string,
  signal: AbortSignal,
  options: ServiceRecordsOptions = {},
): Promise<readonly ServiceLocation[]> {
  if (signal.aborted) return []
  const timeout = options.timeoutMillis ?? TIMEOUT_MILLIS
  const resolver = new Resolver({ timeout: timeout / 2, tries: 2 })
  if (options.servers !== undefined) resolver.setServers(options.servers)
  const cancel = (): void => resolver.cancel()
  const timer = setTimeout(cancel, timeout)
  signal.addEventListener('abort', cancel)
  try {
    return inOrder(await resolver.resolveSrv(name))
  } catch {
    return [] // no such records, or nobody who would tell: there are addresses to go by
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  }
}

/**
 * RFC 2782: lowest priority first, within one at random, in proportion to their weights. A target of "." says that the service
 * is decidedly not there.
 */
export function inOrder(records: readonly SrvRecord[], random: () => number = Math.random): readonly ServiceLocation[] {
  const byPriority = new Map<number, SrvRecord[]>()
  for (const record of records) {
    if (record.name === '' || record.name === '.' || record.port === 0) continue
    byPriority.set(record.priority, [...(byPriority.get(record.priority) ?? []), record])
  }
  const ordered: ServiceLocation[] = []
  for (const priority of [...byPriority.keys()].sort((a, b) => a - b)) {
    const left = byPriority.get(priority)!
    while (left.length > 0) {
      const [{ name: target, port }] = left.splice(indexByWeight(left, random()), 1) as [SrvRecord]
      ordered.push({ target, port })
    }
  }
  return ordered.slice(0, MAX_LOCATIONS)
}

function indexByWeight(records: readonly SrvRecord[], share: number): number {
  const total = records.reduce((sum, { weight }) => sum + weight, 0)
  let rest = share * total
  const index = records.findIndex(({ weight }) => (rest -= weight) < 0)
  return index < 0 ? 0 : index // all weights are 0
}
