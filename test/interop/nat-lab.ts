/**
 * A small internet of network namespaces: one public segment, hosts on it, and hosts behind NATs of the kernel. Nothing of it is
 * seen by, or reaches, the machine's own network.
 *
 *                        public segment 203.0.113.0/24
 *      ┌──────────┬───────────┬─────┴─────┬──────────── …
 *    host       host         NAT         NAT
 *                             │           │
 *                       192.168.1.2   192.168.2.2
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { natRules } from './nat-rules.js'
import type { NatKind } from './nat-rules.js'
import { namespacesMissing } from './network-namespace.js'

const run = promisify(execFile)

/** RFC 5737: for documentation, and so nobody's. */
const PUBLIC_PREFIX = '203.0.113'
const PRIVATE_PREFIX = '192.168'

/** Where everything goes that is for none of the lab: it forwards nothing and says nothing, as the Internet does to private addresses. */
const EDGE = `${PUBLIC_PREFIX}.254`

/** A new pair of interfaces can take a second until it is usable. */
const USABLE_MILLIS = 10_000

export interface LabHost {
  readonly address: string
  /** The words to put before a command that is to run on it. */
  readonly enter: readonly [string, ...string[]]
}

export class Nat {
  readonly publicAddress: string
  readonly #enter: LabHost['enter']
  readonly number: number
  #configurations = 0

  constructor(number: number, publicAddress: string, enter: LabHost['enter']) {
    this.number = number
    this.publicAddress = publicAddress
    this.#enter = enter
  }

  /** Makes it a NAT of another kind, or a new one of the same, that remembers nothing. */
  async configure(kind: NatKind): Promise<void> {
    await inside(this.#enter, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
    await nft(this.#enter, natRules(kind, ++this.#configurations))
  }

  /** Drops everything both ways until {@link restore}; what the NAT remembers stays. */
  async cut(): Promise<void> {
    await nft(this.#enter, 'table ip cut { chain forward { type filter hook forward priority -10; policy drop; }; }')
  }

  async restore(): Promise<void> {
    await nft(this.#enter, 'delete table ip cut')
  }
}

const PREFIX = 'interop-nat-'

export class NatLab {
  readonly #prefix = `${PREFIX}${process.pid}`
  readonly #street = `${this.#prefix}-street`
  /** In the order of creation. */
  readonly #namespaces: string[] = []
  #publicHosts = 0
  #nats = 0

  /** Why there can be none on this machine, or undefined. */
  static async missing(): Promise<string | undefined> {
    const namespaces = await namespacesMissing()
    if (namespaces !== undefined) return namespaces
    try {
      await run('nft', ['--version'])
      return undefined
    } catch {
      return 'no nft on this machine: install nftables from your distribution'
    }
  }

  async create(): Promise<void> {
    await removeAbandoned()
    await this.#namespace(this.#street)
    await ip('-n', this.#street, 'link', 'add', 'street', 'type', 'bridge')
    await ip('-n', this.#street, 'address', 'add', `${EDGE}/24`, 'dev', 'street')
    await ip('-n', this.#street, 'link', 'set', 'street', 'up')
  }

  async publicHost(): Promise<LabHost> {
    return await this.#onStreet(`${this.#prefix}-public-${this.#publicHosts + 1}`, 'eth0')
  }

  async nat(kind: NatKind): Promise<Nat> {
    const number = ++this.#nats
    const { address, enter } = await this.#onStreet(`${this.#prefix}-nat-${number}`, 'outside')
    const nat = new Nat(number, address, enter)
    await nat.configure(kind)
    return nat
  }

  /** The host behind a NAT. */
  async hostBehind({ number }: Nat): Promise<LabHost> {
    const router = `${this.#prefix}-nat-${number}`
    const name = `${this.#prefix}-private-${number}`
    const network = `${PRIVATE_PREFIX}.${number}`
    await this.#namespace(name)
    await link({ namespace: name, device: 'eth0' }, { namespace: router, device: 'inside' })
    await ip('-n', router, 'address', 'add', `${network}.1/24`, 'dev', 'inside')
    await ip('-n', name, 'address', 'add', `${network}.2/24`, 'dev', 'eth0')
    await ip('-n', name, 'route', 'add', 'default', 'via', `${network}.1`)
    await usable(router, 'inside')
    await usable(name, 'eth0')
    return { address: `${network}.2`, enter: enterWords(name) }
  }

  /**
   * What is longer than so many bytes does not reach this public host any more, and nobody says so: a black hole (RFC 8899 §4.3). The host
   * itself sends datagram by datagram from now on, for what is cut late (GSO) fits any interface.
   */
  async narrow({ address, enter }: LabHost, mtuBytes: number): Promise<void> {
    await inside(enter, 'ip', 'link', 'set', 'eth0', 'gso_max_segs', '1')
    await ip('-n', this.#street, 'link', 'set', `to-${address.split('.')[3]!}`, 'mtu', String(mtuBytes))
  }

  /** Takes away what there is of it; whoever runs in it has to be ended before. */
  async delete(): Promise<void> {
    const ends = this.#namespaces.splice(0).map(async (name) => await ip('netns', 'delete', name))
    for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') throw end.reason
  }

  async #onStreet(name: string, device: string): Promise<LabHost> {
    const address = `${PUBLIC_PREFIX}.${++this.#publicHosts}`
    await this.#namespace(name)
    const plug = { namespace: this.#street, device: `to-${this.#publicHosts}` }
    await link({ namespace: name, device }, plug)
    await ip('-n', this.#street, 'link', 'set', plug.device, 'master', 'street')
    await ip('-n', name, 'address', 'add', `${address}/24`, 'dev', device)
    await ip('-n', name, 'route', 'add', 'default', 'via', EDGE)
    await usable(name, device)
    return { address, enter: enterWords(name) }
  }

  async #namespace(name: string): Promise<void> {
    await ip('netns', 'add', name)
    this.#namespaces.push(name)
    await ip('-n', name, 'link', 'set', 'lo', 'up')
  }
}

/** The labs of runs that were killed, with what still runs in them. */
async function removeAbandoned(): Promise<void> {
  const names = (await ip('netns', 'list')).split('\n').map((line) => line.split(' ')[0]!)
  for (const name of names) {
    const owner = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN
    if (Number.isNaN(owner) || isAlive(owner)) continue
    for (const pid of (await ip('netns', 'pids', name)).split('\n'))
      if (pid !== '') process.kill(Number(pid), 'SIGKILL')
    await ip('netns', 'delete', name)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

interface End {
  readonly namespace: string
  readonly device: string
}

async function ip(...words: string[]): Promise<string> {
  const { stdout } = await run('ip', words)
  return stdout
}

async function inside([command, ...words]: LabHost['enter'], ...more: string[]): Promise<void> {
  await run(command, [...words, ...more])
}

/** Both ends are made where they belong, so that no other namespace sees their names. */
async function link(one: End, other: End): Promise<void> {
  const peer = ['peer', 'name', other.device, 'netns', other.namespace]
  await ip('-n', one.namespace, 'link', 'add', one.device, 'type', 'veth', ...peer)
  for (const { namespace, device } of [other, one]) await ip('-n', namespace, 'link', 'set', device, 'up')
}

async function usable(namespace: string, device: string): Promise<void> {
  const start = performance.now()
  for (;;) {
    const state = await ip('-n', namespace, '-brief', 'link', 'show', device)
    if (/\bUP\b.*\bLOWER_UP\b/.test(state)) return
    if (performance.now() - start > USABLE_MILLIS) throw new Error(`${namespace} is not usable: ${state}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function enterWords(name: string): LabHost['enter'] {
  return ['ip', 'netns', 'exec', name]
}

/** Applies rules of nftables on a host. */
export async function nft([command, ...words]: LabHost['enter'], rules: string): Promise<void> {
  const child = spawn(command, [...words, 'nft', '-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  child.stdin.end(`${rules}\n`)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`nft: ${complaint}`)
}

/** What the counters of a host's rules have counted, in packets, by their names. */
export async function packetCounts([command, ...words]: LabHost['enter']): Promise<Record<string, number>> {
  const { stdout } = await run(command, [...words, 'nft', '-j', 'list', 'counters'])
  const { nftables } = JSON.parse(stdout) as { nftables: { counter?: { name: string; packets: number } }[] }
  const counts = nftables.flatMap(({ counter }) => (counter === undefined ? [] : [[counter.name, counter.packets]]))
  return Object.fromEntries(counts) as Record<string, number>
}
