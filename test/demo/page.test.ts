import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAbsent, peer } from '../interop/peers.js'
import type { BrowserName, StartedBrowser } from '../support/browser.js'
import { startBrowser } from '../support/browser.js'

// The page of `npm start` in real browsers, against the very process that a user would start.

const WAIT_MILLIS = 20_000

interface Row {
  readonly end: 'browser' | 'node'
  readonly what: string
}

class Demo {
  readonly #process: ChildProcess
  output = ''

  constructor(port: number) {
    this.#process = spawn(process.execPath, ['dist/cli/main.js', '--size', '1', '--port', String(port)])
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    }
  }

  async address(): Promise<string> {
    for (;;) {
      const match = /open (http:\/\/127\.0\.0\.1:\d+)/.exec(this.output)
      if (match !== null) return match[1]!
      if (this.#process.exitCode !== null) throw new Error(`the demo ended: ${this.output}`)
      await once(this.#process.stdout!, 'data')
    }
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const exit = once(this.#process, 'exit')
    this.#process.kill()
    await exit
  }
}

/** A port that is taken for as long as the callback runs. */
async function withBusyPort<T>(callback: (port: number) => Promise<T>): Promise<T> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await callback((server.address() as AddressInfo).port)
  } finally {
    server.close()
    await once(server, 'close')
  }
}

const rowsOf = async (page: Page): Promise<Row[]> =>
  await page.$$eval('#timeline tr', (rows) =>
    rows.map((row) => ({ end: row.dataset['end'], what: [...row.cells].map((cell) => cell.textContent).join('|') })),
  )

/** What one end observed, without the times, from its first step of a close on. */
async function closingOf(page: Page, end: Row['end']): Promise<string[]> {
  const steps = (await rowsOf(page))
    .filter((row) => row.end === end)
    .map((row) => row.what.split('|').slice(1).join(''))
  const first = steps.findIndex((what) => /\.close\(\)|event closing|event error/.test(what))
  return first < 0 ? [] : steps.slice(first)
}

/** Settles when an element that the selector names has the text in it. */
const says = async (page: Page, selector: string, text: string) => {
  const anyHasIt = `[...document.querySelectorAll(${JSON.stringify(selector)})].some((found) => found.textContent.includes(${JSON.stringify(text)}))`
  await page.waitForFunction(anyHasIt, { timeout: WAIT_MILLIS })
}

const has = (page: Page, end: Row['end'], what: string) => says(page, `#timeline tr[data-end="${end}"]`, what)

async function connect(page: Page): Promise<void> {
  await page.click('#connect')
  await page.waitForSelector('#channel-state[data-state="open"]', { timeout: WAIT_MILLIS })
  // Who creates a channel has it open before the other side has heard of it, and what is asked of Node goes another way.
  await has(page, 'node', 'event datachannel')
}

describe.each<BrowserName>(['chromium', 'firefox'])('the page in %s', (name) => {
  describe.skipIf(isAbsent(peer(name)))('', () => {
    let demo: Demo
    let started: StartedBrowser
    let page: Page
    let folder: string

    beforeAll(async () => {
      const address = await withBusyPort(async (port) => {
        demo = new Demo(port)
        const at = await demo.address()
        expect(demo.output).toContain(`port ${port} is busy, trying the next one`)
        return at
      })
      folder = await mkdtemp(join(tmpdir(), 'tincan-demo-'))
      started = await startBrowser(name)
      page = await started.browser.newPage()
      await page.goto(address)
    })

    afterAll(async () => {
      await started.end()
      await demo.end()
      await rm(folder, { recursive: true })
    })

    test('chats', async () => {
      await connect(page)
      await page.type('#chat-text', 'hello from the test')
      await page.click('#chat-send')
      await says(page, '#chat', 'heard: hello from the test')
    })

    test('sends a file to Node and gets one from it, both verified', async () => {
      const path = join(folder, 'picture.bin')
      await writeFile(path, new Uint8Array(3_000_001).fill(7))
      const input = await page.$('input#file')
      await input!.uploadFile(path)
      await says(page, '#files', 'Node got picture.bin, 3000001 bytes: hash verified')
      await page.click('#get-file')
      await says(page, '#files', `from-node.bin, ${8 * 1024 * 1024} bytes: hash verified`)
    })

    test('closes the channel from the browser', async () => {
      await page.click('#close-channel')
      await has(page, 'browser', 'event close,')
      await has(page, 'node', 'event close,')
      expect(await closingOf(page, 'node')).toEqual([
        'channel: event closing, readyState "closing"',
        'channel: event close, readyState "closed"',
      ])
      expect(await closingOf(page, 'browser')).toEqual([
        'channel.close() …',
        '… returned: readyState "closing"',
        'channel: event close, readyState "closed"',
      ])
    })

    test('closes the channel from Node', async () => {
      await connect(page)
      await page.click('#close-channel-node')
      await has(page, 'node', 'event close,')
      await has(page, 'browser', 'event close,')
      expect((await closingOf(page, 'node')).slice(0, 2)).toEqual([
        'channel.close() …',
        '… returned: readyState "closing"',
      ])
    })

    test('closes the connection from the browser: Node learns of it and lets go', async () => {
      await connect(page)
      await page.click('#close-connection')
      await has(page, 'node', 'connectionState "closed"')
      const steps = await closingOf(page, 'node')
      // Firefox resets its streams on close() before it aborts the association: the channel closes in order here.
      expect(steps[0]).toMatch(name === 'firefox' ? /^channel: event closing/ : /^channel: event error, sctp-failure/)
      expect(steps).toContain('channel: event close, readyState "closed"')
    })

    test('closes the connection from Node: the channel of the browser closes', async () => {
      await connect(page)
      await page.click('#close-connection-node')
      await has(page, 'browser', 'channel: event close,')
      // Which comes by UDP, and what Node says of itself by the WebSocket.
      await has(page, 'node', '… returned: connectionState')
      expect((await closingOf(page, 'node')).slice(0, 2)).toEqual([
        'connection.close() …',
        '… returned: connectionState "closed"',
      ])
    })
  })
})
