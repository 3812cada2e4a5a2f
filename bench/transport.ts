/**
 * SCTP's congestion control at a bottleneck: in simulation, on a virtual clock, against a model of TCP CUBIC; and on this machine,
 * against the kernel's TCP CUBIC over a relay that delays, loses and queues (Linux, as root). Prints Markdown: docs/transport.md.
 *
 *   npm run build && node scripts/bench.js transport
 *   node scripts/bench.js transport --only simulated
 */
import { parseArgs } from 'node:util'
import { runKernelSide, compareWithKernel } from './transport/kernel.js'
import { simulate } from './transport/simulated.js'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'simulated,kernel' },
    seconds: { type: 'string', default: '20' },
    side: { type: 'string' },
  },
})

if (values.side !== undefined) await runKernelSide(values.side)
else {
  if (values.only.includes('simulated')) console.log(simulate().join('\n'))
  if (values.only.includes('kernel')) console.log((await compareWithKernel(Number(values.seconds))).join('\n'))
}
