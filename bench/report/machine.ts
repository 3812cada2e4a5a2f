import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem, type as systemType } from 'node:os'

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGib: number
  readonly system: string
  readonly node: string
  readonly openssl: string
  /** Over the minute before the run: above zero, somebody else was working here. */
  readonly loadBefore: number
  /** Bytes that a socket may ask for (net.core.rmem_max); undefined where that is not Linux. */
  readonly receiveBufferBytes?: number
  /** Congestion control of the kernel's TCP. */
  readonly tcp?: string
}

export function thisMachine(): Machine {
  const receiveBuffer = sysctl('net/core/rmem_max')
  const tcp = sysctl('net/ipv4/tcp_congestion_control')
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${systemType()} ${release()} ${process.arch}`,
    node: process.version,
    openssl: process.versions.openssl,
    loadBefore: loadavg()[0] ?? 0,
    ...(receiveBuffer === undefined ? {} : { receiveBufferBytes: Number(receiveBuffer) }),
    ...(tcp === undefined ? {} : { tcp }),
  }
}

function sysctl(name: string): string | undefined {
  const file = `/proc/sys/${name}`
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}
