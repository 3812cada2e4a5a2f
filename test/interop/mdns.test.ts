import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { opened } from './bed.js'
import { browserExecutable } from '../support/browser.js'
import { exchangeMessages } from './exchange-messages.js'
import { launchBrowser } from './hosts/browser.js'
import { launchChild } from './hosts/child-process.js'
import type { ChildImplementation } from './hosts/child-process.js'
import { createPair, negotiate } from './negotiate.js'
import { NetworkNamespace, namespacesMissing } from './network-namespace.js'
import { isAbsent, peer } from './peers.js'
import type { Host } from './remote-peer.js'

const noNamespaces = isAbsent({ name: 'multicast DNS', missing: await namespacesMissing() })
const absent = noNamespaces || isAbsent(peer('chromium'))

/** As browsers come: host addresses are `….local` names, resolved by multicast. */
const NAME = / [0-9a-f-]{36}\.local /
const ADDRESS = /(tcp|udp) \d+ (\d+\.\d+|\S*:)/i

/** The names in the candidates that a side told. */
function namesIn(events: readonly { type: string; detail?: unknown }[]): string {
  return JSON.stringify(events.filter(({ type }) => type === 'icecandidate').map(({ detail }) => detail))
}

describe.skipIf(absent)('a Chromium that hides its addresses behind mDNS names', () => {
  let namespace: NetworkNamespace | undefined
  let folder: string | undefined
  const hosts: Host[] = []

  beforeAll(async () => {
    namespace = await NetworkNamespace.create()
    folder = await mkdtemp(join(tmpdir(), 'interop-mdns-'))
    const executable = join(folder, 'chromium')
    await writeFile(executable, `#!/bin/sh\nexec ${namespace.enter.join(' ')} ${browserExecutable('chromium')!} "$@"\n`)
    await chmod(executable, 0o755)
    const subject = (process.env['INTEROP_SUBJECT'] ?? 'tincan') as ChildImplementation
    hosts.push(await launchChild(subject, namespace.enter))
    hosts.push(await launchBrowser('chromium', { hideAddresses: true, executable, pipe: true }))
  }, 60_000)

  afterAll(async () => {
    for (const host of hosts) await host.dispose()
    await namespace?.delete()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }, 60_000)

  test.each([
    ['offerer', false],
    ['answerer', false],
    ['offerer', true],
    ['answerer', true],
  ] as const)('we are the %s, and hide ours: %s', async (ourRole, hidesOurs) => {
    const ours = { configuration: { tincan: { mdnsHostCandidates: hidesOurs } } }
    const pair = await createPair(hosts[0]!, hosts[1]!, ourRole, { ours })
    await pair.offerer.createChannel('chat')
    await negotiate(pair, { trickle: true })
    await opened(pair, 'chat')
    expect(namesIn(pair.theirs.log.events)).toMatch(NAME)
    if (hidesOurs) expect(namesIn(pair.ours.log.events)).toMatch(NAME)
    if (hidesOurs) expect(namesIn(pair.ours.log.events)).not.toMatch(ADDRESS)
    await exchangeMessages(pair, 1000)
    await pair.ours.closeConnection()
    await pair.theirs.closeConnection()
  })
})

/** Chromium 156 cannot take part on Linux: it binds to ff02::fb without a zone, which Linux refuses, and then gathers nothing. */
describe.skipIf(noNamespaces)('two machines on a link of IPv6 alone', () => {
  let places: readonly NetworkNamespace[] = []
  const hosts: Host[] = []

  beforeAll(async () => {
    places = await NetworkNamespace.createIpv6Pair()
    for (const { enter } of places) hosts.push(await launchChild('tincan', enter))
  }, 60_000)

  afterAll(async () => {
    for (const host of hosts) await host.dispose()
    for (const place of places) await place.delete()
  }, 60_000)

  test.each([
    ['both hide their addresses', true, true],
    ['the offerer does', true, false],
    ['the answerer does', false, true],
  ])('%s', async (_who, offererHides, answererHides) => {
    const hiding = (mdnsHostCandidates: boolean): object => ({ configuration: { tincan: { mdnsHostCandidates } } })
    const [offerer, answerer] = [hiding(offererHides), hiding(answererHides)]
    const pair = await createPair(hosts[0]!, hosts[1]!, 'offerer', { ours: offerer, theirs: answerer })
    await pair.offerer.createChannel('chat')
    await negotiate(pair, { trickle: true })
    await opened(pair, 'chat')
    for (const [side, hides] of [
      [pair.ours, offererHides],
      [pair.theirs, answererHides],
    ] as const) {
      expect(ADDRESS.test(namesIn(side.log.events))).toBe(!hides)
      expect(NAME.test(namesIn(side.log.events))).toBe(hides)
    }
    await exchangeMessages(pair, 1000)
    await pair.ours.closeConnection()
    await pair.theirs.closeConnection()
  })
})
