/**
 * The part of the W3C API that the tests drive, as structural types: the same agent runs on a browser's objects, on
 * ours and on those of the other Node implementations, none of which shares a class with another.
 */
export interface Description {
  readonly type: 'offer' | 'answer'
  readonly sdp: string
}

export interface Rollback {
  readonly type: 'rollback'
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
    readonly receivedAlert?: number | null
    readonly sentAlert?: number | null
    /** Ours only: what happened to the transport, as a DOMException. */
    readonly cause?: { readonly name?: string; readonly message?: string }
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

/** What a candidate says of itself. */
export interface PairedCandidate {
  readonly type?: string | null
  readonly address?: string | null
  readonly port?: number | null
  readonly usernameFragment?: string | null
  readonly priority?: number | null
  readonly protocol?: string | null
  readonly tcpType?: string | null
  /** How the server is reached that relays; local candidates only, and Chromium tells it only when it finds them. */
  readonly relayProtocol?: string | null
}

export interface IceTransport {
  readonly state: string
  getSelectedCandidatePair?(): { readonly local: PairedCandidate; readonly remote: PairedCandidate } | null
}

export interface DtlsTransport {
  readonly state: string
  readonly iceTransport?: IceTransport
  onstatechange: Handler<unknown>
  onerror: Handler<ChannelError>
}

export interface SctpTransport {
  readonly state: string
  readonly transport?: DtlsTransport
}

export interface PeerConnection {
  readonly sctp?: SctpTransport | null
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
  addTransceiver(kind: 'audio' | 'video'): unknown
  getTransceivers?(): readonly { stop(): void }[]
  createOffer(options?: { readonly iceRestart?: boolean }): Promise<Description>
  createAnswer(): Promise<Description>
  setLocalDescription(description: Description | Rollback): Promise<unknown>
  setRemoteDescription(description: Description): Promise<unknown>
  addIceCandidate(candidate?: Candidate | null): Promise<unknown>
  close(): unknown
}

export interface PeerConnectionClass {
  new (configuration?: Record<string, unknown>): PeerConnection
  generateCertificate?(algorithm: Record<string, unknown>): Promise<unknown>
}

/** What differs between implementations, and nothing else. */
export interface Api {
  readonly RTCPeerConnection: PeerConnectionClass
  /** werift sends a Buffer where the W3C text takes any buffer source. */
  readonly toSendable?: (bytes: Uint8Array) => unknown
  /** How this implementation is told that there are no more candidates; `null` unless it cannot take that. */
  readonly endOfCandidates?: 'null' | 'none'
}
