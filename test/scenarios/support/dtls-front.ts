import { nodeCrypto } from '../../../src/crypto/index.js'
import { DtlsConnection } from '../../../src/dtls/index.js'
import type { TransportAddress } from '../../../src/ice/types.js'
import { VirtualTurnServer } from '../../../src/turn/turn-server.test-support.js'
import { certificateOf } from './endpoint.js'
import type { Datagram, Station, VirtualLink } from './virtual-link.js'

interface Client {
  readonly address: TransportAddress
  readonly dtls: DtlsConnection
}

/** A TURN server behind DTLS (RFC 7350), and behind a NAT of its own making: it sees clients at 203.0.113. */
export class DtlsFront implements Station {
  readonly server: VirtualTurnServer
  /** One for each handshake that a client has begun. */
  readonly clients: Client[] = []
  /** Messages that came over DTLS. */
  heard = 0
  /** False: what comes vanishes here. */
  answers = true
  readonly #link: VirtualLink
  readonly #at: TransportAddress

  constructor(link: VirtualLink, at: TransportAddress, relayAddress: string) {
    this.#link = link
    this.#at = at
    const server: VirtualTurnServer = new VirtualTurnServer({
      crypto: nodeCrypto,
      now: () => link.now,
      send: (to, data) => this.#send(to, data),
      relay: (from, to, data) => link.send({ from, to, data: data.slice() }),
      relayAddresses: { IPv4: relayAddress },
      listen: (relayed, isOpen) => {
        if (!isOpen) link.unlisten(relayed)
        else link.listen(relayed, ({ from, data }) => server.receiveAtRelay(relayed, from, data))
      },
    })
    this.server = server
    link.add(this)
    link.listen(at, (datagram) => this.#receive(datagram))
  }

  get states(): string[] {
    return this.clients.map(({ dtls }) => dtls.state)
  }

  drain(): void {
    for (const { address, dtls } of this.clients) {
      for (let event = dtls.pollEvent(); event !== undefined; event = dtls.pollEvent()) {
        if (event.type !== 'data') continue
        this.heard++
        this.server.receive(seen(address), event.data)
      }
      for (let data = dtls.pollTransmit(this.#link.now); data; data = dtls.pollTransmit(this.#link.now)) {
        this.#link.send({ from: this.#at, to: address, data: data.slice() })
      }
    }
  }

  nextTimeout(): number {
    return Math.min(Infinity, ...this.clients.map(({ dtls }) => dtls.nextTimeout()))
  }

  handleTimeout(now: number): void {
    for (const { dtls } of this.clients) dtls.handleTimeout(now)
  }

  #receive({ from, data }: Datagram): void {
    if (this.answers) this.#clientAt(from).dtls.receive(this.#link.now, data.slice())
  }

  #clientAt(address: TransportAddress): Client {
    const known = this.clients.find((client) => isSame(client.address, address))
    if (known !== undefined) return known
    const dtls = new DtlsConnection({
      crypto: nodeCrypto,
      role: 'server',
      certificate: certificateOf('server'),
      remoteFingerprints: [],
      srtpProfiles: [],
      requiresCertificate: false,
      cookieExchange: true,
    })
    dtls.start(this.#link.now)
    const client = { address, dtls }
    this.clients.push(client)
    return client
  }

  #send(to: TransportAddress, data: Uint8Array): void {
    const client = this.clients.find(({ address }) => isSame(seen(address), to))
    const record = client?.dtls.seal(data)
    if (client && record) this.#link.send({ from: this.#at, to: client.address, data: record.slice() })
  }
}

export function seen({ address, port }: TransportAddress): TransportAddress {
  return { address: address.replace('10.0.0.', '203.0.113.'), port }
}

function isSame(one: TransportAddress, other: TransportAddress): boolean {
  return one.address === other.address && one.port === other.port
}
