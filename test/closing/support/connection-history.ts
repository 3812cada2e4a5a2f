import type { RTCPeerConnection } from '../../../src/index.js'

const CONNECTION_EVENTS = [
  'connectionstatechange',
  'datachannel',
  'icecandidate',
  'icecandidateerror',
  'iceconnectionstatechange',
  'icegatheringstatechange',
  'negotiationneeded',
  'signalingstatechange',
]

/** Writes down every event of a connection and its transports, in order, with the state that it leads to. */
export class ConnectionHistory {
  readonly connection: RTCPeerConnection
  readonly events: string[] = []
  readonly #observed = new WeakSet<EventTarget>()
  readonly #wrong: string[] = []

  constructor(connection: RTCPeerConnection) {
    this.connection = connection
    for (const type of CONNECTION_EVENTS) {
      connection.addEventListener(type, () => this.#told(`${type}${this.#stateOf(type)}`))
    }
  }

  /** SCTP, DTLS and ICE, where there are any by now. */
  observeTransports(): void {
    const { sctp } = this.connection
    if (sctp === null || this.#observed.has(sctp)) return
    this.#observed.add(sctp)
    const dtls = sctp.transport
    const ice = dtls.iceTransport
    sctp.addEventListener('statechange', () => this.#told(`sctp ${sctp.state}`))
    dtls.addEventListener('statechange', () => this.#told(`dtls ${dtls.state}`))
    ice.addEventListener('statechange', () => this.#told(`ice ${ice.state}`))
    dtls.addEventListener('error', () => this.#told('dtls error'))
    ice.addEventListener('gatheringstatechange', () => this.#told(`ice gathering ${ice.gatheringState}`))
    ice.addEventListener('selectedcandidatepairchange', () => this.#told('ice selected pair'))
  }

  get isConnected(): boolean {
    return this.connection.connectionState === 'connected'
  }

  /** What is true at this moment, from the negotiation up to the association. */
  get states(): string[] {
    const { signalingState, iceGatheringState, iceConnectionState, connectionState, sctp } = this.connection
    return [
      `signalling ${signalingState}`,
      `gathering ${iceGatheringState}`,
      `ice ${iceConnectionState}`,
      `connection ${connectionState}`,
      `dtls ${sctp?.transport.state ?? 'none'}`,
      `sctp ${sctp?.state ?? 'none'}`,
    ]
  }

  /** P2, P6, P7: a closed connection is closed in every part, and told nothing since. */
  violations(): string[] {
    const { signalingState, iceConnectionState, connectionState, sctp } = this.connection
    if (signalingState !== 'closed') return [...this.#wrong]
    const dtls = sctp?.transport
    const states = { iceConnectionState, connectionState, sctp: sctp?.state, dtls: dtls?.state }
    const all = { ...states, ice: dtls?.iceTransport.state }
    const open = Object.entries(all).filter(([, state]) => state !== undefined && state !== 'closed')
    return [...this.#wrong, ...open.map(([name, state]) => `${name} is ${state ?? ''}, not closed`)]
  }

  #told(words: string): void {
    if (this.connection.signalingState === 'closed') this.#wrong.push(`'${words}' was told after close()`)
    this.events.push(words)
  }

  #stateOf(type: string): string {
    const { connection } = this
    if (type === 'connectionstatechange') return ` ${connection.connectionState}`
    if (type === 'iceconnectionstatechange') return ` ${connection.iceConnectionState}`
    if (type === 'icegatheringstatechange') return ` ${connection.iceGatheringState}`
    return type === 'signalingstatechange' ? ` ${connection.signalingState}` : ''
  }
}
