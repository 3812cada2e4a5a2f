/**
 * Do connections and channels leave anything behind? Opens and closes them by the thousand in this process, over real
 * sockets on loopback, with the built package, and prints what the process holds after every part of it: see README.md.
 *
 *   npm run soak -- --cycles 10000 --channels 100000
 */
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { runChannelCycles } from './soak/channel-cycles.js'
import { CYCLES, openChannels, runConnectionCycles } from './soak/connection-cycles.js'
import { HEADING, judge, line } from './soak/curve.js'
import type { Point } from './soak/curve.js'
import { takeSample } from './soak/gauge.js'
import { createPair } from './soak/library.js'
import type { Library } from './soak/library.js'

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '10000' },
    channels: { type: 'string', default: '100000' },
    samples: { type: 'string', default: '40' },
    'at-once': { type: 'string', default: '8' },
    'channels-at-once': { type: 'string', default: '50' },
  },
})
const [cycles, channels, samples, atOnce, channelsAtOnce] = [
  values.cycles,
  values.channels,
  values.samples,
  values['at-once'],
  values['channels-at-once'],
].map(Number) as [number, number, number, number, number]

/** Runs `total` cycles in parts, samples after each, prints the curve and the verdict; false when something grows. */
async function soak(title: string, total: number, part: (count: number) => Promise<void>): Promise<boolean> {
  console.log(`\n${title}\n${HEADING}`)
  const points: Point[] = []
  const begun = performance.now()
  const step = Math.max(1, Math.floor(total / samples))
  for (let done = 0; done < total; done += step) {
    const count = Math.min(step, total - done)
    const partBegun = performance.now()
    await part(count)
    const cyclesPerSecond = (count * 1000) / (performance.now() - partBegun)
    const point = { ...(await takeSample()), cycles: done + count, cyclesPerSecond }
    points.push(point)
    console.log(line(point))
  }
  const verdicts = judge(points)
  for (const { gauge, words } of verdicts) console.log(`  ${gauge.padEnd(12)} ${words}`)
  console.log(`  took ${((performance.now() - begun) / 1000).toFixed(0)} s`)
  return verdicts.every(({ flat }) => flat)
}

const library = (await import(pathToFileURL('dist/index.js').href)) as Library
let flat = true

if (cycles > 0) {
  const kinds = Object.keys(CYCLES).join('; ')
  flat = await soak(`${cycles} connections: ${kinds}`, cycles, (count) => {
    return runConnectionCycles(library, { count, atOnce })
  })
}

if (channels > 0) {
  const pair = createPair(library)
  await openChannels(pair)
  const channelsFlat = await soak(`${channels} channels on one connection`, channels, (count) => {
    return runChannelCycles(pair, { count, atOnce: channelsAtOnce })
  })
  flat &&= channelsFlat
  pair.a.close()
  pair.b.close()
}

console.log(flat ? '\nflat' : '\nsomething grows')
process.exitCode = flat ? 0 : 1
