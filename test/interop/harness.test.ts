import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createPair, negotiate } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import { isAbsent, launchSubject, peer } from './peers.js'
import type { PeerName } from './peers.js'
import type { Host } from './remote-peer.js'

/**
 * The test bed with none of ours in it: what fails here is the bed, or the others. In pairs, so that each implementation offers
 * once and answers once.
 */
const pairs: [PeerName, PeerName][] = [
  ['werift', 'node-datachannel'],
  ['node-datachannel', '@roamhq/wrtc'],
  ['@roamhq/wrtc', 'chromium'],
  ['chromium', 'firefox'],
  ['firefox', 'werift'],
]

/** As in interop-suite.ts; Chromium's DTLS with node-datachannel failed once, and nothing of ours was there. */
const RETRY = { retry: 1 }

describe.each(pairs)('%s offers to %s', RETRY, (left, right) => {
  const peers = [peer(left), peer(right)] as const
  const absent = peers.some((one) => isAbsent(one))
  const hosts: Host[] = []
  beforeAll(async () => {
    if (!absent) for (const one of peers) hosts.push(await one.launch())
  })
  afterAll(async () => {
    for (const host of hosts) await host.dispose()
  })

  test.skipIf(absent).each([true, false])('messages both ways, trickle %s', async (trickle) => {
    const pair = await createPair(hosts[0]!, hosts[1]!, 'offerer')
    await pair.ours.createChannel('chat')
    await negotiate(pair, { trickle })
    await pair.ours.log.event('open', 'chat')
    await pair.theirs.log.event('open', 'chat')
    const recipes: MessageRecipe[] = [
      { kind: 'text', size: 1000, seed: 1 },
      { kind: 'binary', size: 5000, seed: 2 },
    ]
    await pair.ours.send('chat', recipes)
    await pair.theirs.send('chat', recipes)
    const expected = recipes.map(digestOfRecipe)
    expect(await pair.theirs.log.messages('chat', 2)).toEqual(expected)
    expect(await pair.ours.log.messages('chat', 2)).toEqual(expected)
    await pair.ours.closeConnection()
    await pair.theirs.closeConnection()
  })
})

describe.each(['chromium', 'firefox'] as const)('a page of %s', (name) => {
  const absent = isAbsent(peer(name))
  const hosts: Host[] = []
  beforeAll(async () => {
    if (!absent) hosts.push(await launchSubject(), await peer(name).launch())
  })
  afterAll(async () => {
    for (const host of hosts) await host.dispose()
  })

  test.skipIf(absent)('what a command recorded is in the log when it returns, whatever comes in beside', async () => {
    const pair = await createPair(hosts[0]!, hosts[1]!, 'offerer')
    await pair.ours.createChannel('chat')
    await negotiate(pair, { trickle: true })
    for (const side of [pair.ours, pair.theirs]) await side.log.event('open', 'chat')
    const few: MessageRecipe[] = [{ kind: 'text', size: 1, seed: 1 }]
    for (let i = 1; i <= 100; i++) {
      const beside = pair.ours.send('chat', [...few, ...few, ...few])
      await pair.theirs.send('chat', few)
      expect(pair.theirs.log.events.filter(({ type }) => type === 'call send')).toHaveLength(i)
      await beside
    }
    for (const side of [pair.ours, pair.theirs]) await side.closeConnection()
  })
})

describe('a peer that is not on this machine', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })
  const missing = { name: 'chromium', missing: 'no chromium on this machine' }

  test('is skipped with one line that says why', () => {
    vi.stubEnv('CI', '')
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    expect(isAbsent(missing)).toBe(true)
    expect(warn.mock.calls).toEqual([['interop with chromium skipped: no chromium on this machine']])
  })

  test('fails in CI, so that a green run there means that every peer took part', () => {
    vi.stubEnv('CI', 'true')
    expect(() => isAbsent(missing)).toThrow('chromium: no chromium on this machine')
    expect(isAbsent({ name: 'chromium', missing: undefined })).toBe(false)
  })

  test('is noticed by its executable, or its package, not being there', () => {
    vi.stubEnv('CHROMIUM_PATH', '/nonexistent/chromium')
    expect(peer('chromium').missing).toMatch(/^no chromium on this machine/)
    expect(peer('werift').missing).toBeUndefined()
  })
})
