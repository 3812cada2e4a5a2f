import cliProgress from 'cli-progress'

const MIB = 1024 * 1024
/** Without a terminal: a line for each quarter instead of a bar that is drawn over itself. */
const PLAIN_STEPS = 4

export interface Progress {
  update(bytes: number): void
  /** Idempotent. Prints the rate that was measured from the first byte to the last. */
  stop(): void
}

export function createProgress(sizeBytes: number, print: (line: string) => void): Progress {
  const bar = process.stdout.isTTY
    ? new cliProgress.SingleBar({
        format: '{bar} {percentage} %  {mib} of {totalMib} MiB  {rate} MB/s',
        hideCursor: true,
      })
    : undefined
  const meter = new Meter()
  let stopped = false
  let quarter = 0
  bar?.start(sizeBytes, 0, { mib: '0', totalMib: sizeBytes / MIB, rate: '–' })
  return {
    update(bytes) {
      meter.update(bytes)
      const rate = meter.rate()
      bar?.update(bytes, { mib: (bytes / MIB).toFixed(0), rate })
      const reached = Math.floor((bytes / sizeBytes) * PLAIN_STEPS)
      if (bar !== undefined || reached <= quarter) return
      quarter = reached
      print(`${(bytes / MIB).toFixed(0)} of ${sizeBytes / MIB} MiB, ${rate} MB/s`)
    },
    stop() {
      if (stopped) return
      stopped = true
      bar?.stop()
      if (meter.bytes > 0) print(`received ${(meter.bytes / MIB).toFixed(0)} MiB at ${meter.rate()} MB/s`)
    },
  }
}

/** Megabytes (10⁶) per second between the first report and the last. */
class Meter {
  bytes = 0
  #first: { at: number; bytes: number } | undefined
  #lastAt = 0

  update(bytes: number): void {
    this.bytes = bytes
    this.#lastAt = performance.now()
    this.#first ??= { at: this.#lastAt, bytes }
  }

  rate(): string {
    if (this.#first === undefined || this.#lastAt === this.#first.at) return '–'
    const seconds = (this.#lastAt - this.#first.at) / 1000
    return ((this.bytes - this.#first.bytes) / 1e6 / seconds).toFixed(0)
  }
}
