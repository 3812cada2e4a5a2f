import { task } from './connected-pair.test-support.js'
import type { RTCPeerConnection, RTCSessionDescription } from './index.js'

/** More tasks than any exchange takes, far less than one that never ends. */
const MAX_TASKS = 2000
/** So many without anything to do are the end of it: applying a description and what follows take less. */
const QUIET_TASKS = 12

/** One side of "perfect negotiation" (https://www.w3.org/TR/webrtc/#perfect-negotiation-example). */
class Side {
  readonly connection: RTCPeerConnection
  readonly inbox: RTCSessionDescription[] = []
  peer!: Side
  busy = 0
  readonly #isPolite: boolean
  #makingOffer = false
  #isSettingRemoteAnswer = false

  constructor(connection: RTCPeerConnection, isPolite: boolean) {
    this.connection = connection
    this.#isPolite = isPolite
    connection.addEventListener('negotiationneeded', () => void this.#offer())
  }

  async #offer(): Promise<void> {
    this.busy++
    this.#makingOffer = true
    await this.connection.setLocalDescription()
    this.peer.inbox.push(this.connection.localDescription!)
    this.#makingOffer = false
    this.busy--
  }

  async receive(description: RTCSessionDescription): Promise<void> {
    const { connection } = this
    const isReady = !this.#makingOffer && (connection.signalingState === 'stable' || this.#isSettingRemoteAnswer)
    const collides = description.type === 'offer' && !isReady
    if (collides && !this.#isPolite) return
    this.busy++
    this.#isSettingRemoteAnswer = description.type === 'answer'
    await connection.setRemoteDescription(description)
    this.#isSettingRemoteAnswer = false
    if (description.type === 'offer') {
      await connection.setLocalDescription()
      this.peer.inbox.push(connection.localDescription!)
    }
    this.busy--
  }
}

/** Signals between two connections as applications should; both may change at any time. */
export class PerfectNegotiation {
  readonly #sides: readonly [Side, Side]

  constructor(polite: RTCPeerConnection, impolite: RTCPeerConnection) {
    const [a, b] = [new Side(polite, true), new Side(impolite, false)]
    a.peer = b
    b.peer = a
    this.#sides = [a, b]
  }

  /** So many turns of the event loop; what was sent in one arrives in the next. */
  async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) {
      for (const side of this.#sides) {
        const description = side.inbox.shift()
        if (description !== undefined) void side.receive(description)
      }
      await task()
    }
  }

  /** Until nothing is left to be negotiated. */
  async settle(): Promise<void> {
    for (let quiet = 0, turns = 0; quiet < QUIET_TASKS; turns++) {
      if (turns === MAX_TASKS) throw new Error('the negotiation does not end')
      await this.turns(1)
      const isIdle = this.#sides.every(
        ({ busy, inbox, connection }) => busy === 0 && inbox.length === 0 && connection.signalingState === 'stable',
      )
      quiet = isIdle ? quiet + 1 : 0
    }
  }
}
