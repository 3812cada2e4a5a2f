/**
 * The part of the W3C API that the tests drive, as structural types: the same agent runs on a browser's objects, on
 * ours and on those of the other Node implementations, none of which shares a class with another.
 */
export interface Description {
  readonly type: 'offer' | 'answer'
  readonly sdp: string
}

export interface Candidate {
  readonly candidate: string
  readonly sdpMid?: string | null
  readonly sdpMLineIndex?: number | null
}

export interface ChannelOptions {
  readonly ordered?: boolean
  readonly maxRetransmits?: number
  readonly maxPacketLifeTime?: number
  readonly protocol?: string
  readonly negotiated?: boolean
  readonly id?: number
}

type Handler<E> = ((event: E) => void) | null

export interface ChannelError {
  readonly error?: {
    readonly name?: string
    readonly message?: string
    readonly errorDetail?: string
    readonly sctpCauseCode?: number | null
  }
}

export interface DataChannel {
  readonly label: string
  readonly id: number | null
  readonly ordered: boolean
  readonly protocol: string
  readonly negotiated: boolean
  readonly maxRetransmits: number | null
  readonly maxPacketLifeTime: number | null
  readonly readyState: string
  readonly bufferedAmount: number
  binaryType: string
  onopen: Handler<unknown>
  onclosing: Handler<unknown>
  onclose: Handler<unknown>
  onerror: Handler<ChannelError>
  onmessage: Handler<{ readonly data: unknown }>
  send(data: unknown): void
  close(): void
}

export interface PeerConnection {
  readonly connectionState: string
  readonly iceConnectionState: string
  readonly iceGatheringState: string
  readonly signalingState: string
  readonly localDescription: Description | null
  onicecandidate: Handler<{ readonly candidate?: Candidate | null }>
  onconnectionstatechange: Handler<unknown>
  oniceconnectionstatechange: Handler<unknown>
  onicegatheringstatechange: Handler<unknown>
  onsignalingstatechange: Handler<unknown>
  ondatachannel: Handler<{ readonly channel: DataChannel }>
  createDataChannel(label: string, options?: ChannelOptions): DataChannel
  createOffer(): Promise<Description>
  createAnswer(): Promise<Description>
  setLocalDescription(description: Description): Promise<unknown>
  setRemoteDescription(description: Description): Promise<unknown>
  addIceCandidate(candidate?: Candidate | null): Promise<unknown>
  close(): unknown
}

/** What differs between implementations, and nothing else. */
export interface Api {
  readonly RTCPeerConnection: new (configuration?: Record<string, unknown>) => PeerConnection
  /** werift sends a Buffer where the W3C text takes any buffer source. */
  readonly toSendable?: (bytes: Uint8Array) => unknown
  /** How this implementation is told that there are no more candidates; `null` unless it cannot take that. */
  readonly endOfCandidates?: 'null' | 'none'
}
