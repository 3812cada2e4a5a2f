import { expect, test } from 'vitest'
import { TrafficMeter } from './traffic.js'

test('counts packets and bytes; what it told does not change any more', () => {
  const meter = new TrafficMeter()
  meter.sent(100)
  meter.sent(50)
  meter.received(7)
  const { total } = meter
  meter.received(1000)
  expect(total).toEqual({ packetsSent: 2, bytesSent: 150, packetsReceived: 1, bytesReceived: 7 })
  expect(meter.total).toMatchObject({ packetsReceived: 2, bytesReceived: 1007 })
})
