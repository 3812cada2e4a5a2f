import { discoverNatBehavior, type NatBehavior } from '../../index.js'
import { probeTargets, type ProbeTarget } from './ice-server.js'
import { inspectInterfaces } from './interfaces.js'
import { probeMulticastDns } from './multicast-dns.js'
import type { DoctorOptions } from './options.js'
import { connectionTo, probeServer } from './probe-server.js'
import type { DoctorReport } from './report.js'
import { judge } from './verdict.js'
import { withObservation } from './with-observation.js'

/** Whether the library takes these servers; what it says of them where not. */
export function refusalOf({ iceServers, ...credentials }: DoctorOptions): Error | undefined {
  for (const target of probeTargets(iceServers)) {
    try {
      connectionTo(target, credentials).close()
    } catch (error) {
      return error as Error // a DOMException that names the URL, which holds no secret
    }
  }
  return undefined
}

/** Everything at once: it takes as long as the slowest server. */
export async function diagnose(options: DoctorOptions): Promise<DoctorReport> {
  const targets = probeTargets(options.iceServers)
  const [interfaces, multicastDns, { servers, nat }] = await Promise.all([
    inspectInterfaces(targets.some(({ isLoopback }) => isLoopback)),
    probeMulticastDns(),
    askServers(targets, options),
  ])
  const findings = { interfaces, servers, nat, multicastDns }
  return { version: 1, ...findings, ...judge(findings) }
}

async function askServers(
  targets: readonly ProbeTarget[],
  options: DoctorOptions,
): Promise<Pick<DoctorReport, 'servers' | 'nat'>> {
  const enough = new AbortController()
  const probes = targets.map((target) => probeServer(target, options, options.timeoutMillis))
  const overUdp = targets.filter(({ transport }) => transport === 'udp').map(({ url }) => url)
  // Of servers that are closed, as connections are told at once, no NAT test has to wait for an answer.
  const allOver = Promise.all(probes.filter((_, i) => targets[i]!.transport === 'udp')).then((reports) => {
    if (reports.every(({ error }) => error !== null)) enough.abort()
  })
  const timer = setTimeout(() => enough.abort(), options.timeoutMillis)
  try {
    const [reports, nat] = await Promise.all([Promise.all(probes), behaviors(overUdp, enough.signal), allOver])
    return { servers: reports.map((report) => withObservation(report, nat)), nat: nat ?? [] }
  } finally {
    clearTimeout(timer)
  }
}

/** `undefined` when the time is over before anything is known. */
async function behaviors(urls: readonly string[], signal: AbortSignal): Promise<NatBehavior[] | undefined> {
  try {
    return await discoverNatBehavior(urls, { signal })
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}
