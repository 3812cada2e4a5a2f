import { describe, expect, test } from 'vitest'
import { Bottleneck, type BottleneckOptions, jainIndex } from '../support/bottleneck/bottleneck.js'
import { SctpFlow, type SctpFlowOptions } from '../support/bottleneck/sctp-flow.js'
import { TcpCubicFlow } from '../support/bottleneck/tcp-cubic-flow.js'

/** 20 Mbit/s; at 40 ms, 100 kB are on their way. */
const BYTES_PER_MILLI = 2500
const PATH = { seed: 7, rttMillis: 40, bytesPerMilli: BYTES_PER_MILLI, queueBytes: 100_000 }
/** What is left of a packet without its headers. */
const PAYLOAD_SHARE = 1132 / 1225

function ours(network: Bottleneck, options: SctpFlowOptions = {}): SctpFlow {
  return network.add(new SctpFlow('tincan', network, 100 + 2 * network.flows.length, options))
}

function theirs(network: Bottleneck): TcpCubicFlow {
  return network.add(new TcpCubicFlow('TCP CUBIC', network))
}

/** One of ours on a path, after some seconds. */
function alone(options: Partial<BottleneckOptions>, warmUpMillis = 5000): { network: Bottleneck; flow: SctpFlow } {
  const network = new Bottleneck({ ...PATH, ...options })
  const flow = ours(network)
  network.runFor(warmUpMillis)
  return { network, flow }
}

describe('with a TCP CUBIC flow at the same bottleneck', () => {
  test.each([
    [20, 0.5],
    [40, 1],
    [40, 2],
    [100, 1],
  ])('%i ms, a queue of %d windows: both have their share of a minute', (rttMillis, windows) => {
    const network = new Bottleneck({ ...PATH, rttMillis, queueBytes: windows * rttMillis * BYTES_PER_MILLI })
    ours(network)
    theirs(network)
    network.runFor(5000)
    const shares = network.measure(60_000)
    expect(jainIndex(shares)).toBeGreaterThan(0.9)
    expect(shares[0]! + shares[1]!).toBeGreaterThan(0.9 * BYTES_PER_MILLI * 60_000)
  })

  test('who comes second gets its share, whichever it is', () => {
    for (const order of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      const network = new Bottleneck(PATH)
      order[0](network)
      network.runFor(20_000)
      order[1](network)
      network.runFor(20_000)
      expect(jainIndex(network.measure(40_000))).toBeGreaterThan(0.85)
    }
  })
})

describe('alone at a bottleneck', () => {
  test('fills it, with no more of a queue than TCP CUBIC, and fewer losses at the beginning', () => {
    const { network, flow } = alone({})
    const lostAtFirst = network.dropped
    const [delivered] = network.measure(30_000)
    expect(delivered! / 30_000 / BYTES_PER_MILLI).toBeGreaterThan(0.98 * PAYLOAD_SHARE)
    expect(flow.counters['retransmissionTimeouts']).toBe(0)

    const other = new Bottleneck(PATH)
    theirs(other)
    other.runFor(5000)
    // Slow start that ends only with loss loses as much as was in flight.
    expect(lostAtFirst).toBeLessThan(other.dropped / 4)
    other.measure(30_000)
    expect(network.takeMeanQueueMillis()).toBeLessThan(1.1 * other.takeMeanQueueMillis())
  })

  test('a queue of two seconds is not filled by slow start (RFC 9406)', () => {
    const { network, flow } = alone({ queueBytes: 2000 * BYTES_PER_MILLI }, 3000)
    expect(network.dropped).toBe(0)
    expect(network.queueMillis).toBeLessThan(400)
    expect(flow.deliveredBytes).toBeGreaterThan(0.75 * 3000 * BYTES_PER_MILLI)
  })

  test('what it sends is spread: no burst is longer than the pace allows', () => {
    const { network, flow } = alone({})
    flow.longestBurst = 0
    network.runFor(10_000)
    expect(flow.longestBurst).toBeLessThanOrEqual(17)
  })

  test('after a pause, too; and what it had learned of the path is not forgotten', () => {
    const { network, flow } = alone({})
    flow.isBusy = false
    network.runFor(10_000)
    expect(flow.sender.holdings.flightBytes).toBe(0)
    flow.isBusy = true
    flow.longestBurst = 0
    const { dropped } = network
    flow.drain()
    const [delivered] = network.measure(1000)
    expect(flow.longestBurst).toBeLessThanOrEqual(17)
    expect(delivered! / 1000 / BYTES_PER_MILLI).toBeGreaterThan(0.8 * PAYLOAD_SHARE)
    expect(network.dropped - dropped).toBeLessThan(20)
  })

  test('an outage of five seconds: after as long as T3-rtx may wait, and one more, it is as fast as before', () => {
    const { network } = alone({})
    network.isDown = true
    network.runFor(5000)
    network.isDown = false
    network.runFor(4000)
    const [delivered] = network.measure(5000)
    expect(delivered! / 5000 / BYTES_PER_MILLI).toBeGreaterThan(0.9 * PAYLOAD_SHARE)
  })

  test('a path that reorders 1 % of its packets by half a round trip is as fast as one that does not', () => {
    const { network, flow } = alone({ lateRatio: 0.01, lateMillis: 20 })
    const [delivered] = network.measure(20_000)
    expect(delivered! / 20_000 / BYTES_PER_MILLI).toBeGreaterThan(0.95 * PAYLOAD_SHARE)
    expect(flow.counters['spuriousRecoveries']).toBeGreaterThan(10)
  })

  test('delays of all packets at once are no loss: the timeout is undone', () => {
    const { network, flow } = alone({})
    const before = flow.sender.path!.cwndBytes
    // The next packets take 400 ms more, all of them, and in their order.
    network.options = { ...network.options, rttMillis: 840 }
    network.runFor(25)
    network.options = { ...network.options, rttMillis: 40 }
    network.runFor(2000)
    expect(flow.counters['retransmissionTimeouts']).toBeLessThanOrEqual(1)
    expect(flow.sender.path!.cwndBytes).toBeGreaterThan(0.65 * before)
  })

  test.each([
    [0.01, 0.3],
    [0.05, 0.12],
    [0.2, 0.05],
  ])(
    'with a loss of %d each way it keeps at least %d MB/s, as theory has it for TCP',
    (lossRatio, megabytesPerSecond) => {
      const { network } = alone({ bytesPerMilli: 12_500, queueBytes: 500_000, lossRatio })
      expect(network.measure(60_000)[0]! / 60_000 / 1000).toBeGreaterThan(megabytesPerSecond)
    },
  )
})

describe('a path of 1 Gbit/s', () => {
  const GIGABIT = { ...PATH, bytesPerMilli: 125_000, queueBytes: 5_000_000 }

  test('40 ms: full after less than a second', () => {
    const network = new Bottleneck(GIGABIT)
    ours(network, { queuedBytes: 20_000_000 })
    network.runFor(800)
    expect(network.measure(300)[0]! / 300).toBeGreaterThan(94_000)
  })

  test('as long as nothing is lost the window grows, far beyond what the peer showed at first; and 1 % of it is found lost', () => {
    const network = new Bottleneck({ seed: 1, rttMillis: 200 })
    const flow = ours(network, { queuedBytes: 20_000_000 })
    const inFlight = (): number => flow.sender.holdings.flightBytes
    network.runFor(10_000, () => inFlight() > 16 << 20)
    expect(inFlight()).toBeGreaterThan(16 << 20)
    flow.isBusy = false
    network.options = { ...network.options, lossRatio: 0.01 }
    network.runFor(60_000, () => inFlight() === 0)
    expect(inFlight()).toBe(0)
    expect(flow.counters['retransmissionTimeouts']).toBeLessThanOrEqual(1)
  })
})
