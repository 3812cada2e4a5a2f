import { createSocket } from 'node:dgram'
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import { RTCPeerConnection } from '../../index.js'
import { addressScope } from './address-scope.js'
import type { InterfaceReport } from './report.js'

/** Every address of this machine: whether a UDP socket binds to it, and whether connections use it. */
export async function inspectInterfaces(includeLoopback: boolean): Promise<InterfaceReport[]> {
  const used = await hostAddresses(includeLoopback)
  const all = Object.entries(networkInterfaces()).flatMap(([name, infos = []]) => infos.map((info) => ({ name, info })))
  return await Promise.all(
    all.map(async ({ name, info }) => {
      const bindError = await bindErrorOf(name, info)
      const isUsed = used.has(info.address)
      const scope = addressScope(info.address)
      const reason = isUsed ? null : reasonOf(scope, info, bindError)
      return { name, address: info.address, family: info.family, scope, isUsed, reason, bindError }
    }),
  )
}

/** Those that a connection makes host candidates of. No server is asked. */
async function hostAddresses(includeLoopback: boolean): Promise<ReadonlySet<string>> {
  await using connection = new RTCPeerConnection({ tincan: { includeLoopback } })
  const addresses = new Set<string>()
  const gathered = new Promise<void>((resolve) => {
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve()
      else if (candidate.address !== null) addresses.add(candidate.address)
    }
  })
  connection.createDataChannel('')
  await connection.setLocalDescription()
  await gathered
  return addresses
}

function bindErrorOf(name: string, { address, family }: NetworkInterfaceInfo): Promise<string | null> {
  const socket = createSocket(family === 'IPv6' ? 'udp6' : 'udp4')
  // RFC 4007 §11: a link-local address means something on its link alone.
  const where = family === 'IPv6' && addressScope(address) === 'link-local' ? `${address}%${name}` : address
  return new Promise((resolve) => {
    const close = (bindError: string | null): void => void socket.close(() => resolve(bindError))
    socket.once('error', (error: NodeJS.ErrnoException) => close(error.code ?? error.message))
    socket.bind({ address: where, exclusive: true }, () => close(null))
  })
}

function reasonOf(
  scope: InterfaceReport['scope'],
  { family, address }: NetworkInterfaceInfo,
  bindError: string | null,
): string {
  if (scope === 'loopback') return 'loopback reaches this machine alone'
  if (scope === 'link-local' && family === 'IPv6')
    return 'a link-local address needs a zone, which no candidate can name'
  if (bindError !== null) return `a UDP socket does not bind to it (${bindError})`
  if (/ff:fe[0-9a-f]{2}:[0-9a-f]{1,4}$/i.test(address)) return 'it holds the hardware address (RFC 8981)'
  return 'deprecated, not ready yet, a temporary address stands in for it, or it is the seventeenth'
}
