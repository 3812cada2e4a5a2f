import { within } from './agent/within.js'
import type { Measurement, Values, Yardstick } from './measure/measurement.js'
import { endPrograms } from './peers/child-program.js'
import type { Peer } from './peers/catalogue.js'
import type { Pair } from './peers/pair.js'
import type { MetricId } from './report/metrics.js'
import type { Failure, Sample } from './report/results.js'

export interface RunPlan {
  readonly peers: readonly Peer[]
  readonly measurements: readonly Measurement[]
  readonly rounds: number
  /** 1 for the times that the measurements ask for. */
  readonly scale: number
  readonly progress: (line: string) => void
  /** What there is so far: a run may be interrupted. */
  readonly afterRound?: (round: number, outcome: RunOutcome) => void
}

export interface RunOutcome {
  readonly samples: Sample[]
  readonly failures: Failure[]
  /** What stands beside the peers and cannot be measured here. */
  readonly missing: string[]
}

/** What is running now: who interrupts the benchmark ends it. */
const running = new Set<Pair>()

export async function endAll(): Promise<void> {
  await Promise.all([...[...running].map(async (pair) => await pair.end()), endPrograms()])
}

/** All measurements of all peers, round by round; within a round, peer after peer for each group of measurements. */
export async function run(plan: RunPlan): Promise<RunOutcome> {
  const bench = new Bench(plan)
  for (let round = 1; round <= plan.rounds; round++) {
    await bench.round(round)
    plan.afterRound?.(round, bench.outcome)
  }
  return bench.outcome
}

class Bench {
  readonly outcome: RunOutcome = { samples: [], failures: [], missing: [] }
  readonly #plan: RunPlan
  #connections = 0

  constructor(plan: RunPlan) {
    this.#plan = plan
  }

  async round(round: number): Promise<void> {
    const { measurements, peers } = this.#plan
    const due = measurements.filter((one) => (one.once !== true || round === 1) && this.#isPossible(one, round))
    for (const group of new Set(due.map((measurement) => measurement.group))) {
      const members = due.filter((measurement) => measurement.group === group)
      for (const peer of rotated(peers, round - 1)) await this.#group(peer, members, round)
      for (const { name, yardsticks = [] } of members)
        for (const yardstick of yardsticks) await this.#yardstick(yardstick, name, round)
    }
  }

  #isPossible({ title, missing }: Measurement, round: number): boolean {
    const reason = missing?.()
    if (reason !== undefined && round === 1) this.outcome.missing.push(`${title}: ${reason}`)
    return reason === undefined
  }

  async #group(peer: Peer, members: readonly Measurement[], round: number): Promise<void> {
    let pair: Pair | undefined
    for (const measurement of members) {
      if (measurement.subjects === 'ours' && !peer.isOurs) continue
      if (measurement.without?.includes(peer.name) === true) continue
      try {
        pair ??= await this.#start(peer)
        await this.#measure(peer, pair, measurement, round)
      } catch (error) {
        this.#failed(peer.name, measurement.name, round, error)
        if (pair !== undefined) await this.#end(pair)
        pair = undefined
      }
    }
    if (pair !== undefined) await this.#end(pair)
  }

  async #start(peer: Peer): Promise<Pair> {
    const pair = await peer.start()
    running.add(pair)
    return pair
  }

  async #end(pair: Pair): Promise<void> {
    running.delete(pair)
    await pair.end()
  }

  async #measure(peer: Peer, pair: Pair, measurement: Measurement, round: number): Promise<void> {
    const { name, limitMillis } = measurement
    const context = {
      pair,
      budget: { scale: this.#plan.scale },
      newId: () => `${name} ${this.#connections++}`,
    }
    const values = await within(limitMillis, 'no result', measurement.run(context))
    this.#found(peer.name, peer.title, measurement.title, round, values)
  }

  async #yardstick(yardstick: Yardstick, measurement: string, round: number): Promise<void> {
    const missing = yardstick.missing()
    if (missing !== undefined) {
      if (round === 1) this.outcome.missing.push(`${yardstick.title}: ${missing}`)
      return
    }
    try {
      const values = await yardstick.run({ scale: this.#plan.scale })
      this.#found(yardstick.name, yardstick.title, measurement, round, values)
    } catch (error) {
      this.#failed(yardstick.name, measurement, round, error)
    }
  }

  #found(subject: string, title: string, what: string, round: number, values: Values): void {
    const told: string[] = []
    for (const [id, given] of Object.entries(values)) {
      const value = typeof given === 'number' ? given : given.atLeast
      const sample = { subject, metric: id as MetricId, round, value }
      this.outcome.samples.push(typeof given === 'number' ? sample : { ...sample, isAtLeast: true })
      told.push(`${id} ${typeof given === 'number' ? '' : '> '}${shortNumber(value)}`)
    }
    this.#plan.progress(`round ${round}/${this.#plan.rounds}  ${title}, ${what}: ${told.join(', ')}`)
  }

  #failed(subject: string, measurement: string, round: number, error: unknown): void {
    const reason = firstWords(error instanceof Error ? error.message : String(error))
    this.outcome.failures.push({ subject, measurement, round, reason })
    this.#plan.progress(`round ${round}/${this.#plan.rounds}  ${subject}, ${measurement}: failed: ${reason}`)
  }
}

/** Nobody is always the first to run. */
function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

/** A line of it: what a program said before it ended may be long. */
function firstWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const line = lines.find((one) => /Error( \[\w+\])?: /.test(one)) ?? lines[0] ?? 'no reason given'
  return line.trim().slice(0, 200)
}

function shortNumber(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 })
}
