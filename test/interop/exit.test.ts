import { afterEach, describe, expect, test } from 'vitest'
import { launchChild, launchLeavableChild } from './hosts/child-process.js'
import type { LeavableHost } from './hosts/child-process.js'
import { createPair, negotiate } from './negotiate.js'
import type { Host, RemotePeer } from './remote-peer.js'

/** Far above what an exit takes on a loaded machine, far below any timer of a protocol; it starts with the last close. */
const EXIT_BOUND_MILLIS = 1_000

/** What keeps the child's own channel to its test: with it gone nothing is left to run. */
const OF_THE_TEST = ['PipeWrap', 'Pipe', 'TTYWrap']

describe('a process whose last connection is closed ends by itself (P9)', () => {
  const hosts: Host[] = []
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.dispose()
  })

  async function leavable(): Promise<LeavableHost> {
    const launched = await launchLeavableChild('tincan')
    hosts.push(launched.host)
    return launched
  }

  /** The last close, then our hands off the process: it holds nothing, and ends by itself. */
  async function expectExit({ leave, resources }: LeavableHost, last: RemotePeer): Promise<void> {
    await last.closeConnection()
    const held = (await resources()).filter((kind) => !OF_THE_TEST.includes(kind))
    expect(held).toEqual([])
    const exited = await leave()
    expect(exited.code).toBe(0)
    expect(exited.at - last.log.find('call close')!.at).toBeLessThan(EXIT_BOUND_MILLIS)
  }

  test('after messages, whoever closed first', async () => {
    const first = await leavable()
    const second = await leavable()
    const pair = await createPair(first.host, second.host, 'offerer')
    await pair.ours.createChannel('chat')
    await negotiate(pair, { trickle: true })
    await pair.ours.log.event('open', 'chat')
    await pair.theirs.log.event('open', 'chat')
    await pair.ours.send('chat', [{ kind: 'text', size: 100_000, seed: 1 }])
    await pair.theirs.log.messages('chat', 1)
    await expectExit(first, pair.ours)
    await pair.theirs.log.event('close', 'chat')
    await expectExit(second, pair.theirs)
  })

  test('while it gathers, with nobody on the other side', async () => {
    const alone = await leavable()
    const connection = await alone.host.connection('ours')
    await connection.createChannel('chat')
    await connection.offer(false)
    await expectExit(alone, connection)
  })

  test('after its peer was killed', async () => {
    const survivor = await leavable()
    const victim = await launchChild('tincan')
    hosts.push(victim)
    const pair = await createPair(survivor.host, victim, 'answerer')
    await pair.theirs.createChannel('chat')
    await negotiate(pair, { trickle: true })
    await pair.ours.log.event('open', 'chat')
    await victim.dispose()
    await pair.ours.send('chat', [{ kind: 'binary', size: 100_000, seed: 1 }])
    await expectExit(survivor, pair.ours)
  })
})
