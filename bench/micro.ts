/**
 * What does each layer cost alone? CPU time per record, packet, message, check and description, in this process: see README.md.
 *
 *   node scripts/bench.js micro
 *   node scripts/bench.js micro dtls sctp --rounds 9
 */
import { LAYERS } from './micro/catalogue.js'
import { measure } from './micro/measure.js'
import { microUsage, parseMicroOptions, type MicroOptions } from './micro/options.js'
import { renderMicro, type MicroResults } from './micro/report.js'
import { thisMachine } from './report/machine.js'

function optionsOf(args: readonly string[]): MicroOptions | undefined {
  try {
    return parseMicroOptions(args, LAYERS)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${microUsage(LAYERS)}\n`)
    process.exitCode = 2
    return undefined
  }
}

const options = optionsOf(process.argv.slice(2))
if (options?.help === true) process.stdout.write(`${microUsage(LAYERS)}\n`)
else if (options !== undefined) {
  const { layers, rounds, json } = options
  const results: MicroResults = { machine: thisMachine(), rounds, ...measure(layers, rounds) }
  process.stdout.write(`${json ? JSON.stringify(results) : renderMicro(results, layers)}\n`)
}
