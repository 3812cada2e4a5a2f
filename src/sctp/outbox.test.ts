import { expect, test } from 'vitest'
import { zeroCounters } from './counters.js'
import { Outbox } from './outbox.js'
import { encodeHeartbeatAck } from './packet/chunk/heartbeat.js'
import { PacketBuilder } from './packet/packet-builder.js'

function outbox() {
  const counters = zeroCounters()
  return { counters, box: new Outbox(new PacketBuilder(5000, 5000, 1163), counters) }
}

const chunk = encodeHeartbeatAck(new Uint8Array(4))

test('SECURITY 9: 64 replies wait to be sent', () => {
  const { box, counters } = outbox()
  for (let i = 0; i < 64; i++) box.pushChunk(chunk)
  expect(counters.droppedControl).toBe(0)
  box.pushChunk(chunk)
  expect(counters.droppedControl).toBe(1)
})

test('SECURITY 9: 16 packets wait to be sent', () => {
  const { box, counters } = outbox()
  for (let i = 0; i < 16; i++) box.pushPacket(1, chunk)
  expect(counters.droppedControl).toBe(0)
  box.pushPacket(1, chunk)
  expect(counters.droppedControl).toBe(1)
  for (let i = 0; i < 16; i++) expect(box.takePacket()).toBeDefined()
  expect(box.takePacket()).toBeUndefined()
})
