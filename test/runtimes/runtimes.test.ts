import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { hasBatchedPath } from '../../src/node/batched/native-udp.test-support.js'

// The built package in other runtimes than the one that runs the tests: `npm run runtimes` installs them.

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const INSTALLED = `${PROJECT}.cache/runtimes/node_modules`
const PROGRAMS = fileURLToPath(new URL('programs', import.meta.url))

/** Only what hangs takes that long. */
const TIMEOUT_MILLIS = 60_000

const TALKED = { bytes: 16 * 65_536, words: ['grüß dich'] }

const ROWS = [
  'text and binary go both ways',
  'D1 D2 D3 D6 D9: close() is done in the background, and both sides see it once, in order',
  'D4 D7: what was sent before close() all arrives before the close event',
  'D5: channels come and go on one connection, and ids are used again',
  'D8 P1 P2 P4 P5 P6: connection.close() is done on return, and the other side is told why',
  'P7 P8: nothing is held and nothing happens after close()',
]

const NODE = [process.execPath]

/** Command lines, to which the program is added. */
const RUNTIMES: Record<string, readonly [string, ...string[]]> = {
  Bun: [`${INSTALLED}/.bin/bun`],
  Deno: [`${INSTALLED}/.bin/deno`, 'run', '--allow-all', '--quiet'],
  'Node 22': [`${INSTALLED}/node22/bin/node`],
  'Node 24': [`${INSTALLED}/node24/bin/node`],
}

/** In CI a missing runtime is a failure; on a user's machine a line that says what is missing. */
function isAbsent(name: string): boolean {
  if (existsSync(RUNTIMES[name]![0])) return false
  const words = `${name} is not installed: npm run runtimes (570 MB; Linux on x64 for the versions of Node)`
  if (process.env['CI'] === 'true') throw new Error(words)
  console.warn(`skipped: ${words}`)
  return true
}

function start(command: readonly string[], program: string, ...options: string[]): ChildProcess {
  const [executable, ...words] = command
  return spawn(executable!, [...words, `${PROGRAMS}/${program}`, ...options], {
    cwd: PROJECT,
    timeout: TIMEOUT_MILLIS,
    killSignal: 'SIGKILL',
    env: { ...process.env, NO_COLOR: '1' },
  })
}

interface Ended {
  readonly exitCode: number | null
  readonly stderr: string
}

async function endOf(child: ChildProcess): Promise<Ended> {
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, stderr }
}

interface Line {
  readonly result?: unknown
}

/** Carries the signals of one process to the other; yields what each says at its end. */
async function talk(offerer: ChildProcess, answerer: ChildProcess): Promise<unknown[]> {
  const results: unknown[] = []
  for (const [index, [from, to]] of [[offerer, answerer] as const, [answerer, offerer] as const].entries()) {
    createInterface({ input: from.stdout! }).on('line', (line) => {
      const { result } = JSON.parse(line) as Line
      if (result !== undefined) results[index] = result
      else if (to.stdin!.writable) to.stdin!.write(`${line}\n`)
    })
    // Candidates may still come for one that has ended.
    to.stdin!.on('error', () => undefined)
  }
  const ended = await Promise.all([endOf(offerer), endOf(answerer)])
  expect(ended).toEqual([
    { exitCode: 0, stderr: '' },
    { exitCode: 0, stderr: '' },
  ])
  return results
}

for (const [name, command] of Object.entries(RUNTIMES)) {
  describe.skipIf(isAbsent(name))(name, { timeout: 2 * TIMEOUT_MILLIS }, () => {
    test('data channels, the rows of closing, and the end of the process by itself', async () => {
      const child = start(command, 'rows.mjs')
      let stdout = ''
      child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text))
      expect(await endOf(child)).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout.trimEnd().split('\n')).toEqual(ROWS)
    })

    test('offers to Node: all that both send arrives, and both processes end by themselves', async () => {
      const results = await talk(start(command, 'talk.mjs', '--offer'), start(NODE, 'talk.mjs'))
      expect(results).toEqual([
        { ...TALKED, events: ['close'] },
        { ...TALKED, events: ['closing', 'close'] },
      ])
    })

    test('answers Node: all that both send arrives, and both processes end by themselves', async () => {
      const results = await talk(start(NODE, 'talk.mjs', '--offer'), start(command, 'talk.mjs'))
      expect(results).toEqual([
        { ...TALKED, events: ['close'] },
        { ...TALKED, events: ['closing', 'close'] },
      ])
    })
  })
}

/** The one line that it says. */
async function told(command: readonly string[], program: string, ...options: string[]): Promise<unknown> {
  const child = start(command, program, ...options)
  let stdout = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  expect(await endOf(child)).toEqual({ exitCode: 0, stderr: '' })
  return JSON.parse(stdout) as unknown
}

describe('the fast path', { timeout: 2 * TIMEOUT_MILLIS }, () => {
  test.runIf(hasBatchedPath)('connections closed while data is on its way leave no descriptor', async () => {
    expect(await told(NODE, 'flood.mjs')).toMatchObject({ report: { udp: { isFast: true, reason: null } }, leaked: 0 })
  })

  for (const name of ['Node 22', 'Node 24']) {
    test.skipIf(!hasBatchedPath || isAbsent(name))(`${name}, and worker threads ended meanwhile`, async () => {
      const report = { udp: { isFast: true, reason: null } }
      expect(await told(RUNTIMES[name]!, 'flood.mjs', '--workers')).toMatchObject({ report, leaked: 0 })
    })
  }

  const fast = { isFast: true, reason: null }
  const inMainThread = { udp: fast, encryption: fast }

  // A worker thread that ends in the middle of a batch takes the whole process of Node 20 with it.
  const isOld = Number.parseInt(process.versions.node) < 22
  test.runIf(hasBatchedPath && isOld)(
    'this Node has no batched datagrams in a worker thread, says so, and connects there all the same',
    async () => {
      const udp = { isFast: false, reason: 'worker threads have it from Node.js 22 on' }
      const worker = { udp, encryption: fast, arrived: 'grüß dich' }
      expect(await told(NODE, 'threads.mjs')).toEqual({ main: inMainThread, worker, exitCode: 0 })
    },
  )

  for (const name of ['Node 22', 'Node 24']) {
    test.skipIf(!hasBatchedPath || isAbsent(name))(`${name} has all of it in a worker thread, too`, async () => {
      const worker = { ...inMainThread, arrived: 'grüß dich' }
      expect(await told(RUNTIMES[name]!, 'threads.mjs')).toEqual({ main: inMainThread, worker, exitCode: 0 })
    })
  }

  for (const name of ['Bun', 'Deno']) {
    test.skipIf(isAbsent(name))(`${name} does without`, async () => {
      const reason = `this is ${name.toLowerCase()}, not Node.js`
      expect(await told(RUNTIMES[name]!, 'flood.mjs', '--report')).toMatchObject({ udp: { isFast: false, reason } })
    })
  }
})
