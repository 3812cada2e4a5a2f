/**
 * A network of its own on this machine: loopback and one interface that carries multicast, with nothing at its other end. What
 * peers in it multicast stays in it.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Addresses of the range for documentation and benchmarks (RFC 2544): routed nowhere. */
const ADDRESS = '198.18.77.1'
const GATEWAY = '198.18.77.2'

/** RFC 3849, and of the link alone. */
const IPV6_PREFIXES = ['2001:db8::', 'fe80::'] as const

/** A new pair of interfaces can take a second until it is usable. */
const USABLE_MILLIS = 10_000

async function ip(...words: string[]): Promise<string> {
  const { stdout } = await run('ip', words)
  return stdout
}

/** Why there can be none on this machine, or undefined. */
export async function namespacesMissing(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const name = `interop-probe-${process.pid}`
  try {
    await ip('netns', 'add', name)
    await ip('netns', 'delete', name)
    return undefined
  } catch (error) {
    return `no network namespaces here: ${error instanceof Error ? error.message.trim() : String(error)}`
  }
}

export class NetworkNamespace {
  readonly name: string
  /** The words to put before a command that is to run inside. */
  readonly enter: readonly [string, ...string[]]

  private constructor(name: string) {
    this.name = name
    this.enter = ['ip', 'netns', 'exec', name]
  }

  /** Two, with a link between them that has IPv6 and nothing else. */
  static async createIpv6Pair(): Promise<[NetworkNamespace, NetworkNamespace]> {
    const [one, other] = [1, 2].map((end) => new NetworkNamespace(`interop-${process.pid}-${end}`)) as [
      NetworkNamespace,
      NetworkNamespace,
    ]
    for (const { name } of [one, other]) {
      await ip('netns', 'add', name)
      await ip('-n', name, 'link', 'set', 'lo', 'up')
    }
    await ip('-n', one.name, 'link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'here', 'netns', other.name)
    for (const [end, { name }] of [one, other].entries()) {
      // Addresses of the link's own making would be looked for twice, for a second; these are there at once.
      await ip('-n', name, 'link', 'set', 'here', 'addrgenmode', 'none')
      await ip('-n', name, 'link', 'set', 'here', 'up')
      for (const prefix of IPV6_PREFIXES)
        await ip('-n', name, 'address', 'add', `${prefix}${end + 1}/64`, 'dev', 'here', 'nodad')
    }
    for (const [end, namespace] of [one, other].entries()) {
      await namespace.#usable(async (...words) => await ip('-n', namespace.name, ...words))
      await ip('-n', namespace.name, 'route', 'add', 'default', 'via', `${IPV6_PREFIXES[0]}${2 - end}`)
    }
    return [one, other]
  }

  static async create(): Promise<NetworkNamespace> {
    const namespace = new NetworkNamespace(`interop-${process.pid}`)
    const { name } = namespace
    await ip('netns', 'add', name)
    const inside = async (...words: string[]): Promise<string> => await ip('-n', name, ...words)
    await inside('link', 'set', 'lo', 'up')
    await inside('link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there')
    await inside('link', 'set', 'there', 'up')
    await inside('link', 'set', 'here', 'up')
    await inside('address', 'add', `${ADDRESS}/24`, 'dev', 'here')
    // Browsers ask which address leads outside; the gateway does not exist.
    await inside('route', 'add', 'default', 'via', GATEWAY)
    await namespace.#usable(inside)
    return namespace
  }

  async #usable(inside: (...words: string[]) => Promise<string>): Promise<void> {
    const start = performance.now()
    for (;;) {
      const state = await inside('-brief', 'link', 'show', 'here')
      const addresses = await inside('address', 'show', 'here')
      if (/\bUP\b/.test(state) && !addresses.includes('tentative')) return
      if (performance.now() - start > USABLE_MILLIS) throw new Error(`${this.name} is not usable: ${state}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async delete(): Promise<void> {
    await ip('netns', 'delete', this.name)
  }
}
