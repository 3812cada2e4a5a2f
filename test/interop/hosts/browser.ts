/** The agent in a page of a real browser, which is started headless with an empty profile and ends with the tests. */
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import type { Page } from 'puppeteer-core'
import { startBrowser } from '../../support/browser.js'
import type { BrowserName, BrowserOptions, StartedBrowser } from '../../support/browser.js'
import type { AgentCommand, AgentEvent } from '../agent-protocol.js'
import { Host } from '../remote-peer.js'
import type { Transport, TransportEvents } from '../remote-peer.js'
import type { CommandOutcome } from './page-main.js'

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
  #fetched = 0
  #gone: Error | undefined
  readonly #fetchedMore = new Set<() => void>()

  constructor(started: StartedBrowser, page: Page) {
    this.#started = started
    this.#page = page
  }

  /** When it returns, what was recorded until then, and by itself, has been told. */
  async run(command: AgentCommand): Promise<unknown> {
    const given = `interop.pageAgent.run(${JSON.stringify(command)})`
    const { result, recorded } = (await this.#page.evaluate(given)) as CommandOutcome
    while (this.#fetched < recorded) {
      if (this.#gone !== undefined) throw this.#gone
      await new Promise<void>((resolve) => this.#fetchedMore.add(resolve))
    }
    return result
  }

  #wake(): void {
    for (const resolve of this.#fetchedMore) resolve()
    this.#fetchedMore.clear()
  }

  async pump(events: TransportEvents): Promise<void> {
    try {
      for (;;) {
        const taken = (await this.#page.evaluate('interop.pageAgent.take()')) as AgentEvent[]
        this.#fetched += taken.length
        for (const event of taken) events.event(event)
        this.#wake()
      }
    } catch (error) {
      this.#gone = error instanceof Error ? error : new Error(String(error))
      if (!this.#disposing) events.gone(this.#gone)
      this.#wake()
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
