import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// `npm start -- --once`, as built by the step before: two processes, a file, both closings.

const run = promisify(execFile)
const start = (...args: string[]) => run(process.execPath, ['dist/cli/main.js', ...args], { timeout: 50_000 })

/** The rows of the closing table: which side saw what, in the order of time. */
function closing(stdout: string): { side: 'receiver' | 'sender'; what: string }[] {
  const lines = stdout.split('\n')
  const header = lines.findIndex((line) => /^\s+time\s+receiver\s+sender$/.test(line))
  const senderColumn = lines[header]!.indexOf('sender')
  return lines.slice(header + 1).flatMap((line) => {
    const match = /^\s*-?[\d.]+ ms\s+(.+)$/.exec(line)
    if (match === null) return []
    return [
      {
        side: line.search(/ms\s+\S/) >= 0 && line.slice(0, senderColumn).trim().endsWith('ms') ? 'sender' : 'receiver',
        what: match[1]!,
      },
    ]
  })
}

test('a file arrives whole, each side tells how it closed, and both processes end by themselves', async () => {
  const { stdout, stderr } = await start('--once', '--size', '16')
  expect(stderr).toBe('')
  expect(stdout).toMatch(/received 16 MiB at \d+ MB\/s/)
  expect(stdout).toMatch(/SHA-256 [0-9a-f]{64}, computed by both/)

  const steps = closing(stdout)
  const of = (side: string) => steps.filter((step) => step.side === side).map((step) => step.what)
  const receiver = of('receiver')
  const sender = of('sender')
  expect(receiver.slice(0, 3)).toEqual([
    'channel.close() …',
    '… returned: readyState "closing"',
    'channel: event close, readyState "closed"',
  ])
  expect(sender.slice(0, 4)).toEqual([
    'channel: event closing, readyState "closing"',
    'channel: event close, readyState "closed"',
    'connection.close() …',
    '… returned: connectionState "closed"',
  ])
  expect(receiver).toContain('DTLS transport: "closed"')
  expect(receiver).toContain('connection: connectionState "disconnected"')
  expect(receiver.at(-1)).toBe('process has ended by itself')
  expect(sender.at(-1)).toBe('process has ended by itself')
})

test('a wrong argument is said, with what was expected, and exit code 2', async () => {
  await expect(start('--once', '--size', 'huge')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--size takes a whole number from 1 to 65536, not "huge"'),
  })
})

test('a process that dies ends the demo with exit code 1 and the reason', async () => {
  const demo = spawn(process.execPath, ['dist/cli/main.js', '--once', '--size', '4096'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  demo.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  demo.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  while (!output.stdout.includes('connected in')) await once(demo.stdout, 'data')
  const [child] = readFileSync(`/proc/${demo.pid!}/task/${demo.pid!}/children`, 'utf8').trim().split(' ')
  process.kill(Number(child), 'SIGKILL')
  const [code] = await once(demo, 'close')
  expect(code).toBe(1)
  expect(output.stderr).toMatch(/failed: the (receiver|sender) ended with SIGKILL/)
})
