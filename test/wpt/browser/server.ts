import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { REWRITES } from '../test-file.js'
import { reportScript, substitute, VENDOR_SCRIPT, wrapperPage } from './served-scripts.js'

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  json: 'application/json',
  css: 'text/css',
  idl: 'text/plain',
  txt: 'text/plain',
  png: 'image/png',
  jpg: 'image/jpeg',
  mp4: 'video/mp4',
  webm: 'video/webm',
  svg: 'image/svg+xml',
}

/** What the page of a test says when it is done. */
export interface PageReport {
  readonly status: { readonly status: number; readonly message: string | null }
  readonly tests: readonly { readonly name: string; readonly status: number; readonly message: string | null }[]
}

export interface DriverCall {
  readonly action: string
  readonly x?: number
  readonly y?: number
}

export interface ServerOptions {
  readonly wptFolder: string
  /** The test that is under way. */
  readonly current: () => { readonly id: number; readonly timeoutMillis: number }
  readonly onDone: (id: number, report: PageReport) => void
  readonly onDriver: (call: DriverCall) => Promise<void>
}

export interface TestServer {
  readonly port: number
  close(): void
}

interface Reply {
  readonly status?: number
  readonly type: string
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A server for a copy of the Web Platform Tests: pages around `.window.js` and `.any.js`, `.headers` files and the
 * substitutions of `.sub.` files. Deliberately absent: the `.py` handlers, other ports and other hosts.
 */
export async function startServer(options: ServerOptions): Promise<TestServer> {
  const server = createServer((request, response) => void handle(options, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function handle(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`)
  let reply: Reply
  try {
    reply = url.pathname.startsWith('/__wpt/') ? await handleCall(options, url, request) : await serve(options, url)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const missing = code === 'ENOENT' || code === 'EISDIR'
    reply = { status: missing ? 404 : 500, type: 'text/plain', body: message }
  }
  const { status = 200, type, body, headers } = reply
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...headers })
  response.end(body)
}

async function handleCall(options: ServerOptions, url: URL, request: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown
  if (url.pathname === '/__wpt/done') options.onDone(Number(url.searchParams.get('id')), body as PageReport)
  else await options.onDriver(body as DriverCall)
  return { type: 'text/plain', body: '' }
}

async function serve({ wptFolder, current }: ServerOptions, url: URL): Promise<Reply> {
  const asked = decodeURIComponent(url.pathname)
  const js = TYPES['js']!
  if (asked === '/resources/testharnessreport.js') {
    const { id, timeoutMillis } = current()
    return { type: js, body: reportScript(id, timeoutMillis) }
  }
  if (asked === '/resources/testdriver-vendor.js') return { type: js, body: VENDOR_SCRIPT }
  const pathname = REWRITES[asked] ?? asked
  const file = path.join(wptFolder, pathname)
  if (!file.startsWith(wptFolder + path.sep)) return { status: 403, type: 'text/plain', body: '' }
  const script = file.replace(/\.(window|any)\.html$/, '.$1.js')
  if (script !== file && existsSync(script)) {
    const body = wrapperPage(pathname.replace(/html$/, 'js'), await readFile(script, 'utf8'))
    return { type: TYPES['html']!, body, headers: headersFor(script) }
  }
  const content = await readFile(file)
  const body = /\.sub\./.test(pathname) ? substitute(content.toString(), url) : content
  return { type: TYPES[path.extname(file).slice(1)] ?? 'application/octet-stream', body, headers: headersFor(file) }
}

/** `name: value` lines beside the file and for its folder. */
function headersFor(file: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const source of [path.join(path.dirname(file), '__dir__.headers'), `${file}.headers`]) {
    if (!existsSync(source)) continue
    for (const line of readFileSync(source, 'utf8').split('\n')) {
      const colon = line.indexOf(':')
      if (colon > 0) headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim()
    }
  }
  return headers
}
