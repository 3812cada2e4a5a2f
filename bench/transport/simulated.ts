import { Bottleneck, type BottleneckOptions, jainIndex } from '../../test/support/bottleneck/bottleneck.js'
import { SctpFlow, type SctpFlowOptions } from '../../test/support/bottleneck/sctp-flow.js'
import { TcpCubicFlow } from '../../test/support/bottleneck/tcp-cubic-flow.js'

const MINUTE_MILLIS = 60_000
const WARM_UP_MILLIS = 5000
/** 20 Mbit/s. */
const BYTES_PER_MILLI = 2500
const PATH = { seed: 7, rttMillis: 40, bytesPerMilli: BYTES_PER_MILLI, queueBytes: 100_000 }

type Kind = 'ours' | 'theirs'

function network(options: Partial<BottleneckOptions>, kinds: readonly Kind[], flow: SctpFlowOptions = {}): Bottleneck {
  const shared = new Bottleneck({ ...PATH, ...options })
  kinds.forEach((kind, index) => {
    if (kind === 'theirs') shared.add(new TcpCubicFlow('TCP CUBIC', shared))
    else shared.add(new SctpFlow('tincan', shared, 100 + 2 * index, flow))
  })
  return shared
}

function megabytes(bytes: number, millis: number): string {
  return (bytes / millis / 1000).toFixed(millis < MINUTE_MILLIS ? 0 : 2)
}

function sharing(): string[] {
  const rows = [
    '| RTT ms | queue, in windows | tincan | TCP CUBIC | Jain index | mean queue ms |',
    '|--:|--:|--:|--:|--:|--:|',
  ]
  for (const rttMillis of [20, 40, 100]) {
    for (const windows of [0.5, 1, 2]) {
      const shared = network({ rttMillis, queueBytes: windows * rttMillis * BYTES_PER_MILLI }, ['ours', 'theirs'])
      shared.runFor(WARM_UP_MILLIS)
      const shares = shared.measure(MINUTE_MILLIS)
      const [mine, other] = shares.map((share) => megabytes(share, MINUTE_MILLIS))
      const [jain, queue] = [jainIndex(shares).toFixed(3), shared.takeMeanQueueMillis().toFixed(0)]
      rows.push(`| ${rttMillis} | ${windows} | ${mine} | ${other} | ${jain} | ${queue} |`)
    }
  }
  return rows
}

function alone(): string[] {
  const rows = ['| | MB/s | mean queue ms | lost in the first 5 s |', '|---|--:|--:|--:|']
  for (const kind of ['ours', 'theirs'] as const) {
    const own = network({}, [kind])
    own.runFor(WARM_UP_MILLIS)
    const lost = own.dropped
    const [delivered] = own.measure(MINUTE_MILLIS)
    const name = kind === 'ours' ? 'tincan' : 'TCP CUBIC'
    rows.push(
      `| ${name} | ${megabytes(delivered!, MINUTE_MILLIS)} | ${own.takeMeanQueueMillis().toFixed(0)} | ${lost} |`,
    )
  }
  return rows
}

function lossy(): string[] {
  const rows = ['| lost each way | tincan | TCP CUBIC |', '|--:|--:|--:|']
  for (const lossRatio of [0.001, 0.01, 0.05, 0.2]) {
    const row = (['ours', 'theirs'] as const).map((kind) => {
      // The model has no answer to lost retransmissions but its timeout: at 20 % it does little else.
      if (kind === 'theirs' && lossRatio > 0.1) return '–'
      const own = network({ bytesPerMilli: 12_500, queueBytes: 500_000, lossRatio }, [kind])
      own.runFor(WARM_UP_MILLIS)
      return megabytes(own.measure(MINUTE_MILLIS)[0]!, MINUTE_MILLIS)
    })
    rows.push(`| ${lossRatio * 100} % | ${row.join(' | ')} |`)
  }
  return rows
}

function late(): string[] {
  const rows = ['| late by up to | MB/s | sent again for nothing | reductions undone |', '|--:|--:|--:|--:|']
  for (const lateMillis of [0, 10, 20, 40]) {
    const own = network({ lateRatio: 0.01, lateMillis }, ['ours'])
    own.runFor(WARM_UP_MILLIS)
    const { dropped } = own
    const flow = own.flows[0] as SctpFlow
    const again = flow.counters['chunksRetransmitted']!
    const [delivered] = own.measure(MINUTE_MILLIS)
    const { chunksRetransmitted, spuriousRecoveries } = flow.counters
    const forNothing = chunksRetransmitted! - again - (own.dropped - dropped)
    rows.push(`| ${lateMillis} ms | ${megabytes(delivered!, MINUTE_MILLIS)} | ${forNothing} | ${spuriousRecoveries} |`)
  }
  return rows
}

function large(): string[] {
  const rows = [
    '| bottleneck | first | second | third | fourth half second | in flight at the end, MB |',
    '|---|--:|--:|--:|--:|--:|',
  ]
  const paths = [
    ['none', Infinity, Infinity],
    ['1 Gbit/s, queue of one window', 125_000, 5_000_000],
    ['1 Gbit/s, queue of a tenth', 125_000, 500_000],
  ] as const
  for (const [name, bytesPerMilli, queueBytes] of paths) {
    const own = network({ bytesPerMilli, queueBytes }, ['ours'], { queuedBytes: 100_000_000 })
    const halves = Array.from({ length: 4 }, () => megabytes(own.measure(500)[0]!, 500))
    const flight = ((own.flows[0] as SctpFlow).sender.holdings.flightBytes / 1e6).toFixed(0)
    rows.push(`| ${name} | ${halves.join(' | ')} | ${flight} |`)
  }
  return rows
}

/** Tables in Markdown. All speeds are payload in MB/s of virtual time. */
export function simulate(): string[] {
  return [
    '### One bottleneck of 20 Mbit/s, shared for a minute (MB/s)',
    ...['', ...sharing()],
    ...['', '### The same alone: 40 ms, a queue of one window', '', ...alone()],
    ...['', '### 100 Mbit/s, 40 ms, independent loss in both directions, a minute (MB/s)', '', ...lossy()],
    ...['', '### 20 Mbit/s, 40 ms, one packet of a hundred is late', '', ...late()],
    ...['', '### 40 ms, no loss but that of the queue (MB/s)', '', ...large()],
  ]
}
