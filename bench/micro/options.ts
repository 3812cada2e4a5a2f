import { parseArgs } from 'node:util'
import { parseRounds } from '../options.js'
import type { Layer } from './layer.js'

export interface MicroOptions {
  readonly layers: readonly Layer[]
  readonly rounds: number
  readonly json: boolean
  readonly help: boolean
}

const DEFAULT_ROUNDS = 5

/** Throws an Error that says in a line what is wrong. */
export function parseMicroOptions(args: readonly string[], layers: readonly Layer[]): MicroOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const unknown = positionals.find((given) => layers.every(({ name }) => name !== given))
  if (unknown !== undefined) throw new Error(`there is no layer '${unknown}'; there are ${names(layers).join(', ')}`)
  return {
    layers: positionals.length === 0 ? layers : layers.filter(({ name }) => positionals.includes(name)),
    rounds: parseRounds(values.rounds) ?? DEFAULT_ROUNDS,
    json: values.json ?? false,
    help: values.help ?? false,
  }
}

export function microUsage(layers: readonly Layer[]): string {
  const width = Math.max(...names(layers).map((name) => name.length))
  return `node scripts/bench.js micro [NAME …] [options]    CPU time of each layer alone, in one process

${layers.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join('\n')}

  --rounds N   rounds, of which the median counts (${DEFAULT_ROUNDS})
  --json       prints the results as JSON
  --help       this text`
}

function names(layers: readonly Layer[]): readonly string[] {
  return layers.map(({ name }) => name)
}
