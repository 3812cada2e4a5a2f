import { afterEach, describe, expect, test } from 'vitest'
import { RTCPeerConnection } from '../../src/index.js'
import { nodeIo } from '../../src/node/index.js'
import type { UdpSocket } from '../../src/node/index.js'
import { SeededRandom } from '../support/seeded-random.js'
import { negotiate } from '../support/signalling.js'

// On real sockets, and so with what the kernel makes of bursts: merged, in any size, from somebody who is not the peer.

const MESSAGE_BYTES = 32_768
const MESSAGES = 100
const BURST = 60

let cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const release of cleanUp) await release()
  cleanUp = []
})

/** What looks like one of our protocols to begin with, and lies about its length, or does not. */
function hostile(random: () => number): Uint8Array {
  const below = (end: number): number => Math.floor(random() * end)
  const bytes = Uint8Array.from({ length: below(1400) }, () => below(256))
  const length = random() < 0.5 ? Math.max(bytes.length - 13, 0) : below(65_536)
  const heads = [
    [20 + below(44), 254, 253, 0, 1, 0, 0, 0, 0, 0, below(256), length >> 8, length & 0xff],
    [0, 1, length >> 8, length & 0xfc, 0x21, 0x12, 0xa4, 0x42],
    [64 + below(16), below(256), length >> 8, length & 0xff],
    [],
  ]
  bytes.set(heads[below(heads.length)]!.slice(0, bytes.length))
  return bytes
}

async function pair(fastPath: boolean): Promise<{ sender: RTCPeerConnection; receiver: RTCPeerConnection }> {
  const configuration = { tincan: { includeLoopback: true, addresses: { only: ['127.0.0.1'] }, fastPath } }
  const [sender, receiver] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)]
  cleanUp.push(
    () => sender.close(),
    () => receiver.close(),
  )
  return { sender, receiver }
}

describe.each([
  ['batched', true],
  ['plain', false],
])('%s', (_path, fastPath) => {
  test(
    'a flood of hostile datagrams in bursts, of one size and of many, does no harm to a transfer',
    { timeout: 60_000 },
    async () => {
      const seeded = new SeededRandom(11)
      const random = (): number => seeded.next()
      const { sender, receiver } = await pair(fastPath)
      const channel = sender.createDataChannel('transfer')
      const opened = new Promise((resolve) => (channel.onopen = resolve))
      const sums: number[] = []
      const all = new Promise<void>((resolve) => {
        receiver.ondatachannel = (event) => {
          event.channel.onmessage = ({ data }) => {
            sums.push(new Uint8Array(data as ArrayBuffer).reduce((sum, byte) => sum + byte, 0))
            if (sums.length === MESSAGES) resolve()
          }
        }
      })
      await negotiate(sender, receiver)
      await opened
      const attacker: UdpSocket = await nodeIo.bindUdp('127.0.0.1', undefined, () => {}, !fastPath)
      cleanUp.push(() => attacker.close())
      const pairNow = sender.sctp?.transport.iceTransport.getSelectedCandidatePair()
      const ports = [pairNow?.local.port, pairNow?.remote.port] as number[]
      for (let i = 0; i < MESSAGES; i++) {
        channel.send(new Uint8Array(MESSAGE_BYTES).fill(i))
        const same = hostile(random)
        for (const port of ports) {
          for (let n = 0; n < BURST; n++)
            attacker.queue(random() < 0.7 ? same : hostile(random), { address: '127.0.0.1', port })
        }
        attacker.flush()
        await new Promise((resolve) => setImmediate(resolve))
      }
      await all
      expect(sums).toEqual(Array.from({ length: MESSAGES }, (_, i) => i * MESSAGE_BYTES))
      expect([sender.connectionState, receiver.connectionState]).toEqual(['connected', 'connected'])
    },
  )
})
