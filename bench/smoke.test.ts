import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'
import { latency } from './measure/latency.js'
import { streams } from './measure/streams.js'
import { catalogue } from './peers/catalogue.js'
import { run } from './run.js'

/** The sources as one file: what is measured here is not what `dist/` was yesterday. */
function library(): string {
  const outfile = path.resolve(`.cache/bench/smoke-${process.pid}.mjs`)
  buildSync({
    entryPoints: ['src/index.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
  })
  return outfile
}

test('the shortest measurement, tincan with tincan', async () => {
  const peers = catalogue({ library: library() }).filter(({ name }) => name === 'tincan')
  const lines: string[] = []
  const progress = (line: string): unknown => lines.push(line)
  const plan = { peers, measurements: [latency], rounds: 1, scale: 0.05, progress }
  const { samples, failures } = await run(plan)
  expect(failures).toEqual([])
  expect(samples.map(({ metric }) => metric)).toEqual(['rtt-p50', 'rtt-p99'])
  for (const { value } of samples) expect(value).toBeGreaterThan(0)
  expect(lines).toHaveLength(1)
})

test('a file through streams, on either path; other implementations are not asked', async () => {
  const peers = catalogue({ library: library() }).filter(({ name }) => /^(tincan|werift)/.test(name))
  const plan = { peers, measurements: [streams], rounds: 1, scale: 0.01, progress: () => {} }
  const { samples, failures } = await run(plan)
  expect(failures).toEqual([])
  expect(samples.map(({ subject, metric }) => `${subject}: ${metric}`)).toEqual(
    ['tincan', 'tincan-plain'].flatMap((name) => [`${name}: streams`, `${name}: streams-rss`]),
  )
  for (const { metric, value } of samples) if (metric === 'streams') expect(value).toBeGreaterThan(0)
})

test('a peer that does not start is reported, and the others go on', async () => {
  const [one] = catalogue({ library: path.resolve('.cache/bench/no-such-file.mjs') })
  const plan = { peers: [one!], measurements: [latency], rounds: 1, scale: 0.05, progress: () => {} }
  const { samples, failures } = await run(plan)
  expect(samples).toEqual([])
  expect(failures).toMatchObject([{ subject: 'tincan', measurement: 'latency', round: 1 }])
  expect(failures[0]!.reason).toContain('no-such-file')
})

test('an unknown option is exit code 2, with the usage', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bench.js', '--fast'], { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toContain("'--fast'")
  expect(stderr).toContain('npm run bench --')
})
