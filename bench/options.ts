import { parseArgs } from 'node:util'

export const USAGE = `npm run bench -- [options]            measures, prints a report, keeps the results in .cache/bench/results.json

  --quick             a first answer in two minutes: one round, fewer things, shorter
  --only A,B          only these measurements: {measurements}
  --peers A,B         only these peers: {peers}
  --rounds N          rounds, interleaved over all peers (3)
  --write             writes docs/performance.md and docs/performance.svg from the results
  --from FILE         measures nothing: reports from the results of an earlier run
  --out FILE          where the results go (.cache/bench/results.json)
  --json              prints the results as JSON instead of the report
  --help              this text

Others, each run by node scripts/bench.js NAME: mux, streams, transport (bench/README.md), and
  micro [LAYER …]     CPU time per record, packet, message, check and description of each layer alone: micro --help`

export interface Options {
  readonly quick: boolean
  readonly only: readonly string[] | undefined
  readonly peers: readonly string[] | undefined
  readonly rounds: number
  readonly write: boolean
  readonly from: string | undefined
  readonly out: string
  readonly json: boolean
  readonly help: boolean
}

export interface Names {
  readonly measurements: readonly string[]
  readonly peers: readonly string[]
}

const FULL_ROUNDS = 3
const MOST_ROUNDS = 100
export const RESULTS_FILE = '.cache/bench/results.json'

/** Throws an Error that says in a line what is wrong. */
export function parseOptions(args: readonly string[], names: Names): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string' },
      peers: { type: 'string' },
      rounds: { type: 'string' },
      write: { type: 'boolean' },
      from: { type: 'string' },
      out: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const quick = values.quick ?? false
  return {
    quick,
    only: list('--only', values.only, names.measurements),
    peers: list('--peers', values.peers, names.peers),
    rounds: parseRounds(values.rounds) ?? (quick ? 1 : FULL_ROUNDS),
    write: values.write ?? false,
    from: values.from,
    out: values.out ?? RESULTS_FILE,
    json: values.json ?? false,
    help: values.help ?? false,
  }
}

export function usage({ measurements, peers }: Names): string {
  return USAGE.replace('{measurements}', measurements.join(',')).replace('{peers}', peers.join(','))
}

function list(option: string, text: string | undefined, known: readonly string[]): readonly string[] | undefined {
  if (text === undefined) return undefined
  const names = text.split(',').filter((name) => name !== '')
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`${option}: there is no '${unknown}'; there are ${known.join(', ')}`)
  if (names.length === 0) throw new Error(`${option} wants names: ${known.join(', ')}`)
  return names
}

export function parseRounds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > MOST_ROUNDS)
    throw new Error(`--rounds wants a number from 1 to ${MOST_ROUNDS}`)
  return value
}
