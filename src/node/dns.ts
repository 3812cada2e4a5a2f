import { lookup, Resolver } from 'node:dns/promises'
import { addressesInHostsFile } from './hosts-file.js'

/** As long as gathering may wait for the name of a server. */
const DNS_TIMEOUT_MILLIS = 5000
/** Per query and server; the second try makes up for a lost datagram. */
const QUERY_TIMEOUT_MILLIS = 1500
const QUERY_TRIES = 2
/** DNS names are no longer (RFC 1035 §2.3.4); the rest is left to the servers. */
const MAX_NAME_LENGTH = 253

/** Answers that say that DNS works but does not know: the system may have other sources. */
const UNKNOWN_TO_DNS = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED', 'ESERVFAIL', 'EBADNAME'])

export interface DnsOptions {
  /** `address:port`; those of the system by default. */
  readonly servers?: readonly string[]
  readonly timeoutMillis?: number
  readonly systemLookup?: (name: string) => Promise<readonly string[]>
}

/**
 * Addresses of a name, of both families; empty when it has none, on abort and after the timeout.
 *
 * `dns.lookup()` cannot be called off: one under way keeps the process alive for as long as the system tries silent
 * servers. So the hosts file and a resolver that can be cancelled come first, and the system is asked only when DNS
 * answered at once that it does not know: what is left then (search domains, other name services) is quick.
 */
export async function resolveDnsName(
  name: string,
  signal: AbortSignal,
  options: DnsOptions = {},
): Promise<readonly string[]> {
  if (name === '' || name.length > MAX_NAME_LENGTH) return []
  const fromHosts = await addressesInHostsFile(name)
  if (fromHosts.length > 0 || signal.aborted) return signal.aborted ? [] : fromHosts
  return queryDns(name, signal, options)
}

async function queryDns(name: string, signal: AbortSignal, options: DnsOptions): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MILLIS, tries: QUERY_TRIES })
  if (options.servers !== undefined) resolver.setServers(options.servers)
  const cancel = (): void => resolver.cancel()
  const timer = setTimeout(cancel, options.timeoutMillis ?? DNS_TIMEOUT_MILLIS)
  signal.addEventListener('abort', cancel)
  try {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    const unknown = answers.every((answer) => answer.status === 'rejected' && UNKNOWN_TO_DNS.has(codeOf(answer.reason)))
    if (signal.aborted || !unknown) return signal.aborted ? [] : addresses
    return await unlessAborted((options.systemLookup ?? askSystem)(name), signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  }
}

async function askSystem(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true, verbatim: true })
  return found.map(({ address }) => address)
}

/** What `work` yields; empty when it fails, or when `signal` is aborted first. */
async function unlessAborted(work: Promise<readonly string[]>, signal: AbortSignal): Promise<readonly string[]> {
  let stop: (() => void) | undefined
  const aborted = new Promise<readonly string[]>((resolve) => {
    stop = () => resolve([])
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([work, aborted])
  } catch {
    return [] // a name that nobody knows has no addresses
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}

function codeOf(reason: unknown): string {
  return reason instanceof Error && 'code' in reason ? String(reason.code) : ''
}
