/** RFC 8899 over real interfaces, in network namespaces: larger datagrams where the path carries them, and no longer when it does not. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBatchedPath } from '../../src/node/batched/native-udp.test-support.js'
import { bundledProgram } from './bundled-program.js'
import { NatLab, type LabHost } from './nat-lab.js'
import type { FromEnd, ToEnd } from './path-mtu-child.js'
import { isAbsent } from './peers.js'

/** Enough of them that SACKs and the first, smaller ones do not count. */
const MESSAGES = 40
/** Probes may be lost a few times, and a search begins after that. */
const ROUNDS = 20

const missing = hasBatchedPath ? await NatLab.missing() : 'no sockets here that forbid fragments'

class End {
  readonly #child: ChildProcess
  readonly #told: FromEnd[] = []

  constructor({ enter: [command, ...words] }: LabHost) {
    this.#child = spawn(command, [...words, process.execPath, '--input-type=module', '-'], {
      stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.stdin!.end(bundledProgram('./path-mtu-child.ts'))
    this.#child.on('message', (message: FromEnd) => this.#told.push(message))
  }

  order(message: ToEnd): void {
    this.#child.send(message)
  }

  /** The next of its kind. */
  async next<Kind extends keyof FromEnd>(kind: Kind): Promise<NonNullable<FromEnd[Kind]>> {
    for (;;) {
      const index = this.#told.findIndex((message) => message[kind] !== undefined)
      if (index >= 0) return this.#told.splice(index, 1)[0]![kind]!
      if (this.#child.exitCode !== null) throw new Error(`it ended while ${kind} was waited for`)
      await Promise.race([once(this.#child, 'message'), once(this.#child, 'exit')])
    }
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }
}

describe.skipIf(isAbsent({ name: 'network namespaces', missing }))('path MTU discovery over real interfaces', () => {
  const lab = new NatLab()
  const ends: End[] = []
  let hosts: LabHost[] = []

  beforeAll(async () => {
    await lab.create()
    hosts = [await lab.publicHost(), await lab.publicHost()]
    ends.push(...hosts.map((host) => new End(host)))
  })

  afterAll(async () => {
    await Promise.all(ends.map((end) => end.end()))
    await lab.delete()
  })

  let before = { packets: 0, bytes: 0 }
  /** Bytes of a datagram of a transfer, on average. */
  async function transfer(sender: End): Promise<number> {
    sender.order({ send: MESSAGES })
    const now = await sender.next('sent')
    const average = (now.bytes - before.bytes) / (now.packets - before.packets)
    before = now
    return average
  }

  async function untilAverage(sender: End, isRight: (bytes: number) => boolean): Promise<number> {
    for (let round = 0; ; round++) {
      const average = await transfer(sender)
      if (isRight(average) || round === ROUNDS) return average
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  test(
    'Ethernet carries more than 1200 bytes; when it does not any more, all arrives in smaller ones',
    { timeout: 120_000 },
    async () => {
      const [sender, receiver] = ends as [End, End]
      sender.order({ offer: true })
      receiver.order({ description: await sender.next('description') })
      sender.order({ description: await receiver.next('description') })
      await sender.next('isOpen')
      // 1,500 bytes less the headers of IPv4 and UDP are 1,472.
      expect(await untilAverage(sender, (bytes) => bytes > 1400)).toBeGreaterThan(1400)
      await lab.narrow(hosts[0]!, 1500)
      await lab.narrow(hosts[1]!, 1300)
      const after = await untilAverage(sender, (bytes) => bytes < 1272)
      expect(after).toBeGreaterThan(1000)
      expect(after).toBeLessThan(1272)
    },
  )
})
