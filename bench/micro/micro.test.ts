import { describe, expect, test } from 'vitest'
import { LAYERS } from './catalogue.js'
import type { Layer } from './layer.js'
import { measure, WARM_UP_ROUNDS } from './measure.js'
import { microUsage, parseMicroOptions } from './options.js'

const workloads = LAYERS.flatMap(({ name, workloads: all }) => all.map((workload) => ({ name, workload })))

describe('workloads', () => {
  test.each(workloads)('$name: $workload.title', ({ workload }) => {
    const { [workload.unit]: done, ...others } = workload.prepare(50)()
    expect(done).toBe(50)
    for (const count of Object.values(others)) expect(count).toBeGreaterThan(0)
  })
})

test('the same transfer takes the same packets each time', () => {
  const [workload] = LAYERS.find(({ name }) => name === 'sctp')!.workloads
  const counts = workload!.prepare(20)()
  expect(workload!.prepare(20)()).toEqual(counts)
  expect(counts['packets']).toBeGreaterThan((20 * 65_536) / 1200)
})

test('each of the four flights of a handshake is one datagram', () => {
  const { workloads } = LAYERS.find(({ name }) => name === 'dtls')!
  const handshakes = workloads.filter(({ unit }) => unit === 'handshakes')
  const counts = handshakes.map((workload) => workload.prepare(10)())
  expect(counts).toEqual(handshakes.map(() => ({ handshakes: 10, datagrams: 40 })))
  expect(handshakes).toHaveLength(2)
})

describe('measuring', () => {
  const work = { title: 'work', operations: 10, unit: 'things' }
  const layer = (...all: Layer['workloads']): Layer => ({ name: 'one', title: 'a layer', workloads: all })

  test('more rounds than asked for; a result for each unit; what cannot run is named', () => {
    let runs = 0
    const counting = { ...work, prepare: (things: number) => () => ({ things, rounds: ++runs }) }
    const absent = { ...work, title: 'absent', missing: () => 'no library', prepare: () => () => ({}) }
    const { results, missing } = measure([layer(counting, absent)], 3)
    expect(runs).toBe(WARM_UP_ROUNDS + 3)
    expect(results.map(({ layer: name, workload, unit }) => [name, workload, unit])).toEqual([
      ['one', 'work', 'things'],
      ['one', 'work', 'rounds'],
    ])
    expect(missing).toEqual([{ layer: 'one', workload: 'absent', reason: 'no library' }])
  })

  test('work that is not all done is an error', () => {
    const lazy = { ...work, prepare: () => () => ({ things: 9 }) }
    expect(() => measure([layer(lazy)], 1)).toThrow('one, work: 9 of 10 things')
  })
})

describe('options', () => {
  const parse = (...args: string[]) => parseMicroOptions(args, LAYERS)

  test('all layers, or those named', () => {
    expect(parse()).toEqual({ layers: LAYERS, rounds: 5, json: false, help: false })
    const { layers, ...others } = parse('stun', 'dtls', '--rounds', '2', '--json')
    expect(layers.map(({ name }) => name)).toEqual(['dtls', 'stun'])
    expect(others).toEqual({ rounds: 2, json: true, help: false })
  })

  test('what is not there is refused', () => {
    expect(() => parse('rtp')).toThrow("there is no layer 'rtp'; there are dtls, sctp, stun, ice, sdp")
    expect(() => parse('--rounds', '0')).toThrow('--rounds wants a number')
    expect(() => parse('--fast')).toThrow('--fast')
    for (const { name } of LAYERS) expect(microUsage(LAYERS)).toContain(`  ${name} `)
  })
})
