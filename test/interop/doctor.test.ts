/**
 * `tincan doctor` as it is built, against a real coturn: on loopback with two addresses (RFC 5780), and behind NATs of the kernel.
 */
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { DoctorReport } from '../../src/cli/doctor/report.js'
import { CertificateAuthority } from '../support/certificate-authority.js'
import { Coturn, coturnMissing, TURN_USER } from './coturn.js'
import { NatLab } from './nat-lab.js'
import type { LabHost, Nat } from './nat-lab.js'
import type { NatKind } from './nat-rules.js'
import { isAbsent } from './peers.js'

const run = promisify(execFile)

const PROGRAM = 'dist/cli/doctor/tincan.js'
const HERE: LabHost['enter'] = ['env']
const PORT = 3478

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function tincan(words: readonly string[], enter = HERE, environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const [command, ...before] = enter
  try {
    const env = { ...process.env, ...environment }
    const ended = await run(command, [...before, process.execPath, PROGRAM, ...words], { env })
    return { code: 0, ...ended }
  } catch (error) {
    const { code, stdout, stderr } = error as Error & Ended
    if (typeof code !== 'number') throw error
    return { code, stdout, stderr }
  }
}

interface Told extends Ended {
  readonly report: DoctorReport
}

/** The command, which must not tell the password whatever it prints. */
async function doctor(
  urls: readonly string[],
  { enter = HERE, credential = TURN_USER.credential, environment = {}, further = [] as string[] } = {},
): Promise<Told> {
  const servers = urls.flatMap((url) => ['--ice-server', url])
  const words = [
    'doctor',
    '--json',
    '--username',
    TURN_USER.username,
    '--credential',
    credential,
    ...servers,
    ...further,
  ]
  const ended = await tincan(words, enter, environment)
  expect(ended.stderr).toBe('')
  expect(ended.stdout).not.toContain(credential)
  return { ...ended, report: JSON.parse(ended.stdout) as DoctorReport }
}

const codes = ({ report }: Told): string[] => report.advice.map(({ code }) => code)

/** A port that nobody has, for UDP and TCP. */
async function deadPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(resolve))
  return port
}

describe('the command', () => {
  test('bad arguments: exit code 2, the reason and the usage, nothing on the output', async () => {
    for (const words of [
      ['doctor', '--ice-server', 'turn:x'],
      ['doctor', '--ice-server', 'stun:a/b'],
      ['docter'],
      [],
    ]) {
      const { code, stdout, stderr } = await tincan(words)
      expect({ words, code, stdout }).toEqual({ words, code: 2, stdout: '' })
      expect(stderr).toContain('usage: tincan doctor')
    }
  })

  test('help: exit code 0', async () => {
    expect(await tincan(['doctor', '--help'])).toMatchObject({ code: 0, stderr: '' })
    expect(await tincan(['--help'])).toMatchObject({ code: 0, stderr: '' })
  })

  test('dead ports are told as refused, without waiting for the time to pass', async () => {
    const port = await deadPort()
    const told = await doctor([`stun:127.0.0.1:${port}`, `turn:127.0.0.1:${port}?transport=tcp`], {
      further: ['--timeout', '600'],
    })
    expect(told.code).toBe(1)
    expect(told.report.servers).toMatchObject([
      { kind: 'stun', transport: 'udp', hasAnswered: false, error: { code: 701 } },
      { kind: 'turn', transport: 'tcp', hasAnswered: false, error: { code: 701 } },
    ])
    expect(codes(told)).toEqual(expect.arrayContaining(['server-failed', 'nothing-answered']))
  })

  test('servers that say nothing are given up when the time is over', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1')
    const asked = new Map<number, number>()
    silent.on('message', (_, { port }) => asked.set(port, (asked.get(port) ?? 0) + 1))
    const mute = createServer((socket) => void socket.resume()).listen(0, '127.0.0.1')
    await Promise.all([once(silent, 'listening'), once(mute, 'listening')])
    try {
      const { port } = mute.address() as AddressInfo
      const urls = [`stun:127.0.0.1:${silent.address().port}`, `turn:127.0.0.1:${port}?transport=tcp`]
      const told = await doctor(urls, { further: ['--timeout', '1'] })
      const given = { hasAnswered: false, error: { code: 701, text: 'No answer in 1 s.' } }
      expect(told).toMatchObject({ code: 1, report: { servers: [given, given], nat: [] } })
      // They are asked at 0, 0.5 and 1.5 s: nobody did the last any more, nor did the tests of the NAT. The time runs from before the
      // first, so that a process that is slow to begin does not come to the second.
      expect(asked.size).toBeGreaterThan(0)
      expect(Math.max(...asked.values())).toBeLessThanOrEqual(2)
    } finally {
      silent.close()
      mute.close()
    }
  })
})

const coturnIsMissing = await coturnMissing()

describe.skipIf(isAbsent({ name: 'coturn', missing: coturnIsMissing }))('on loopback', () => {
  let authority: CertificateAuthority
  let server: Coturn
  let url: string
  let tlsUrl: string

  beforeAll(async () => {
    authority = await CertificateAuthority.create()
    const { certificatePath, keyPath } = await authority.issue('IP:127.0.0.1')
    // Ports that were free a moment ago; the port for TLS brings its own.
    const [port, tlsPort] = [await deadPort(), await deadPort()]
    server = await Coturn.start({
      ...{ enter: ['env'], address: '127.0.0.1', otherAddress: '127.0.0.2', port },
      relay: { tcp: true, tls: { port: tlsPort, certificate: certificatePath, key: keyPath } },
    })
    url = `turn:127.0.0.1:${port}`
    tlsUrl = `turns:127.0.0.1:${tlsPort}`
  })

  afterAll(async () => {
    await server.stop()
    await authority.delete()
  })

  test('STUN, and TURN over UDP, TCP and TLS, each with an allocation that is given back', async () => {
    const stun = url.replace('turn:', 'stun:')
    const environment = { NODE_EXTRA_CA_CERTS: authority.path }
    const told = await doctor([stun, url, tlsUrl], { environment })
    expect(told.code).toBe(0)
    const answered = { hasAnswered: true, error: null, mapped: { address: '127.0.0.1' } }
    const relayed = { ...answered, kind: 'turn', relayed: { address: expect.stringMatching(/^127\./) } }
    expect(told.report.servers).toMatchObject([
      { ...answered, url: stun, kind: 'stun', transport: 'udp', isNamed: true, relayed: null },
      { ...relayed, url, transport: 'udp', isNamed: true },
      { ...relayed, url: tlsUrl, transport: 'tls', isNamed: true },
      { ...relayed, url: `${url}?transport=tcp`, transport: 'tcp', isNamed: false },
    ])
    expect(told.report.connectivity).toEqual({
      ...{ isExpected: true, host: true, serverReflexive: 'most', relay: ['udp', 'tls'] },
    })
    // What it logs comes another way than the end of the command.
    await expect.poll(() => server.created).toBeGreaterThanOrEqual(3)
    await expect.poll(() => server.allocations).toBe(0)
  })

  test('without a NAT: mapping and filtering are told by the two addresses of the server', async () => {
    const { report } = await doctor([url])
    expect(report.nat).toMatchObject([
      {
        ...{ localAddress: '127.0.0.1', isTranslated: false, hairpinning: null },
        ...{ mapping: 'endpoint-independent', filtering: 'endpoint-independent' },
      },
    ])
  })

  test('a wrong password is told as such, and not as a firewall', async () => {
    const told = await doctor([url], { credential: 'wrong-password' })
    expect(told.code).toBe(1)
    expect(told.report.servers).toMatchObject([{ error: { code: 401 } }, { error: { code: 401 } }])
    expect(codes(told)).toContain('credentials-refused')
    expect(codes(told)).not.toContain('udp-blocked')
  })

  test('a certificate of an authority that nobody knows is told in words', async () => {
    const told = await doctor([tlsUrl])
    expect(told.code).toBe(1)
    expect(told.report.servers).toMatchObject([{ transport: 'tls', hasAnswered: false, error: { code: 701 } }])
    expect(told.report.servers[0]!.error!.text).toMatch(/certificate/i)
  })

  test('for people: the same in words, and credentials from the environment', async () => {
    const environment = { TINCAN_TURN_USERNAME: TURN_USER.username, TINCAN_TURN_CREDENTIAL: TURN_USER.credential }
    const { code, stdout, stderr } = await tincan(['doctor', '--ice-server', url], HERE, environment)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`✓ ${url}  UDP`)
    expect(stdout).toContain('A connection to the outside is expected to work.')
    expect(stdout).not.toContain(TURN_USER.credential)
  })

  test('docs/doctor.md names every field that --json prints, and no other', async () => {
    const port = await deadPort()
    const { report } = await doctor([url, `stun:127.0.0.1:${port}`])
    const documented = [...documentedFields()]
    const printed = new Set(fieldsOf(report))
    expect([...printed].filter((field) => !documented.includes(field))).toEqual([])
    expect(documented.filter((field) => !printed.has(field))).toEqual([])
  })
})

const noNamespaces = isAbsent({ name: 'network namespaces', missing: await NatLab.missing() })

describe.skipIf(noNamespaces)('on a machine of its own', () => {
  /** What is done to a new network before the command runs in it. */
  function machine(...steps: string[]): LabHost['enter'] {
    return ['unshare', '--net', 'sh', '-ec', [...steps, 'exec "$@"'].join('\n'), 'sh']
  }

  const cable = ['ip link add eth0 type veth peer name far', 'ip link set far up', 'ip link set eth0 up']
  const nothing = (family: string) => ({ works: false, reason: `no interface but loopback has ${family}` })
  const heard = { works: true, reason: null }

  test('offline: nothing is reached, and the advice says why', async () => {
    const told = await doctor(['stun:198.51.100.1'], { enter: machine() })
    expect(told).toMatchObject({
      code: 1,
      report: {
        interfaces: [],
        servers: [{ hasAnswered: false, error: { code: 701, text: 'No address of this machine reaches it.' } }],
        multicastDns: { works: false, ipv4: nothing('IPv4'), ipv6: nothing('IPv6') },
        connectivity: { isExpected: false, host: false },
      },
    })
    expect(codes(told)).toEqual(expect.arrayContaining(['no-address', 'server-failed', 'no-multicast-dns']))
  })

  const four = 'ip address add 192.0.2.1/24 dev eth0'
  const noSix = 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6'
  const six = 'ip address add fe80::1/64 dev eth0 nodad'

  test.each([
    ['IPv4 alone', [noSix, ...cable, four], heard, nothing('IPv6')],
    ['IPv6 alone', [...cable, six], nothing('IPv4'), heard],
    ['both', [...cable, four, six], heard, heard],
  ])('multicast DNS over %s', async (_what, steps, ipv4, ipv6) => {
    const told = await doctor([], { enter: machine(...steps) })
    expect(told.report.multicastDns).toEqual({ works: true, reason: null, ipv4, ipv6 })
    expect(codes(told)).not.toContain('no-multicast-dns')
  })

  test.each([
    ['does not let it out', 'output', /EPERM/],
    ['does not let it in', 'input', /not heard/],
  ])('multicast DNS and a firewall that %s', async (_what, hook, reason) => {
    const rules = `table ip wall { chain ${hook} { type filter hook ${hook} priority filter; udp dport 5353 drop; }; }`
    const told = await doctor([], { enter: machine(noSix, ...cable, four, `nft '${rules}'`) })
    const { ipv4, ipv6, ...both } = told.report.multicastDns
    expect({ ipv4, ipv6 }).toEqual({
      ipv4: { works: false, reason: expect.stringMatching(reason) },
      ipv6: nothing('IPv6'),
    })
    expect(both).toEqual({ works: false, reason: `IPv4: ${ipv4.reason}; IPv6: ${ipv6.reason}` })
    expect(codes(told)).toContain('no-multicast-dns')
  })

  test('an address that no socket binds to is told with the reason; the others are used', async () => {
    // RFC 4862 §5.4: an address may not be used while it is looked for elsewhere, which takes a second for each look.
    const looksForOthers = 'echo 1000 > /proc/sys/net/ipv6/conf/eth0/dad_transmits'
    const tentative = 'ip address add 2001:db8::7/64 dev eth0'
    const { report } = await doctor([], { enter: machine(...cable, looksForOthers, tentative, four) })
    expect(report.interfaces.filter(({ scope }) => scope === 'private')).toMatchObject([
      { address: '192.0.2.1', family: 'IPv4', isUsed: true, reason: null, bindError: null },
      {
        address: '2001:db8::7',
        isUsed: false,
        bindError: 'EADDRNOTAVAIL',
        reason: expect.stringContaining('not bind'),
      },
    ])
  })
})

/** Those in the first column of the table under "Data". */
function documentedFields(): Set<string> {
  const [, data = ''] = readFileSync('docs/doctor.md', 'utf8').split('\n## Data\n')
  const rows = data
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  return new Set(rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, field]) => field!)))
}

/** Paths of everything in it that is not an object or a list of objects, and of what may be null instead of an object. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => fieldsOf(item, `${path}[]`))
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Object.entries(value).flatMap(([key, item]) => fieldsOf(item, path === '' ? key : `${path}.${key}`))
  return ['mapped', 'relayed', 'error'].some((name) => path.endsWith(`.${name}`)) ? [path, ...inner] : inner
}

const labMissing = (await NatLab.missing()) ?? coturnIsMissing

describe.skipIf(isAbsent({ name: 'NATs and coturn', missing: labMissing }))('behind NATs of the kernel', () => {
  const lab = new NatLab()
  const servers: Coturn[] = []
  let host: LabHost
  let nat: Nat
  let behind: LabHost

  beforeAll(async () => {
    await lab.create()
    host = await lab.publicHost()
    nat = await lab.nat('full-cone')
    behind = await lab.hostBehind(nat)
  })

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop()
  })

  afterAll(async () => {
    await lab.delete()
  })

  async function serve(): Promise<void> {
    const relay = { tcp: true }
    servers.push(await Coturn.start({ ...host, port: PORT, relay, otherAddress: await secondAddress() }))
  }

  async function secondAddress(): Promise<string> {
    const other = host.address.replace(/\d+$/, '200')
    const [command, ...words] = host.enter
    await run(command, [...words, 'ip', 'address', 'replace', `${other}/24`, 'dev', 'eth0'])
    return other
  }

  test.each<[NatKind, string, string, string]>([
    ['full-cone', 'endpoint-independent', 'endpoint-independent', 'most'],
    ['address-restricted', 'endpoint-independent', 'address-dependent', 'most'],
    ['port-restricted', 'endpoint-independent', 'address-and-port-dependent', 'most'],
    ['symmetric', 'address-and-port-dependent', 'address-and-port-dependent', 'some'],
  ])('%s: %s mapping, %s filtering', async (kind, mapping, filtering, serverReflexive) => {
    await nat.configure(kind)
    await serve()
    const told = await doctor([`stun:${host.address}`], { enter: behind.enter })
    expect(told.report.nat).toMatchObject([{ localAddress: behind.address, isTranslated: true, mapping, filtering }])
    expect(told.report.servers).toMatchObject([{ hasAnswered: true, mapped: { address: nat.publicAddress } }])
    expect(told.report.connectivity).toMatchObject({ serverReflexive, isExpected: serverReflexive === 'most' })
    expect(told.code).toBe(serverReflexive === 'most' ? 0 : 1)
    expect(codes(told)).toContain(serverReflexive === 'most' ? 'add-turn' : 'symmetric-nat')
  })

  test('UDP blocked: TURN over TCP is what to use', async () => {
    await nat.configure('udp-blocked')
    await serve()
    const url = `turn:${host.address}`
    const told = await doctor([url], { enter: behind.enter, further: ['--timeout', '3'] })
    expect(told.code).toBe(1)
    expect(codes(told)).toEqual(expect.arrayContaining(['use-tcp', 'udp-blocked']))
    const remedied = await doctor([`${url}?transport=tcp`], { enter: behind.enter })
    expect(remedied).toMatchObject({ code: 0, report: { connectivity: { relay: ['tcp'] } } })
  })
})
