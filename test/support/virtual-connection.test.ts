import { afterEach, describe, expect, test } from 'vitest'
import { RTCPeerConnection } from '../../src/index.js'
import { withIo } from '../../src/node/index.js'
import { negotiate } from './signalling.js'
import type { VirtualIo } from './virtual-io.js'
import { VirtualNetwork } from './virtual-network.js'
import type { LinkOptions } from './virtual-network.js'

let open: RTCPeerConnection[] = []

afterEach(() => {
  for (const connection of open) connection.close()
  open = []
})

function connectionOn(io: VirtualIo): RTCPeerConnection {
  const connection = withIo(io, () => new RTCPeerConnection())
  open.push(connection)
  return connection
}

async function transfer(seed: number, link: Partial<LinkOptions>): Promise<{ took: number; sent: number }> {
  const network = new VirtualNetwork({ seed, link })
  const alice = connectionOn(network.host({ addresses: ['192.0.2.1', '2001:db8::1'] }))
  const bob = connectionOn(network.host({ addresses: ['192.0.2.2'] }))
  const events: string[] = []
  const channel = alice.createDataChannel('test')
  channel.onopen = () => {
    for (let i = 0; i < 50; i++) channel.send(`message ${i}`)
    channel.close()
  }
  bob.ondatachannel = ({ channel: theirs }) => {
    theirs.onmessage = ({ data }) => events.push(String(data))
    theirs.onclose = () => events.push('close')
  }
  await negotiate(alice, bob)
  await network.run({ until: () => events.at(-1) === 'close' })
  expect(events).toEqual([...Array.from({ length: 50 }, (_, i) => `message ${i}`), 'close'])
  return { took: network.now, sent: network.counters.sent }
}

describe('an RTCPeerConnection on a simulated network', () => {
  test('connects, sends and closes in virtual time', async () => {
    const { took } = await transfer(1, { latencyMillis: 50 })
    expect(took).toBeGreaterThan(1000 + 8 * 50)
  })

  test('and with 5 % loss, reordering and duplicates', async () => {
    await transfer(2, { latencyMillis: 20, lossRatio: 0.05, reorderRatio: 0.05, duplicateRatio: 0.02 })
  })
})
