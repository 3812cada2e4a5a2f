import { randomUUID } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { MulticastDNS } from 'multicast-dns'
import type { MulticastDnsFamilyReport, MulticastDnsReport } from './report.js'

type Family = 'IPv4' | 'IPv6'

/** RFC 6762 §3. */
const PORT = 5353
const GROUP: Readonly<Record<Family, string>> = { IPv4: '224.0.0.251', IPv6: 'ff02::fb' }
const ANY_ADDRESS: Readonly<Record<Family, string>> = { IPv4: '0.0.0.0', IPv6: '::' }
/** RFC 6762 §11: of what is sent. */
const HOPS = 255
/** A query of our own comes back at once, or not at all. */
const HEARD_MILLIS = 1000
const MAX_INTERFACES = 16

/**
 * Whether this machine sends to the groups of multicast DNS (RFC 6762 §3) and hears them, which the `.local` names of browsers need. A
 * name that nobody has is asked for on every interface but loopback, and our own question listened for; that others hear it cannot be
 * told from here. The families are as two links (§20): one is enough for the names of peers that have it too.
 */
export async function probeMulticastDns(): Promise<MulticastDnsReport> {
  const [ipv4, ipv6] = await Promise.all([probeFamily('IPv4'), probeFamily('IPv6')])
  const works = ipv4.works || ipv6.works
  return { works, reason: works ? null : `IPv4: ${ipv4.reason}; IPv6: ${ipv6.reason}`, ipv4, ipv6 }
}

async function probeFamily(family: Family): Promise<MulticastDnsFamilyReport> {
  const interfaces = interfacesOf(family)
  if (interfaces.length === 0) return { works: false, reason: `no interface but loopback has ${family}` }
  const { default: multicastDns } = await import('multicast-dns')
  const type = family === 'IPv4' ? 'udp4' : 'udp6'
  const socket = createSocket({ type, reuseAddr: true, ipv6Only: family === 'IPv6' })
  const [ip, bind] = [GROUP[family], ANY_ADDRESS[family]]
  // The group is joined by ourselves: the library knows one interface of IPv6 alone.
  const mdns = multicastDns({ socket, type, port: PORT, ip, bind, interface: bind, multicast: false })
  const reason = await failureOf(socket, mdns, (name) => ask({ family, socket, mdns, interfaces, name }))
  await new Promise<void>((resolve) => mdns.destroy(resolve))
  return { works: reason === null, reason }
}

/** Null when the question that `ask` sends is heard. */
function failureOf(socket: Socket, mdns: MulticastDNS, ask: (name: string) => Promise<void>): Promise<string | null> {
  const name = `${randomUUID()}.local`
  return new Promise((resolve) => {
    const settle = (reason: string | null): void => {
      clearTimeout(timer)
      resolve(reason)
    }
    const timer = setTimeout(() => settle('what was sent to the multicast group was not heard'), HEARD_MILLIS)
    const fail = (error: Error): void => settle(error.message)
    socket.on('error', fail)
    mdns.on('error', () => {}) // the same one, of the socket
    mdns.on('query', ({ questions = [] }) => {
      if (questions.some((question) => question.name === name)) settle(null)
    })
    mdns.once('ready', () => void ask(name).catch(fail))
  })
}

interface Asking {
  readonly family: Family
  readonly socket: Socket
  readonly mdns: MulticastDNS
  readonly interfaces: readonly string[]
  readonly name: string
}

/** On one interface after the other, for the socket has one to send by. Rejects when nothing is sent on any. */
async function ask({ family, socket, mdns, interfaces, name }: Asking): Promise<void> {
  socket.setMulticastTTL(HOPS)
  socket.setMulticastLoopback(true)
  const failures: unknown[] = []
  for (const id of interfaces) {
    try {
      socket.addMembership(GROUP[family], family === 'IPv4' ? id : `::%${id}`)
      if (family === 'IPv4') socket.setMulticastInterface(id)
      const to = { port: PORT, address: family === 'IPv4' ? GROUP[family] : `${GROUP[family]}%${id}` }
      await new Promise<void>((resolve, reject) => {
        const sent = (error: Error | null): void => (error === null ? resolve() : reject(error))
        mdns.query({ questions: [{ name, type: 'A' }] }, to, sent)
      })
    } catch (error) {
      failures.push(error) // one that does not carry multicast: another may
    }
  }
  if (failures.length === interfaces.length) throw failures[0]
}

/** What sockets know them by: of IPv4 an address, of IPv6 the zone of a link-local one (RFC 4007 §11), which Windows numbers. */
function interfacesOf(family: Family): string[] {
  const found = Object.entries(networkInterfaces()).flatMap(([name, infos = []]) => {
    const info = infos.find((one) => {
      return one.family === family && !one.internal && (family === 'IPv4' || /^fe[89ab]/i.test(one.address))
    })
    if (info === undefined) return []
    if (info.family === 'IPv4') return [info.address]
    return [process.platform === 'win32' ? String(info.scopeid) : name]
  })
  return found.slice(0, MAX_INTERFACES)
}
