import { readFile } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import type { ServerMessage } from './demo-protocol.js'
import { parsePageMessage } from './demo-protocol.js'
import { Session } from './session.js'

const HOST = '127.0.0.1'
/** How many ports after the wanted one are tried before giving up. */
const PORTS_TRIED = 20
/** A description with its candidates is a few kilobytes. */
const MAX_SIGNAL_BYTES = 64 * 1024

/** All that is served, by path: nothing else of the disk can be asked for. */
const FILES = new Map([
  ['/', { file: './page/index.html', type: 'text/html; charset=utf-8' }],
  ['/page.css', { file: './page/page.css', type: 'text/css; charset=utf-8' }],
  ...['page/page', 'page/timeline', 'page/file-exchange', 'demo-protocol', 'observe', 'flow'].map(
    (module) => [`/${module}.js`, { file: `./${module}.js`, type: 'text/javascript; charset=utf-8' }] as const,
  ),
])

/**
 * Serves the page and its signalling.
 * @returns its address; a busy port is said and the next one tried
 * @throws Error when none of the ports is free
 */
export async function serve(port: number, print: (line: string) => void): Promise<string> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      print(`the page: ${String(error)}`)
      response.writeHead(500).end()
    })
  })
  const bound = await listen(server, port, print)
  const origin = `http://${HOST}:${bound}`
  const sockets = new WebSocketServer({
    server,
    path: '/signal',
    maxPayload: MAX_SIGNAL_BYTES,
    // Another site's page in the same browser must not drive this process.
    verifyClient: ({ origin: from }: { origin: string }) => from === origin || from === `http://localhost:${bound}`,
  })
  sockets.on('connection', (socket) => {
    attach(socket, print)
  })
  return origin
}

/** One session for each WebSocket: it ends with it. */
function attach(socket: WebSocket, print: (line: string) => void): void {
  const send = (message: ServerMessage) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }
  const session = new Session(send, print)
  socket.on('message', (data, isBinary) => {
    const message = isBinary ? undefined : parsePageMessage((data as Buffer).toString())
    if (message !== undefined) session.take(message)
  })
  socket.on('error', (error) => {
    print(`signalling: ${error.message}`)
  })
  socket.on('close', () => {
    session.end()
  })
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  const entry = FILES.get(path)
  if (entry === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page here.\n')
    return
  }
  const body = await readFile(new URL(entry.file, import.meta.url))
  response.writeHead(200, { 'content-type': entry.type, 'cache-control': 'no-store' }).end(body)
}

async function listen(server: Server, wanted: number, print: (line: string) => void): Promise<number> {
  for (let port = wanted; port < wanted + PORTS_TRIED && port <= 65_535; port++) {
    const problem = await tryToListen(server, port)
    if (problem === undefined) return port
    if (problem.code !== 'EADDRINUSE' && problem.code !== 'EACCES') throw problem
    print(`port ${port} is ${problem.code === 'EACCES' ? 'not allowed' : 'busy'}, trying the next one`)
  }
  throw new Error(`no free port from ${wanted} on: say another with --port`)
}

function tryToListen(server: Server, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => {
      server.off('listening', listening)
      resolve(error)
    }
    const listening = () => {
      server.off('error', failed)
      resolve(undefined)
    }
    server.once('error', failed).once('listening', listening).listen(port, HOST)
  })
}
