/** What the demo's ends say to each other: over the signalling (WebSocket or process channel) and over the channel. */

/** Plain data: no class of a WebRTC stack crosses the signalling. */
export interface SignalDescription {
  readonly type: 'offer' | 'answer' | 'pranswer' | 'rollback'
  readonly sdp: string
}

export interface SignalCandidate {
  readonly candidate: string
  readonly sdpMid: string | null
  readonly sdpMLineIndex: number | null
}

export type Signal =
  | { readonly type: 'description'; readonly description: SignalDescription }
  | { readonly type: 'candidate'; readonly candidate: SignalCandidate }

/** One observed step: what happened, and when, in milliseconds since the Unix epoch with fractions. */
export interface Step {
  readonly what: string
  readonly at: number
}

/** From the page to Node. */
export type PageMessage = Signal | { readonly type: 'closeChannel' } | { readonly type: 'closeConnection' }

/** From Node to the page. */
export type ServerMessage = Signal | { readonly type: 'step'; readonly step: Step }

/** Text messages of the data channel. A file is announced, its bytes follow as binary messages, then its end. */
export type ChannelMessage =
  | { readonly type: 'chat'; readonly text: string }
  | { readonly type: 'file'; readonly name: string; readonly sizeBytes: number }
  | { readonly type: 'fileEnd'; readonly sha256: string }
  | { readonly type: 'fileVerdict'; readonly name: string; readonly sizeBytes: number; readonly ok: boolean }
  | { readonly type: 'sendMeAFile'; readonly sizeBytes: number }

/** What the page may ask for, and what Node is ready to take. */
export const MAX_DEMO_FILE_BYTES = 256 * 1024 * 1024

const SIGNAL_TYPES = ['description', 'candidate'] as const
const PAGE_TYPES = [...SIGNAL_TYPES, 'closeChannel', 'closeConnection'] as const
const SERVER_TYPES = [...SIGNAL_TYPES, 'step'] as const
const CHANNEL_TYPES = ['chat', 'file', 'fileEnd', 'fileVerdict', 'sendMeAFile'] as const

export const parsePageMessage = (text: string) => parseMessage<PageMessage>(text, PAGE_TYPES)
export const parseServerMessage = (text: string) => parseMessage<ServerMessage>(text, SERVER_TYPES)
export const parseChannelMessage = (text: string) => parseMessage<ChannelMessage>(text, CHANNEL_TYPES)

/** Reads a message of the other end, which is this very program; `undefined` when it is none of its messages. */
function parseMessage<T extends { readonly type: string }>(text: string, types: readonly T['type'][]): T | undefined {
  try {
    const value = JSON.parse(text) as T | null
    return types.includes(value?.type ?? '') ? (value as T) : undefined
  } catch {
    return undefined // not JSON, so not one of our messages
  }
}
