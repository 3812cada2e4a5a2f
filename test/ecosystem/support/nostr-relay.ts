/**
 * A Nostr relay (NIP-01) on the loopback interface, for the strategy that trystero has by default: keeps nothing, checks
 * nothing, hands each event to whoever asked for its kind and topic.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'

interface NostrEvent {
  readonly id: string
  readonly kind: number
  readonly tags: readonly (readonly string[])[]
}

interface Filter {
  readonly kinds?: readonly number[]
  readonly '#x'?: readonly string[]
}

type Message = readonly ['EVENT', NostrEvent] | readonly ['REQ', string, Filter] | readonly ['CLOSE', string]

function matches({ kind, tags }: NostrEvent, filter: Filter): boolean {
  const topics = filter['#x']
  const hasTopic = topics === undefined || tags.some(([name, value]) => name === 'x' && topics.includes(value ?? ''))
  return hasTopic && (filter.kinds?.includes(kind) ?? true)
}

export class NostrRelay {
  readonly #server: WebSocketServer
  readonly #subscriptions = new Map<WebSocket, Map<string, Filter>>()

  private constructor(server: WebSocketServer) {
    this.#server = server
    server.on('connection', (socket) => {
      this.#subscriptions.set(socket, new Map())
      socket.on('message', (data: Buffer) => this.#handle(socket, JSON.parse(data.toString()) as Message))
      socket.on('close', () => this.#subscriptions.delete(socket))
    })
  }

  static async start(): Promise<NostrRelay> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    return new NostrRelay(server)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async end(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #handle(socket: WebSocket, message: Message): void {
    const subscriptions = this.#subscriptions.get(socket)
    if (message[0] === 'REQ') subscriptions?.set(message[1], message[2])
    else if (message[0] === 'CLOSE') subscriptions?.delete(message[1])
    else {
      socket.send(JSON.stringify(['OK', message[1].id, true, '']))
      this.#publish(message[1])
    }
  }

  #publish(event: NostrEvent): void {
    for (const [socket, subscriptions] of this.#subscriptions) {
      for (const [id, filter] of subscriptions) {
        if (matches(event, filter)) socket.send(JSON.stringify(['EVENT', id, event]))
      }
    }
  }
}
