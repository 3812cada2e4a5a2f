import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import type { ProgramResult } from '../support/run-program.js'

// The built package where applications run it: workers, and test runners that complain of what stays open.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url))
const CASES = 5
/** Only what hangs takes that long. */
const TIMEOUT_MILLIS = 60_000

/** A runner in a process of its own, as a command line would start it. */
async function run(args: readonly string[]): Promise<ProgramResult> {
  // What this runner tells its workers by the environment is not meant for another one.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|JEST|NODE_)/.test(name))
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1' },
    timeout: TIMEOUT_MILLIS,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { stdout, stderr, exitCode }
}

function expectNothingOpen({ stdout, stderr, exitCode }: ProgramResult): void {
  expect(`${stdout}\n${stderr}`).not.toMatch(
    /open handle|did not exit|hanging|close timed out|unhandled|asynchronous activity/i,
  )
  expect(exitCode, `${stdout}\n${stderr}`).toBe(0)
}

describe('P9: test runners find nothing open, and end by themselves', () => {
  test('node --test', async () => {
    const result = await run(['--test', '--test-reporter=tap', `${FIXTURES}/node.test.mjs`])
    expectNothingOpen(result)
    expect(result.stdout).toContain(`# pass ${CASES}\n`)
    expect(result.stderr).toBe('')
  })

  for (const pool of ['forks', 'threads']) {
    test(`vitest, ${pool}`, { timeout: TIMEOUT_MILLIS }, async () => {
      const args = ['--root', FIXTURES, '--pool', pool, '--reporter=default', '--reporter=hanging-process']
      const result = await run(['node_modules/vitest/vitest.mjs', 'run', ...args])
      expectNothingOpen(result)
      expect(result.stdout).toMatch(new RegExp(`Tests +${CASES} passed \\(${CASES}\\)`))
    })
  }

  test('jest --detectOpenHandles', { timeout: TIMEOUT_MILLIS }, async () => {
    const args = [
      '--rootDir',
      FIXTURES,
      '--config',
      `${FIXTURES}/jest.config.mjs`,
      '--detectOpenHandles',
      '--no-watchman',
    ]
    const result = await run(['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', ...args])
    expectNothingOpen(result)
    expect(result.stderr).toContain(`Tests:       ${CASES} passed, ${CASES} total`)
  })
})

describe('P9: in worker threads', () => {
  test('connections work there, and the worker ends by itself', async () => {
    const worker = new Worker(`${FIXTURES}/closing-worker.mjs`)
    const exited = once(worker, 'exit')
    expect(await once(worker, 'message')).toEqual(['done'])
    expect(await exited).toEqual([0])
  })

  test('terminate() in the middle of a transfer leaves nothing behind', async () => {
    const worker = new Worker(`${FIXTURES}/transferring-worker.mjs`)
    expect(await once(worker, 'message')).toEqual(['in the middle of it'])
    await worker.terminate() // what it held is looked for after the test, as after every one
  })

  test('a process that terminates workers in the middle of transfers ends by itself', async () => {
    const { stdout, stderr, exitCode } = await run([`${FIXTURES}/terminate-workers.mjs`])
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout).toBe('in the middle of it 1\n'.repeat(5) + '[]\n')
  })
})
