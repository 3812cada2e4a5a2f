/** The agent in a page of a real browser, which is started headless with an empty profile and ends with the tests. */
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import type { Page } from 'puppeteer-core'
import { startBrowser } from '../../support/browser.js'
import type { BrowserName, BrowserOptions, StartedBrowser } from '../../support/browser.js'
import type { AgentCommand, AgentEvent } from '../agent-protocol.js'
import { Host } from '../remote-peer.js'
import type { Transport, TransportEvents } from '../remote-peer.js'

function pageProgram(): string {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL('./page-main.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    globalName: 'interop',
    target: 'es2022',
    write: false,
  })
  return outputFiles[0]!.text.replace(/^"use strict";/, '').replace('var interop =', 'globalThis.interop =')
}

class PageTransport implements Transport {
  readonly #started: StartedBrowser
  readonly #page: Page
  #disposing = false

  constructor(started: StartedBrowser, page: Page) {
    this.#started = started
    this.#page = page
  }

  async run(command: AgentCommand): Promise<unknown> {
    return await this.#page.evaluate(`interop.pageAgent.run(${JSON.stringify(command)})`)
  }

  async pump(events: TransportEvents): Promise<void> {
    try {
      for (;;) {
        const taken = (await this.#page.evaluate('interop.pageAgent.take()')) as AgentEvent[]
        for (const event of taken) events.event(event)
      }
    } catch (error) {
      if (!this.#disposing) events.gone(error instanceof Error ? error : new Error(String(error)))
    }
  }

  async dispose(): Promise<void> {
    this.#disposing = true
    await this.#started.end()
  }
}

export async function launchBrowser(name: BrowserName, options: BrowserOptions = {}): Promise<Host> {
  return await Host.launch(name, async (events) => {
    const started = await startBrowser(name, options)
    const page = (await started.browser.pages())[0] ?? (await started.browser.newPage())
    await page.evaluate(pageProgram())
    const transport = new PageTransport(started, page)
    void transport.pump(events)
    return transport
  })
}
