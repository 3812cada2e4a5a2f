/** Two processes, or pages, with an agent each. */
import type { Arguments, CommandName, Result, Usage } from '../agent/protocol.js'

export interface Side {
  /** Rejects when it fails, ends or does not answer within the limit. */
  run<K extends CommandName>(name: K, given: Arguments<K>, limitMillis?: number): Promise<Result<K>>
}

export interface Pair {
  readonly offerer: Side
  readonly answerer: Side
  /** Of both ends together. */
  usage(collectGarbage: boolean): Promise<Usage>
  /** Ends the processes, by force if need be. */
  end(): Promise<void>
}

/** Longer than any limit that agents set themselves. */
export const REPLY_LIMIT_MILLIS = 20_000
