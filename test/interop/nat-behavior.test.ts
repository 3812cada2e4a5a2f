/**
 * discoverNatBehavior() behind NATs of the kernel, asking a coturn with two addresses (RFC 5780). It says what each NAT is, and
 * with that, that the lab's NATs are what they are called.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Coturn, coturnMissing } from './coturn.js'
import { NatLab } from './nat-lab.js'
import type { LabHost, Nat } from './nat-lab.js'
import { askNatBehavior } from './nat-behavior-host.js'
import type { NatKind } from './nat-rules.js'
import { isAbsent } from './peers.js'

const run = promisify(execFile)

const STUN_PORT = 3478
/** On the public segment, and nobody's. */
const SECOND_ADDRESS = '203.0.113.100'

const missing = (await NatLab.missing()) ?? (await coturnMissing())

describe.skipIf(isAbsent({ name: 'NATs and coturn', missing }))('what a NAT does', () => {
  const lab = new NatLab()
  let coturn: Coturn | undefined
  let nat: Nat
  let behind: LabHost
  let open: LabHost

  beforeAll(async () => {
    await lab.create()
    const server = await lab.publicHost()
    const [command, ...words] = server.enter
    await run(command, [...words, 'ip', 'address', 'add', `${SECOND_ADDRESS}/24`, 'dev', 'eth0'])
    coturn = await Coturn.start({ ...server, port: STUN_PORT, otherAddress: SECOND_ADDRESS })
    nat = await lab.nat('port-restricted')
    behind = await lab.hostBehind(nat)
    await fewPorts(behind)
    open = await lab.publicHost()
  })

  /** No more than are needed at once: each kind of NAT is asked from ports that the one before was asked from, and has to have forgotten. */
  async function fewPorts({ enter: [command, ...words] }: LabHost): Promise<void> {
    await run(command, [...words, 'sh', '-c', 'echo 50000 50001 > /proc/sys/net/ipv4/ip_local_port_range'])
  }

  afterAll(async () => {
    await coturn?.stop()
    await lab.delete()
  })

  test.each<[NatKind, string, string]>([
    ['full-cone', 'endpoint-independent', 'endpoint-independent'],
    ['address-restricted', 'endpoint-independent', 'address-dependent'],
    ['port-restricted', 'endpoint-independent', 'address-and-port-dependent'],
    ['symmetric', 'address-and-port-dependent', 'address-and-port-dependent'],
  ])('%s: mapping %s, filtering %s', async (kind, mapping, filtering) => {
    await nat.configure(kind)
    expect(await askNatBehavior(behind, coturn!.url)).toMatchObject([
      {
        localAddress: behind.address,
        isTranslated: true,
        mapping,
        filtering,
        servers: [{ url: coturn!.url, mappedAddress: nat.publicAddress }],
      },
    ])
  })

  test('UDP blocked: nobody answers', async () => {
    await nat.configure('udp-blocked')
    expect(await askNatBehavior(behind, coturn!.url)).toEqual([])
  })

  test('a public address: nothing is translated or filtered', async () => {
    expect(await askNatBehavior(open, coturn!.url)).toMatchObject([
      { localAddress: open.address, isTranslated: false, filtering: 'endpoint-independent', hairpinning: null },
    ])
  })
})
