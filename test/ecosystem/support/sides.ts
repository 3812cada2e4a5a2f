/** One side of a conversation: a library in this process on our stack, or in a page of a real browser on that one's own. */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Page } from 'puppeteer-core'
import { startBrowser } from '../../support/browser.js'
import type { StartedBrowser } from '../../support/browser.js'
import { permitLeftovers } from '../../support/leak-guard.js'
import { isAbsent, peer } from '../../interop/peers.js'
import { EventLog } from './event-log.js'
import type { Tell } from './event-log.js'

/** What a side can be told to do. Arguments and results are JSON, so that a page can be told as well. */
export type Commands = Readonly<Record<string, (...args: never[]) => unknown>>

/** How a library is driven: the same code in Node and in a page. */
export type Adapter = (options: never, tell: Tell) => Commands | Promise<Commands>

export interface Side {
  readonly log: EventLog
  readonly isInBrowser: boolean
  run(command: string, ...args: unknown[]): Promise<unknown>
}

export async function startHere<Options>(
  adapter: (options: Options, tell: Tell) => Commands | Promise<Commands>,
  options: Options,
): Promise<Side> {
  const log = new EventLog('ours')
  const commands = await adapter(options, log.tell)
  return {
    log,
    isInBrowser: false,
    run: async (command, ...args) => await commands[command]!(...(args as never[])),
  }
}

/** Chromium, with the bundle of one of the programs under `pages/` to load. */
export class LibraryBrowser {
  readonly #started: StartedBrowser
  readonly #server: Server
  readonly #url: string
  readonly #program: string

  private constructor(started: StartedBrowser, server: Server, program: string) {
    this.#started = started
    this.#server = server
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    this.#program = program
  }

  /** `undefined`, with a line that says why, where there is no Chromium; that is a failure in CI. */
  static get isMissing(): boolean {
    return isAbsent(peer('chromium'))
  }

  static async start(page: string): Promise<LibraryBrowser> {
    permitLeftovers('TCPSOCKETWRAP', 'Chromium keeps connections to the server of its pages')
    const program = await bundleForPage(page)
    // Libraries that encrypt need a secure context: a page of the loopback address is one, about:blank is none.
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>ecosystem</title>')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new LibraryBrowser(await startBrowser('chromium'), server, program)
  }

  /** A page of its own, so that each test begins with nothing. */
  async open(options: unknown): Promise<Side & { close(): Promise<void> }> {
    const page = await this.#started.browser.newPage()
    const log = new EventLog('chromium')
    await page.exposeFunction('tell', (type: string, detail?: unknown) => log.tell(type, detail))
    page.on('pageerror', (error) => log.tell('uncaught', String(error)))
    await page.goto(this.#url)
    await page.addScriptTag({ content: this.#program })
    await page.evaluate(`program.start(${JSON.stringify(options)})`)
    return {
      log,
      isInBrowser: true,
      run: async (command, ...args) => await runInPage(page, command, args),
      close: () => page.close(),
    }
  }

  async end(): Promise<void> {
    await this.#started.end()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

async function runInPage(page: Page, command: string, args: unknown[]): Promise<unknown> {
  return await page.evaluate(`program.run(${JSON.stringify(command)}, ${JSON.stringify(args)})`)
}

/** As an application's bundler would do it: the `browser` fields of packages count. */
async function bundleForPage(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../pages/${name}.ts`, import.meta.url))],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'program',
    target: 'es2022',
    define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
    write: false,
  })
  return outputFiles[0]!.text
}
