/** The benchmark: `npm run bench`. See README.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { MEASUREMENTS } from './measure/catalogue.js'
import type { Measurement } from './measure/measurement.js'
import { parseOptions, usage } from './options.js'
import type { Names, Options } from './options.js'
import { catalogue, PEER_NAMES } from './peers/catalogue.js'
import type { Peer } from './peers/catalogue.js'
import { thisMachine } from './report/machine.js'
import { renderReport } from './report/markdown.js'
import { FORMAT, parseResults } from './report/results.js'
import type { Results, Subject } from './report/results.js'
import { writeDocuments } from './report/documents.js'
import { endAll, run } from './run.js'
import type { RunOutcome } from './run.js'

const QUICK_SCALE = 0.4
const QUICK_PEERS = ['tincan', 'tincan-plain', 'node-datachannel', 'wrtc', 'pion', 'werift']

const names: Names = { measurements: MEASUREMENTS.map(({ name }) => name), peers: PEER_NAMES }

function chosenMeasurements({ only, quick }: Options): readonly Measurement[] {
  if (only !== undefined) return MEASUREMENTS.filter(({ name }) => only.includes(name))
  return MEASUREMENTS.filter(({ onlyFull }) => !quick || onlyFull !== true)
}

function chosenPeers({ peers, quick }: Options, all: readonly Peer[]): readonly Peer[] {
  const wanted = peers ?? (quick ? QUICK_PEERS : PEER_NAMES)
  return all.filter(({ name }) => wanted.includes(name))
}

function subjects(peers: readonly Peer[], measurements: readonly Measurement[]): Subject[] {
  const yardsticks = new Map(measurements.flatMap((one) => one.yardsticks ?? []).map((one) => [one.name, one]))
  return [
    ...peers.map(({ name, title, isOurs }) => ({ name, title, kind: isOurs ? ('ours' as const) : ('peer' as const) })),
    ...[...yardsticks.values()].map(({ name, title }) => ({ name, title, kind: 'yardstick' as const })),
  ]
}

async function measure(options: Options, command: string): Promise<Results> {
  const machine = thisMachine()
  const wanted = chosenPeers(options, catalogue())
  const absent = wanted.filter(({ missing }) => missing !== undefined)
  const peers = wanted.filter(({ missing }) => missing === undefined)
  const measurements = chosenMeasurements(options)
  const { rounds, quick } = options
  for (const { title, missing } of absent) progress(`left out: ${title}: ${missing!}`)
  if (machine.loadBefore > availableParallelism() / 4)
    progress(`this machine is busy (load ${machine.loadBefore.toFixed(1)}): trust ratios more than figures`)
  const begun = performance.now()
  const scale = quick ? QUICK_SCALE : 1
  const resultsOf = (round: number, { samples, failures, missing }: RunOutcome): Results => ({
    format: FORMAT,
    date: new Date().toISOString(),
    command,
    rounds: round,
    quick,
    minutes: (performance.now() - begun) / 60_000,
    machine,
    subjects: subjects(peers, measurements),
    samples,
    failures,
    missing: [...absent.map((peer) => `${peer.title}: ${peer.missing!}`), ...missing],
  })
  const afterRound = (round: number, outcome: RunOutcome): void => keep(resultsOf(round, outcome), options.out)
  return resultsOf(rounds, await run({ peers, measurements, rounds, scale, progress, afterRound }))
}

/** After each round, so that a run that is interrupted leaves the rounds before. */
function keep(results: Results, file: string): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
  writeFileSync(file, `${JSON.stringify(results, undefined, 1)}\n`)
}

function readResults(file: string): Results {
  const results = parseResults(readFileSync(file, 'utf8'))
  if (results === undefined) throw new Error(`${file} holds no results of this benchmark`)
  return results
}

/** On the error output: the report is all that goes to the other. */
function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function main(args: readonly string[]): Promise<void> {
  let options: Options
  try {
    options = parseOptions(args, names)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage(names)}\n`)
    process.exitCode = 2
    return
  }
  if (options.help) {
    process.stdout.write(`${usage(names)}\n`)
    return
  }
  const results =
    options.from === undefined
      ? await measure(options, ['npm run bench --', ...args].join(' ').replace(/ --$/, ''))
      : readResults(options.from)
  if (options.from === undefined) progress(`results: ${options.out}`)
  if (options.write) for (const file of writeDocuments(results)) progress(`written: ${file}`)
  process.stdout.write(options.json ? `${JSON.stringify(results)}\n` : renderReport(results))
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void endAll().finally(() => process.exit(130))
  })
try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  await endAll()
  process.exitCode = 1
}
