import type { FileStatus, SubtestResult } from '../results.js'

/** What a child is asked to do, as JSON in its first argument. */
export interface ChildTask {
  readonly wptFolder: string
  readonly file: string
  readonly variant: string
  /** Name of a known implementation, or path of a module that exports the W3C names. */
  readonly implementation: string
  readonly timeoutMillis: number
  /** Ends every subtest after that long, so that a hanging one does not hide those behind it; 0: never. */
  readonly subtestTimeoutMillis: number
}

/** What it reports. Results come one by one as well, for a child that does not reach its end. */
export type ChildMessage =
  | { readonly type: 'implementation'; readonly name: string; readonly version?: string | undefined }
  | { readonly type: 'known'; readonly name: string }
  | { readonly type: 'result'; readonly result: SubtestResult }
  | { readonly type: 'fatal'; readonly message: string | undefined }
  | {
      readonly type: 'done'
      readonly results: readonly SubtestResult[]
      readonly status: FileStatus
      readonly message?: string | undefined
    }
