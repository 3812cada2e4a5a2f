/** Everything that is measured, with its unit and which direction is better. */
export interface Metric {
  readonly title: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly digits: number
}

const metric = (title: string, unit: string, better: Metric['better'], digits: number): Metric => ({
  title,
  unit,
  better,
  digits,
})

export const METRICS = {
  'throughput-64k': metric('64 KiB messages', 'MB/s', 'higher', 0),
  'throughput-16k': metric('16 KiB messages', 'MB/s', 'higher', 0),
  'cpu-per-gb': metric('CPU, both ends', 's/GB', 'lower', 1),
  'messages-ordered': metric('100-byte messages, ordered', '/s', 'higher', 0),
  'messages-unordered': metric('100-byte messages, unordered', '/s', 'higher', 0),
  'rtt-p50': metric('round trip of 64 bytes, p50', 'µs', 'lower', 0),
  'rtt-p99': metric('round trip of 64 bytes, p99', 'µs', 'lower', 0),
  'interactive-idle-p99': metric('small messages alone, p99', 'µs', 'lower', 0),
  'interactive-busy-p99': metric('beside a channel that sends flat out, p99', 'µs', 'lower', 0),
  'interactive-ratio': metric('busy ÷ idle', '×', 'lower', 1),
  'setup-p50': metric('set-up, p50', 'ms', 'lower', 1),
  'setup-p95': metric('set-up, p95', 'ms', 'lower', 1),
  'setup-slow': metric('slower than 250 ms', '%', 'lower', 0),
  'setup-failed': metric('not connected', '%', 'lower', 1),
  'open-rate': metric('opened per second, up to 200 open', '/s', 'higher', 0),
  'rss-per-connection': metric('RSS per open connection', 'KiB', 'lower', 0),
  'heap-per-connection': metric('JavaScript heap of it, idle', 'KiB', 'lower', 0),
  'seasoned-setup-p50': metric('set-up, p50', 'ms', 'lower', 1),
  'seasoned-setup-p95': metric('set-up, p95', 'ms', 'lower', 1),
  'seasoned-open-rate': metric('opened per second, up to 200 open', '/s', 'higher', 0),
  'growth-per-cycle': metric('RSS growth per connect/close cycle', 'KiB', 'lower', 2),
  'heap-growth-per-cycle': metric('heap growth per cycle', 'KiB', 'lower', 2),
  'close-notice': metric('`pc.close()` to the other side’s state change', 'ms', 'lower', 1),
  'link-40ms': metric('40 ms RTT', 'MB/s', 'higher', 1),
  'link-40ms-loss': metric('40 ms RTT, 1 % loss each way', 'MB/s', 'higher', 2),
  'share-of-bottleneck': metric('share of a bottleneck with TCP', '%', 'higher', 0),
  'share-fairness': metric('fairness there (Jain)', '', 'higher', 3),
  'loop-p99': metric('event loop delay with 500 busy connections, p99', 'ms', 'lower', 1),
  'loop-max': metric('the longest', 'ms', 'lower', 1),
  streams: metric('a file through `streamsOf()`', 'MB/s', 'higher', 0),
  'streams-rss': metric('resident memory of both ends above the start', 'MiB', 'lower', 0),
  'relay-ceiling': metric('plain UDP through the relay', 'MB/s', 'higher', 0),
} as const satisfies Record<string, Metric>

export type MetricId = keyof typeof METRICS
