/** What is to be reached, row by row, and whether it was. */
import { advantage } from '../statistics.js'
import { METRICS } from './metrics.js'
import type { MetricId } from './metrics.js'
import { number, ratio } from './numbers.js'
import { figure, ratioByRound } from './results.js'
import type { Results, Subject } from './results.js'

export interface Verdict {
  readonly ours: string
  readonly best: string
  readonly ratio: string
  /** Undefined when the run did not measure what it takes. */
  readonly isReached: boolean | undefined
}

export interface Goal {
  readonly measure: string
  readonly goal: string
  judge(results: Results): Verdict
}

const OURS = 'tincan'
const PLAIN = 'tincan-plain'
const REFERENCE = 'node-datachannel'

interface Comparison {
  readonly metric: MetricId
  readonly subject?: string
  /** Whom to compare with; by default who did best of the others. */
  readonly against?: string
  /** At least so many times better. */
  readonly factor?: number
  /** At most, or with `higher` metrics at least, this figure. */
  readonly bound?: number
}

function compare(comparison: Comparison): Goal['judge'] {
  return (results) => {
    const { metric, subject = OURS, against, factor, bound } = comparison
    const { better, unit, digits } = METRICS[metric]
    const ours = figure(results, subject, metric)
    const other = against === undefined ? bestPeer(results, metric) : known(results, against)
    const theirs = other === undefined ? undefined : figure(results, other.name, metric)
    const times =
      other === undefined
        ? undefined
        : ratioByRound(results, metric, subject, other.name, (a, b) => advantage(a, b, better))
    const show = (value: number): string => `${number(value, digits)} ${unit}`.trim()
    const meetsFactor = factor === undefined ? true : times === undefined ? undefined : times >= factor
    const meetsBound =
      bound === undefined || ours === undefined
        ? true
        : better === 'higher'
          ? ours.median >= bound
          : ours.median <= bound
    const isJudged = ours !== undefined && meetsFactor !== undefined
    return {
      ours: ours === undefined ? '–' : `${ours.isAtLeast ? '> ' : ''}${show(ours.median)}`,
      best:
        theirs !== undefined && other !== undefined
          ? `${theirs.isAtLeast ? '> ' : ''}${show(theirs.median)} (${other.title})`
          : '–',
      ratio: times === undefined ? '–' : ratio(times),
      isReached: isJudged ? meetsFactor && meetsBound && !ours.isAtLeast : undefined,
    }
  }
}

function known({ subjects }: Results, name: string): Subject | undefined {
  return subjects.find((subject) => subject.name === name)
}

function bestPeer(results: Results, metric: MetricId): Subject | undefined {
  const { better } = METRICS[metric]
  const peers = results.subjects.flatMap((subject) => {
    const found = subject.kind === 'peer' ? figure(results, subject.name, metric) : undefined
    return found === undefined ? [] : [{ subject, value: found.median }]
  })
  peers.sort((a, b) => (better === 'higher' ? b.value - a.value : a.value - b.value))
  return peers[0]?.subject
}

const goal = (measure: string, text: string, comparison: Comparison): Goal => ({
  measure,
  goal: text,
  judge: compare(comparison),
})

/** One figure against another of our own. */
function withinOurs(metric: MetricId, other: MetricId, mostTimes: number): Goal['judge'] {
  return (results) => {
    const [ours, base] = [figure(results, OURS, metric), figure(results, OURS, other)]
    const { unit, digits } = METRICS[metric]
    if (ours === undefined || base === undefined) return { ours: '–', best: '–', ratio: '–', isReached: undefined }
    const times = ours.median / base.median
    return {
      ours: `${number(ours.median, digits)} ${unit}`,
      best: `p50 ${number(base.median, digits)} ${unit}`,
      ratio: ratio(times),
      isReached: times <= mostTimes,
    }
  }
}

export const GOALS: readonly Goal[] = [
  goal('throughput, 64 KiB', '≥ 4 × node-datachannel', {
    metric: 'throughput-64k',
    against: REFERENCE,
    factor: 4,
  }),
  goal('throughput, 16 KiB', '≥ 4 × node-datachannel', {
    metric: 'throughput-16k',
    against: REFERENCE,
    factor: 4,
  }),
  goal('throughput, 64 KiB', '≥ half of a bare pipe of sealed records', {
    metric: 'throughput-64k',
    against: 'sealed-pipe',
    factor: 0.5,
  }),
  goal('throughput, 64 KiB, plain path', '≥ 1.0 × node-datachannel', {
    metric: 'throughput-64k',
    subject: PLAIN,
    against: REFERENCE,
    factor: 1,
  }),
  goal('throughput, 16 KiB, plain path', '≥ 1.0 × node-datachannel', {
    metric: 'throughput-16k',
    subject: PLAIN,
    against: REFERENCE,
    factor: 1,
  }),
  goal('CPU per GB, both ends', '≤ 1/4 of node-datachannel', {
    metric: 'cpu-per-gb',
    against: REFERENCE,
    factor: 4,
  }),
  goal('100-byte messages, ordered', '≥ 2 × node-datachannel', {
    metric: 'messages-ordered',
    against: REFERENCE,
    factor: 2,
  }),
  goal('100-byte messages, unordered', '≥ 2 × node-datachannel', {
    metric: 'messages-unordered',
    against: REFERENCE,
    factor: 2,
  }),
  goal('round trip of 64 bytes, p50', '≤ 0.8 × the best peer', { metric: 'rtt-p50', factor: 1 / 0.8 }),
  goal('round trip of 64 bytes, p99', '≤ the best peer', { metric: 'rtt-p99', factor: 1 }),
  goal('connection set-up, p50', '≤ 5 ms and ≤ half of @roamhq/wrtc', {
    metric: 'setup-p50',
    against: 'wrtc',
    factor: 2,
    bound: 5,
  }),
  {
    measure: 'connection set-up, p95',
    goal: '≤ 2 × p50',
    judge: withinOurs('setup-p95', 'setup-p50', 2),
  },
  goal('connection set-up, slower than 250 ms', 'none', { metric: 'setup-slow', bound: 0 }),
  goal('connections opened per second, 200 open', '≥ 300', { metric: 'open-rate', bound: 300 }),
  goal('set-up after some hundred connections, p50', '≤ 5 ms', { metric: 'seasoned-setup-p50', bound: 5 }),
  goal('opened per second after some hundred', '≥ 300', { metric: 'seasoned-open-rate', bound: 300 }),
  goal('RSS per open connection', '≤ 150 KiB', { metric: 'rss-per-connection', bound: 150 }),
  goal('JavaScript heap per open connection, idle', '≤ 60 KiB', { metric: 'heap-per-connection', bound: 60 }),
  goal('RSS growth per connect/close cycle', '≤ the best peer; `npm run soak` tells it from zero', {
    metric: 'growth-per-cycle',
    bound: 0.3,
  }),
  goal('40 ms RTT, no loss', '≥ 8 × the best peer', { metric: 'link-40ms', factor: 8 }),
  goal('40 ms RTT, 1 % loss each way', '≥ a kernel TCP flow', {
    metric: 'link-40ms-loss',
    against: 'tcp',
    factor: 1,
  }),
  goal('fair to TCP in a bottleneck (Jain’s index)', '≥ 0.9', { metric: 'share-fairness', bound: 0.9 }),
  goal('`pc.close()` to the other side’s state change', '≤ 2 ms', { metric: 'close-notice', bound: 2 }),
  goal('small messages beside a channel that sends flat out, p99', '≤ 2 × idle', {
    metric: 'interactive-ratio',
    bound: 2,
  }),
  goal('event loop delay with 500 busy connections, p99', '≤ 20 ms', { metric: 'loop-p99', bound: 20 }),
]
