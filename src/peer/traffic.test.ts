import { describe, expect, test } from 'vitest'
import { TrafficMeter } from './traffic.js'

const to = (port: number) => ({ address: '192.0.2.1', port })

describe('TrafficMeter', () => {
  test('counts each path by itself, and all together', () => {
    const meter = new TrafficMeter()
    meter.sent(1, to(1), 100)
    meter.sent(1, to(1), 50)
    meter.received(1, to(1), 7)
    meter.received(2, to(1), 1000)
    meter.sent(1, to(2), 9)
    const over = meter.over({ socketId: 1, to: to(1) })
    expect(over).toEqual({ packetsSent: 2, bytesSent: 150, packetsReceived: 1, bytesReceived: 7 })
    expect(meter.over({ socketId: 3, to: to(1) }).packetsReceived).toBe(0)
    expect(meter.total).toEqual({ packetsSent: 3, bytesSent: 159, packetsReceived: 2, bytesReceived: 1007 })
  })

  test('remembers so many paths; the total forgets none', () => {
    const meter = new TrafficMeter()
    for (let port = 1; port <= 1000; port++) meter.sent(1, to(port), 3)
    expect(meter.total).toMatchObject({ packetsSent: 1000, bytesSent: 3000 })
    expect(meter.over({ socketId: 1, to: to(1000) }).bytesSent).toBe(3)
    expect(meter.over({ socketId: 1, to: to(1) }).bytesSent).toBe(0)
  })
})
