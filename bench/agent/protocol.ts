/** What the benchmark asks of an agent (one per process of a pair), and what agents say to one another. */
import type { Candidate, Description } from './stack.js'

export interface ChannelPlan {
  readonly label: string
  readonly ordered: boolean
}

/** Where datagrams take a detour: each side's peer is behind this port of the relay. */
export interface Detour {
  /** Where the offerer sends to. */
  readonly offererSendsTo: number
  readonly answererSendsTo: number
}

export interface Usage {
  readonly cpuMicros: number
  readonly rssBytes: number
  /** After collecting garbage, with external memory; undefined where JavaScript holds nothing of the connection. */
  readonly heapBytes?: number
}

export interface Count {
  /** Of a monotonic clock of this process. */
  readonly atMillis: number
  readonly messages: number
  readonly bytes: number
}

/** Of one end of a file that goes through streams. */
export interface StreamResult {
  readonly bytes: number
  readonly millis: number
  /** How far the resident memory of this process rose above what it was. */
  readonly grownBytes: number
}

export interface Commands {
  /** Opens a connection to the other agent and waits until its channels are open here. */
  connect: {
    arguments: { readonly id: string; readonly channels: readonly ChannelPlan[]; readonly detour?: Detour }
    result: null
  }
  /** Many, some at once; with `keep` they stay, else each is closed, and its end seen, before the next is made in its place. */
  connectMany: {
    arguments: {
      readonly prefix: string
      readonly count: number
      readonly atOnce: number
      readonly keep: boolean
      readonly limitMillis: number
    }
    result: { readonly millis: number; readonly eachMillis: readonly number[]; readonly failures: readonly string[] }
  }
  /** From `close()` here until the other agent said that its connection noticed. */
  closeAndHear: {
    arguments: { readonly id: string; readonly limitMillis: number }
    result: { readonly millis: number | null }
  }
  close: { arguments: { readonly id: string }; result: null }
  /** From now on messages that come are counted, or sent back. */
  receive: {
    arguments: { readonly id: string; readonly label: string; readonly how: 'count' | 'echo' }
    result: null
  }
  count: { arguments: { readonly id: string; readonly label: string }; result: Count }
  usage: { arguments: { readonly collectGarbage: boolean }; result: Usage }
  /** Sends flat out until told to stop. */
  flood: {
    arguments: {
      readonly id: string
      readonly label: string
      readonly messageBytes: number
      readonly highWaterBytes: number
    }
    result: null
  }
  stopFlood: { arguments: { readonly id: string; readonly label: string }; result: null }
  /** Numbered blocks into the streams of a channel, until the last is handed over; then the stream is closed, and the channel. */
  writeStream: {
    arguments: { readonly id: string; readonly label: string; readonly blocks: number }
    result: StreamResult
  }
  /** Reads and checks them until the end. */
  readStream: { arguments: { readonly id: string; readonly label: string }; result: StreamResult }
  /** Round trips to a channel that echoes, one after the other, with pauses between them. */
  ping: {
    arguments: {
      readonly id: string
      readonly label: string
      readonly messageBytes: number
      readonly count: number
      readonly pauseMillis: number
      readonly limitMillis: number
    }
    result: { readonly eachMicros: readonly number[] }
  }
  /** A message on the first channel of each connection whose id begins so, every so often; how late the event loop was. */
  busy: {
    arguments: {
      readonly prefix: string
      readonly messageBytes: number
      readonly everyMillis: number
      readonly forMillis: number
    }
    result: { readonly sent: number; readonly received: number; readonly loop: LoopDelay | null }
  }
}

/** How late the event loop came to its work, in milliseconds. */
export interface LoopDelay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export type CommandName = keyof Commands
export type Arguments<K extends CommandName> = Commands[K]['arguments']
export type Result<K extends CommandName> = Commands[K]['result']

export interface Command<K extends CommandName = CommandName> {
  readonly call: number
  readonly name: K
  readonly arguments: Arguments<K>
}

export type Reply = { readonly call: number } & ({ readonly result: unknown } | { readonly failure: string })

/** Between the two agents of a pair, over a way that keeps their order. */
export type Note =
  | { readonly type: 'description'; readonly id: string; readonly description: Description; readonly detour?: Detour }
  | { readonly type: 'candidate'; readonly id: string; readonly candidate: Candidate }
  | { readonly type: 'state'; readonly id: string; readonly state: string }
  /** An implementation refused something; the offerer's attempt fails with this reason. */
  | { readonly type: 'failed'; readonly id: string; readonly reason: string }
  /** I closed mine, close yours; and then: I did. */
  | { readonly type: 'close'; readonly id: string }
  | { readonly type: 'closed'; readonly id: string }
