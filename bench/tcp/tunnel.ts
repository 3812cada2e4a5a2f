/**
 * Two network namespaces with a VXLAN (RFC 7348) between them, the UDP datagrams of which go through the relay: so the TCP of the
 * kernel meets the same delay, loss and bottleneck as everybody else.
 */
import { execFileSync } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { nodeProgram } from '../peers/program.js'

/** For benchmarks (RFC 2544): routed nowhere. */
const NETWORK = '198.18.88.0/24'
const SINK_ADDRESS = '198.18.88.1'
const SOURCE_ADDRESS = '198.18.88.2'
const HARDWARE = ['02:00:00:00:88:01', '02:00:00:00:88:02'] as const
/** With headers of 22 bytes, inner Ethernet and VXLAN, a datagram of 1,200 bytes, as WebRTC has it. */
const MTU = 1178
const CONGESTION_CONTROL = 'cubic'

export interface Tunnel {
  readonly sink: { readonly enter: readonly string[]; readonly address: string }
  readonly source: { readonly enter: readonly string[]; readonly address: string }
  remove(): void
}

function run(command: string, ...words: string[]): void {
  execFileSync(command, words, { stdio: ['ignore', 'ignore', 'pipe'] })
}

function ip(...words: string[]): void {
  run('ip', ...words)
}

/** A pair of interfaces into a namespace, with the addresses of this end and of that one: VXLAN takes short cuts to local addresses. */
function wire(name: string, end: 0 | 1): [ours: string, theirs: string] {
  const [ours, theirs] = [`198.18.90.${1 + 4 * end}`, `198.18.90.${2 + 4 * end}`]
  ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'wire', 'netns', name)
  ip('address', 'add', `${ours}/30`, 'dev', name)
  ip('link', 'set', name, 'up')
  ip('-n', name, 'address', 'add', `${theirs}/30`, 'dev', 'wire')
  ip('-n', name, 'link', 'set', 'wire', 'up')
  return [ours, theirs]
}

export function tunnelMissing(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const probe = `tcbp${process.pid}`
  try {
    ip('link', 'add', probe, 'type', 'vxlan', 'id', '1', 'local', '127.0.0.1', 'dstport', '4790')
    ip('link', 'delete', probe)
    ip('netns', 'add', probe)
    ip('netns', 'delete', probe)
    return undefined
  } catch (error) {
    return `no network namespace with VXLAN here: ${error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error)}`
  }
}

let tunnels = 0

/** Each end of the tunnel sends to its port of the relay; they listen on two ports of their own. */
export function makeTunnel(relayPorts: readonly [number, number], ownPorts: readonly [number, number]): Tunnel {
  const names = (['a', 'b'] as const).map((end) => `tcb${process.pid}${end}${tunnels}`) as [string, string]
  tunnels++
  const made: string[] = []
  const remove = (): void => {
    for (const name of made.splice(0)) {
      // Left to the namespace, its interface out here would go some time later, and its address with it.
      if (networkInterfaces()[name] !== undefined) ip('link', 'delete', name)
      ip('netns', 'delete', name)
    }
  }
  try {
    for (const end of [0, 1] as const) {
      const name = names[end]
      ip('netns', 'add', name)
      made.push(name)
      const [ours, theirs] = wire(name, end)
      const own = String(ownPorts[end])
      const inside = (...words: string[]): void => ip('-n', name, ...words)
      // The range does not include its end, and one without a port in it stands for any.
      const ports = ['dstport', own, 'srcport', own, String(ownPorts[end] + 1)]
      inside('link', 'add', 'tunnel', 'type', 'vxlan', 'id', '77', 'local', theirs, ...ports, 'nolearning')
      // One frame a datagram: what is left whole for the hardware to cut would reach the relay whole.
      inside('link', 'set', 'tunnel', 'mtu', String(MTU), 'gso_max_segs', '1')
      const everything = ['fdb', 'append', '00:00:00:00:00:00', 'dev', 'tunnel']
      run('bridge', '-n', name, ...everything, 'dst', ours, 'port', String(relayPorts[end]))
      inside('address', 'add', `${end === 0 ? SINK_ADDRESS : SOURCE_ADDRESS}/24`, 'dev', 'tunnel')
      inside('link', 'set', 'tunnel', 'address', HARDWARE[end], 'up')
      // No question of who has which address is to be lost, or late.
      const other = end === 0 ? SOURCE_ADDRESS : SINK_ADDRESS
      inside('neighbour', 'add', other, 'lladdr', HARDWARE[1 - end]!, 'dev', 'tunnel', 'nud', 'permanent')
      // By the route: a namespace may choose the machine's default, and who may choose others is a setting of the machine.
      inside('route', 'change', NETWORK, 'dev', 'tunnel', 'congctl', CONGESTION_CONTROL)
      // They belong to a namespace: those of the machine stay as they are.
      ip('netns', 'exec', name, process.execPath, nodeProgram('bench/tcp/settings-main.ts'))
    }
  } catch (error) {
    remove()
    throw error
  }
  const enter = (name: string): readonly string[] => ['ip', 'netns', 'exec', name]
  return {
    sink: { enter: enter(names[0]), address: SINK_ADDRESS },
    source: { enter: enter(names[1]), address: SOURCE_ADDRESS },
    remove,
  }
}
