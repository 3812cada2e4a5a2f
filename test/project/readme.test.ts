import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// The README's example runs as it stands, against the built package, in a process that must end by itself.

const run = promisify(execFile)
const LIMIT_MILLIS = 15_000

function examples(): string[] {
  const text = readFileSync('README.md', 'utf8')
  return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]!)
}

test('the tutorial example closes the channel in its first message event and the process ends', async () => {
  const example = examples().find((text) => text.includes('channel.close()'))
  expect(example).toBeDefined()
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', example!], {
    timeout: LIMIT_MILLIS,
  })
  expect(stderr).toBe('')
  const lines = stdout.split('\n').filter(Boolean)
  expect(lines.slice(0, 2)).toEqual(['alice: open', 'bob received: hello, bob'])
  // Which of the two learns of the end first is the network's business.
  expect(lines.slice(2).sort()).toEqual(['alice: close', 'bob: close'])
})
