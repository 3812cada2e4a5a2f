import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { RTCIceCandidateInit, RTCPeerConnection } from '../../../src/index.js'

const LOOPBACK = '127.0.0.1'

export interface Captured {
  readonly from: 'a' | 'b'
  /** Of the first DTLS record (RFC 6347 §4.1), or the first byte of what is no DTLS. */
  readonly contentType: number
  /** Of every record in the datagram. */
  readonly contentTypes: readonly number[]
}

/**
 * Stands between two connections of this machine as two UDP sockets: each peer is shown the other's candidate with the
 * address of the socket that speaks for it. What passes is written down in order, and lost where a test wants so.
 */
export class CapturingRelay {
  readonly captured: Captured[] = []
  passes: (datagram: Captured) => boolean = () => true
  readonly #socketOf: Record<'a' | 'b', Socket>
  readonly #peerPort: Partial<Record<'a' | 'b', number>> = {}

  private constructor(a: Socket, b: Socket) {
    this.#socketOf = { a, b }
    // What a sends comes in on the socket that speaks for b, and leaves from the one that speaks for a.
    b.on('message', (data, { port }) => this.#forward('a', data, port))
    a.on('message', (data, { port }) => this.#forward('b', data, port))
  }

  static async open(): Promise<CapturingRelay> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const
    await Promise.all(sockets.map((socket) => once(socket.bind(0, LOOPBACK), 'listening')))
    return new CapturingRelay(...sockets)
  }

  async close(): Promise<void> {
    await Promise.all(
      Object.values(this.#socketOf).map((socket) => new Promise<void>((resolve) => socket.close(resolve))),
    )
  }

  /** Signals between the two, with candidates that lead here. */
  async negotiate(a: RTCPeerConnection, b: RTCPeerConnection): Promise<void> {
    const toB = this.#trickle('a', a, b)
    const toA = this.#trickle('b', b, a)
    await a.setLocalDescription()
    await b.setRemoteDescription({ type: 'offer', sdp: withoutCandidates(a.localDescription!.sdp) })
    toB()
    await b.setLocalDescription()
    await a.setRemoteDescription({ type: 'answer', sdp: withoutCandidates(b.localDescription!.sdp) })
    toA()
  }

  #trickle(name: 'a' | 'b', from: RTCPeerConnection, to: RTCPeerConnection): () => void {
    const waiting: RTCIceCandidateInit[] = []
    let isReady = false
    const flush = (): void => {
      if (isReady) for (const candidate of waiting.splice(0)) void to.addIceCandidate(candidate)
    }
    from.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.address !== LOOPBACK || candidate.port === null || candidate.protocol !== 'udp') return
      this.#peerPort[name] = candidate.port
      const { port } = this.#socketOf[name].address()
      const text = candidate.candidate.replace(` ${candidate.port} typ`, ` ${port} typ`)
      waiting.push({ ...candidate.toJSON(), candidate: text })
      flush()
    })
    return () => {
      isReady = true
      flush()
    }
  }

  #forward(from: 'a' | 'b', data: Uint8Array, port: number): void {
    const to = from === 'a' ? 'b' : 'a'
    const target = this.#peerPort[to]
    if (target === undefined || port !== this.#peerPort[from]) return
    const captured = { from, contentType: data[0] ?? 0, contentTypes: contentTypesOf(data) }
    this.captured.push(captured)
    if (this.passes(captured)) this.#socketOf[from].send(data, target, LOOPBACK)
  }
}

function withoutCandidates(sdp: string): string {
  return sdp
    .split('\r\n')
    .filter((line) => !/^a=(candidate:|end-of-candidates)/.test(line))
    .join('\r\n')
}

/** RFC 6347 §4.1: type, version, epoch and sequence number, length; then so many bytes. */
function contentTypesOf(data: Uint8Array): number[] {
  const types: number[] = []
  for (let at = 0; at + 13 <= data.length && data[at]! >= 20 && data[at]! <= 25;) {
    types.push(data[at]!)
    at += 13 + data[at + 11]! * 256 + data[at + 12]!
  }
  return types
}
