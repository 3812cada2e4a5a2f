import type { Millis } from '../core/index.js'
import type { IceTransmit, LocalSocket, SocketId, StunServer, TransportAddress, TurnServer } from '../ice/types.js'
import type { CandidateError, PeerContract, PeerEvent, TransportId, TransportView } from '../peer/contract.js'

type DrivenPart = Pick<
  PeerContract,
  | 'transports'
  | 'nextTimeout'
  | 'handleTimeout'
  | 'pollTransmit'
  | 'pollEvent'
  | 'addLocalSocket'
  | 'removeLocalSocket'
  | 'addStunServer'
  | 'addTurnServer'
  | 'serverNotAsked'
  | 'serverUnreachable'
  | 'streamOpened'
  | 'streamClosed'
  | 'endOfLocalSockets'
  | 'nameResolved'
  | 'receive'
  | 'routine'
>

/** The part of a peer that the driver sees: tells what it was told, sends and says what the test gives it. */
export class FakePeer implements DrivenPart {
  readonly log: string[] = []
  readonly transmits: IceTransmit[] = []
  readonly events: PeerEvent[] = []
  readonly sockets: LocalSocket[] = []
  readonly servers: StunServer[] = []
  readonly relays: TurnServer[] = []
  readonly resolved: [token: number, address: string | undefined][] = []
  readonly received: { readonly from: TransportAddress; readonly data: Uint8Array }[] = []
  readonly times: Millis[] = []
  readonly transports: TransportView[] = []
  gathered = 0
  timeoutAt: Millis = Infinity
  onReceive: ((from: TransportAddress, data: Uint8Array, socketId: number) => void) | undefined
  onTransmit: (() => void) | undefined
  onTimeout: (() => void) | undefined

  /** Busy, as long as a test does not say otherwise. */
  routine: PeerContract['routine'] = { receive: () => false, take: () => undefined }

  /** Only what the driver uses is here. */
  asPeer(): PeerContract {
    return this as unknown as PeerContract
  }

  nextTimeout(): Millis {
    return this.timeoutAt
  }

  handleTimeout(now: Millis): void {
    this.log.push('timeout')
    this.times.push(now)
    this.timeoutAt = Infinity
    this.onTimeout?.()
  }

  pollTransmit(): IceTransmit | undefined {
    const transmit = this.transmits.shift()
    if (transmit !== undefined) {
      this.log.push('transmit')
      this.onTransmit?.()
    }
    return transmit
  }

  pollEvent(): PeerEvent | undefined {
    const event = this.events.shift()
    if (event !== undefined) this.log.push(`event ${event.type}`)
    return event
  }

  addLocalSocket(_now: Millis, _transportId: TransportId, socket: LocalSocket): void {
    this.log.push(`socket ${socket.socketId}`)
    this.sockets.push(socket)
  }

  removeLocalSocket(_now: Millis, _transportId: TransportId, socketId: SocketId): void {
    this.log.push(`removed ${socketId}`)
  }

  addStunServer(_now: Millis, _transportId: TransportId, server: StunServer): void {
    this.log.push(`server ${server.address}`)
    this.servers.push(server)
  }

  addTurnServer(_now: Millis, _transportId: TransportId, server: TurnServer): void {
    this.log.push(`relay ${server.address}`)
    this.relays.push(server)
  }

  serverNotAsked(_: Millis, transportId: TransportId, error: CandidateError): void {
    this.events.push({ type: 'candidateError', transportId, ...error })
  }

  serverUnreachable(_now: Millis, _transportId: TransportId, { address, port }: TransportAddress): void {
    this.log.push(`unreachable ${address} ${port}`)
  }

  streamOpened(_now: Millis, socketId: SocketId, local: TransportAddress): void {
    this.log.push(`opened ${socketId} from ${local.address}`)
  }

  streamClosed(_now: Millis, socketId: SocketId, reason: string): void {
    this.log.push(`closed ${socketId}: ${reason}`)
  }

  /** What a peer does that holds no relays. */
  close(): void {
    this.events.length = 0
    this.timeoutAt = Infinity
  }

  endOfLocalSockets(): void {
    this.log.push('end of sockets')
    this.gathered++
  }

  nameResolved(_now: Millis, token: number, address: string | undefined): void {
    this.log.push(`resolved ${token}`)
    this.resolved.push([token, address])
  }

  receive(_now: Millis, socketId: number, from: TransportAddress, data: Uint8Array): void {
    this.log.push('receive')
    this.received.push({ from, data: data.slice() }) // it is lent for the call
    this.onReceive?.(from, data, socketId)
  }
}

/** An event that is the application's business and easy to tell from another. */
export function appEvent(transportId: TransportId): PeerEvent {
  return { type: 'gatheringState', transportId, state: 'gathering' }
}

/** So many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
