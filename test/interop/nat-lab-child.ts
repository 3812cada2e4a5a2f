/** The program of a process on a host of the lab: the agent on our stack, and what it leaves out of the events of ICE. */
import { RTCPeerConnection } from '../../src/index.js'
import type { RTCConfiguration, RTCIceCandidate, RTCIceTransport } from '../../src/index.js'
import { Agent } from './agent.js'
import type { AgentEvent } from './agent-protocol.js'
import type { FromChild, ToChild } from './hosts/child-process.js'
import type { CandidateFields } from './nat-lab-host.js'
import type { PeerConnectionClass } from './w3c-subset.js'

function tell(message: FromChild): void {
  if (process.connected) process.send?.(message)
}

/** The number of the connection that is being created. */
let creating = 0
let sequence = 0

function fieldsOf(candidate: RTCIceCandidate): CandidateFields {
  const { type, protocol, address, port, relatedAddress, relatedPort, url, relayProtocol } = candidate
  return { type, protocol, address, port, relatedAddress, relatedPort, url, relayProtocol }
}

class ObservedConnection extends RTCPeerConnection {
  readonly #number = creating
  #ice: RTCIceTransport | undefined

  constructor(configuration?: RTCConfiguration) {
    super(configuration)
    this.addEventListener('icecandidateerror', ({ address, port, url, errorCode, errorText }) => {
      this.#record('icecandidateerror', { address, port, url, errorCode, errorText })
    })
    this.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== '') this.#record('gathered', { ...fieldsOf(candidate) })
    })
    this.addEventListener('negotiationneeded', () => this.#record('negotiationneeded', {}))
    this.addEventListener('signalingstatechange', () => this.#observeIce())
  }

  #observeIce(): void {
    const ice = this.sctp?.transport.iceTransport
    if (ice === undefined || ice === this.#ice) return
    this.#ice = ice
    ice.addEventListener('selectedcandidatepairchange', () => {
      const { local, remote } = ice.getSelectedCandidatePair()!
      this.#record('selected', { local: fieldsOf(local), remote: fieldsOf(remote) })
    })
  }

  #record(type: string, detail: Record<string, unknown>): void {
    const at = performance.timeOrigin + performance.now()
    tell({ event: { connection: this.#number, sequence: sequence++, at, type, detail } })
  }
}

const api = { RTCPeerConnection: ObservedConnection as unknown as PeerConnectionClass }
const agent = new Agent(api, (event: AgentEvent) => tell({ event }))

process.on('message', ({ call, command }: Extract<ToChild, { call: number }>) => {
  if (command.name === 'create') creating = command.connection
  agent.run(command).then(
    (result) => tell({ call, result: result ?? null }),
    (error: unknown) => tell({ call, failure: error instanceof Error ? error.message : String(error) }),
  )
})
tell({ ready: true })
