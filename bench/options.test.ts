import { describe, expect, test } from 'vitest'
import { MEASUREMENTS } from './measure/catalogue.js'
import { parseOptions, RESULTS_FILE, usage } from './options.js'

const names = { measurements: ['throughput', 'setup'], peers: ['tincan', 'werift'] }
const parse = (...args: string[]) => parseOptions(args, names)

describe('options', () => {
  test('without any: three rounds of everything', () => {
    expect(parse()).toEqual({
      quick: false,
      only: undefined,
      peers: undefined,
      rounds: 3,
      write: false,
      from: undefined,
      out: RESULTS_FILE,
      json: false,
      help: false,
    })
  })

  test('--quick is one round, unless another number is given', () => {
    expect(parse('--quick').rounds).toBe(1)
    expect(parse('--quick', '--rounds', '2')).toMatchObject({ quick: true, rounds: 2 })
  })

  test('lists are names with commas between them', () => {
    expect(parse('--only', 'throughput,setup').only).toEqual(['throughput', 'setup'])
    expect(parse('--peers=werift').peers).toEqual(['werift'])
  })

  test.each([
    [['--only', 'nothing'], "there is no 'nothing'; there are throughput, setup"],
    [['--peers', 'tincan,other'], "there is no 'other'"],
    [['--only', ','], '--only wants names'],
    [['--rounds', '0'], '--rounds wants a number'],
    [['--rounds', '2.5'], '--rounds wants a number'],
    [['--rounds', 'many'], '--rounds wants a number'],
    [['--fast'], '--fast'],
    [['throughput'], 'throughput'],
    [['--only'], '--only'],
  ])('%j is refused with a reason', (args, reason) => {
    expect(() => parse(...args)).toThrow(reason)
  })

  test('a file through streams is a measurement like others', () => {
    const real = { measurements: MEASUREMENTS.map(({ name }) => name), peers: ['tincan'] }
    expect(parseOptions(['--only', 'streams'], real).only).toEqual(['streams'])
    expect(usage(real)).toContain('messages,latency,')
    expect(usage(real)).toContain(',streams,many,')
  })

  test('the usage names what can be chosen', () => {
    expect(usage(names)).toContain('throughput,setup')
    expect(usage(names)).toContain('tincan,werift')
  })
})
