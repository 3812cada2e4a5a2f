import type { Server, Socket } from 'node:net'
import { isIPv6 } from 'node:net'
import type { TransportAddress } from '../ice/types.js'
import type { AcceptStream, PortRange, StreamListener } from './io.js'
import { isPortTaken, portsToTry } from './ports-to-try.js'
import { adoptStream } from './stream-socket.js'

/** Connections that are made before we look; who floods us with more is not answered. */
const BACKLOG = 16

/** Listens on one address, at a port of the range or any. Rejects with the error of the operating system. */
export async function listenStream(
  address: string,
  portRange: PortRange | undefined,
  accept: AcceptStream,
  backlog = BACKLOG,
): Promise<StreamListener> {
  const { createServer } = await import('node:net')
  let failure: unknown
  for (const port of portsToTry(portRange)) {
    try {
      const server = createServer({ noDelay: true }, (socket) => acceptSocket(socket, accept))
      return new NodeListener(await listen(server, address, port, backlog))
    } catch (error) {
      failure = error
      if (!isPortTaken(error)) break
    }
  }
  throw failure
}

function acceptSocket(socket: Socket, accept: AcceptStream): void {
  const { remoteAddress: address, remotePort: port } = socket
  // Over before we could look.
  if (address === undefined || port === undefined) return void socket.destroy()
  adoptStream(socket, (stream) => accept(stream, { address, port }))
}

async function listen(server: Server, address: string, port: number, backlog: number): Promise<Server> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address, port, backlog, exclusive: true, ipv6Only: isIPv6(address) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // Of accept(): too many open files, for instance. The connection is lost, and the next one may not be.
  server.on('error', () => {})
  return server
}

class NodeListener implements StreamListener {
  readonly local: TransportAddress
  readonly #server: Server
  #gone: Promise<void> | undefined

  constructor(server: Server) {
    this.#server = server
    const { address, port } = server.address() as { address: string; port: number }
    this.local = { address, port }
  }

  /** Not the callback of close(), which waits for the connections too: the handle is gone after a turn of the event loop. */
  close(): Promise<void> {
    this.#gone ??= new Promise((resolve) => {
      this.#server.close()
      setImmediate(resolve)
    })
    return this.#gone
  }

  unref(): void {
    this.#server.unref()
  }
}
