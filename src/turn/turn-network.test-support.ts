/** A client, a TURN server and peers on the virtual network. */
import {
  seededCrypto,
  VirtualNetwork,
  type LinkOptions,
  type Participant,
} from '../ice/virtual-network.test-support.js'
import type { StunAddress } from '../stun/index.js'
import { TurnClient, type PeerData, type TurnClientOptions, type TurnEvent } from './index.js'
import { PASSWORD, USER, VirtualTurnServer, type TurnServerOptions } from './turn-server.test-support.js'

export const SERVER: StunAddress = { address: '198.51.100.1', port: 3478 }
export const CLIENT: StunAddress = { address: '192.0.2.1', port: 5000 }
export const PEER: StunAddress = { address: '203.0.113.7', port: 7000 }

/** A server at an address of the network. */
export function addTurnServer(
  network: VirtualNetwork,
  address: StunAddress = SERVER,
  options: Partial<TurnServerOptions> = {},
): VirtualTurnServer {
  const server: VirtualTurnServer = new VirtualTurnServer({
    crypto: seededCrypto(77),
    now: () => network.now,
    send: (to, data) => network.send({ from: address, to, data }),
    relay: (from, to, data) => network.send({ from, to, data }),
    listen: (relayed, isOpen) => {
      if (!isOpen) network.unlisten(relayed)
      else network.listen(relayed, (packet) => server.receiveAtRelay(relayed, packet.from, packet.data))
    },
    ...options,
  })
  network.listen(address, ({ from, data }) => server.receive(from, data))
  return server
}

/** A client on a socket of its own, and a record of what it told. */
export class TurnHost implements Participant {
  readonly agent: TurnClient
  readonly events: TurnEvent[] = []
  readonly received: { readonly from: StunAddress; readonly text: string }[] = []
  readonly #network: VirtualNetwork
  readonly #local: StunAddress

  constructor(network: VirtualNetwork, options: Partial<TurnClientOptions> = {}, local = CLIENT) {
    this.#network = network
    this.#local = local
    this.agent = new TurnClient({
      crypto: seededCrypto(5),
      username: USER,
      password: PASSWORD,
      server: SERVER,
      isStream: false,
      family: 'IPv4',
      ...options,
    })
    network.listen(local, ({ data }) => this.deliver(data))
    network.addPeer(this)
  }

  get types(): string[] {
    return this.events.map(({ type }) => type)
  }

  get relayed(): readonly StunAddress[] {
    return this.events.find((event) => event.type === 'allocated')?.relayed ?? []
  }

  deliver(data: Uint8Array): void {
    const result = this.agent.receive(this.#network.now, data)
    if (typeof result === 'object') this.received.push(record(result))
  }

  send(to: StunAddress, text: string): void {
    const data = this.agent.send(this.#network.now, to, new TextEncoder().encode(text))
    if (data !== undefined) this.#transmit(data)
  }

  drain(): void {
    for (let out; (out = this.agent.pollTransmit(this.#network.now)) !== undefined;) this.#transmit(out.data)
    for (let event; (event = this.agent.pollEvent()) !== undefined;) this.events.push(event)
  }

  #transmit(data: Uint8Array): void {
    this.#network.send({ from: this.#local, to: this.agent.server, data })
  }
}

/** Somebody out there who writes down what comes, and answers with the same in capitals. */
export function addEcho(
  network: VirtualNetwork,
  at: StunAddress = PEER,
): { readonly from: StunAddress; readonly text: string }[] {
  const heard: { readonly from: StunAddress; readonly text: string }[] = []
  network.listen(at, ({ from, data }) => {
    const text = new TextDecoder().decode(data)
    heard.push({ from, text })
    network.send({ from: at, to: from, data: new TextEncoder().encode(text.toUpperCase()) })
  })
  return heard
}

export interface Scene {
  readonly network: VirtualNetwork
  readonly server: VirtualTurnServer
  readonly host: TurnHost
}

export function scene(link: Partial<LinkOptions> = {}, client: Partial<TurnClientOptions> = {}): Scene {
  const network = new VirtualNetwork(link)
  const server = addTurnServer(network)
  return { network, server, host: new TurnHost(network, client) }
}

function record({ peer, data }: PeerData): { from: StunAddress; text: string } {
  return { from: peer, text: new TextDecoder().decode(data) }
}
