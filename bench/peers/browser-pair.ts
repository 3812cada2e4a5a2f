/** Two pages of one headless Chromium, each in a renderer process of its own. */
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'puppeteer-core'
import type { Arguments, CommandName, Result } from '../agent/protocol.js'
import { within } from '../agent/within.js'
import { startBrowser } from '../../test/support/browser.js'
import { REPLY_LIMIT_MILLIS } from './pair.js'
import type { Pair, Side } from './pair.js'
import { processTreeUsage } from './process-tree.js'
import { pageProgram } from './program.js'

class PageSide implements Side {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  async run<K extends CommandName>(name: K, given: Arguments<K>, limitMillis = REPLY_LIMIT_MILLIS): Promise<Result<K>> {
    const command = JSON.stringify({ call: 0, name, arguments: given })
    const reply = this.#page.evaluate(`run(${command})`)
    return (await within(limitMillis, `no reply to ${name}`, reply)) as Result<K>
  }
}

/** Pages talk over a BroadcastChannel, for which they need an origin. */
async function serveEmptyPage(): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>tincan bench</title>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

export async function startBrowserPair(): Promise<Pair> {
  const server = await serveEmptyPage()
  const { browser, end: endBrowser } = await startBrowser('chromium')
  const pid = browser.process()!.pid!
  const end = async (): Promise<void> => {
    server.close()
    server.closeAllConnections()
    await endBrowser()
  }
  const script = readFileSync(pageProgram('bench/agent/page-main.ts', 'agent'), 'utf8')
  const openPage = async (role: 'offerer' | 'answerer'): Promise<PageSide> => {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.addScriptTag({ content: script })
    await page.evaluate(`globalThis.run = agent.begin('bench', '${role}')`)
    return new PageSide(page)
  }
  try {
    const answerer = await openPage('answerer')
    const offerer = await openPage('offerer')
    return { offerer, answerer, usage: async () => processTreeUsage(pid), end }
  } catch (error) {
    await end()
    throw error
  }
}
