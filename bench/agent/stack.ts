/**
 * What the benchmark asks of an implementation: the least that all of them have. Two adapters make it, one from any W3C API
 * and one from libdatachannel's own; pion's is in Go (bench/pion).
 */
export interface Stack {
  connect(events: ConnectionEvents): Connection
}

export interface Description {
  readonly type: 'offer' | 'answer'
  readonly sdp: string
}

export interface Candidate {
  readonly candidate: string
  readonly sdpMid: string | null
  readonly sdpMLineIndex: number | null
}

export interface ConnectionEvents {
  readonly candidate: (candidate: Candidate) => void
  readonly state: (state: string) => void
  readonly channel: (channel: Channel) => void
}

export interface Connection {
  open(label: string, options: ChannelOptions): Channel
  offer(): Promise<Description>
  answer(offer: Description): Promise<Description>
  accept(answer: Description): Promise<void>
  addCandidate(candidate: Candidate): Promise<void>
  close(): void
}

export interface ChannelOptions {
  readonly ordered: boolean
}

export interface ByteStreams {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
}

export interface Channel {
  readonly label: string
  /** Settles when messages may be sent. */
  readonly opened: Promise<void>
  /** Called with each message; at most one listener. */
  onmessage: (data: Uint8Array) => void
  send(data: Uint8Array): void
  bufferedAmount(): number
  /** Calls back once when little is buffered; may be late or missing in some implementations, so ask too. */
  whenLow(thresholdBytes: number, callback: () => void): void
  /** Where the implementation has some. */
  streams?(): ByteStreams
}
