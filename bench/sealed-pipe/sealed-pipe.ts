import { openSslRecordAeads } from '../../src/crypto/index.js'
import { sleep } from '../measure/sleep.js'
import type { Yardstick } from '../measure/measurement.js'
import { startProgram } from '../peers/child-program.js'
import type { ChildProgram } from '../peers/child-program.js'
import type { PipeCount, PipeStart } from './pipe-main.js'

const WARM_UP_MILLIS = 1000
const MEASURE_MILLIS = 2000
const ANSWER_MILLIS = 5000

async function start(told: PipeStart): Promise<{ child: ChildProgram; port: number }> {
  const { child, ready } = await startProgram('bench/sealed-pipe/pipe-main.ts', {
    env: { TINCAN_BENCH_PIPE: JSON.stringify(told), TINCAN_FAST_PATH: undefined },
  })
  return { child, port: (ready as { port: number }).port }
}

/** What this machine gives to JavaScript when it does nothing but seal, send, receive and open: SCTP, ICE and the W3C API come on top. */
export const sealedPipe: Yardstick = {
  name: 'sealed-pipe',
  title: 'a bare pipe of sealed records',
  missing() {
    const aeads = openSslRecordAeads()
    return aeads.isAvailable ? undefined : aeads.reason
  },
  async run({ scale }) {
    const { child: sink, port } = await start({ role: 'sink', port: 0 })
    const children = [sink]
    try {
      const { child: source } = await start({ role: 'source', port })
      children.push(source)
      const read = async () => {
        const [at, from] = await Promise.all([sink.ask({}, ANSWER_MILLIS), source.ask({}, ANSWER_MILLIS)])
        const [opened, sealed] = [at as PipeCount, from as PipeCount]
        return { ...opened, cpuMicros: opened.cpuMicros + sealed.cpuMicros }
      }
      await sleep(WARM_UP_MILLIS * Math.min(1, 2 * scale))
      const before = await read()
      await sleep(MEASURE_MILLIS * scale)
      const after = await read()
      const bytes = after.bytes - before.bytes
      return {
        'throughput-64k': bytes / 1e3 / (after.atMillis - before.atMillis),
        'cpu-per-gb': (after.cpuMicros - before.cpuMicros) / 1e6 / (bytes / 1e9),
      }
    } finally {
      for (const child of children) await child.end()
    }
  },
}
