import { expect, test } from 'vitest'
import { TrafficMeter } from './traffic.js'

test('counts packets and bytes; what it told does not change any more', () => {
  const meter = new TrafficMeter()
  const ofPath: string[] = []
  const path = {
    sent: (now: number, bytes: number) => ofPath.push(`${bytes} sent at ${now}`),
    received: (now: number, bytes: number) => ofPath.push(`${bytes} received at ${now}`),
  }
  meter.sent(1, 100, path)
  meter.sent(2, 50, undefined)
  meter.received(3, 7, path)
  expect(ofPath).toEqual(['100 sent at 1', '7 received at 3'])
  const { total } = meter
  meter.received(4, 1000, undefined)
  expect(total).toEqual({ packetsSent: 2, bytesSent: 150, packetsReceived: 1, bytesReceived: 7 })
  expect(meter.total).toMatchObject({ packetsReceived: 2, bytesReceived: 1007 })
})
