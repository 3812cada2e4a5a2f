import { createRequire } from 'node:module'

/**
 * Types of C by the names that koffi has for them. Where a pointer is wanted: `void*` takes typed arrays, whose memory is
 * guaranteed for the call alone; `uintptr_t` takes addresses, whose memory is the caller's to keep.
 */
export type NativeType =
  'void' | 'void*' | 'str' | 'int' | 'uint' | 'int64_t' | 'uint64_t' | 'size_t' | 'ssize_t' | 'uintptr_t'

/** A `bigint` or a `number` where an integer or an address is wanted; `null` is the null pointer. */
export type NativeArgument = number | bigint | string | ArrayBufferView | null

export type NativeFunction<Result = number> = (...values: readonly NativeArgument[]) => Result

export interface NativeLibrary {
  /** Throws when the library has no such function. */
  func<Result = number>(name: string, result: NativeType, parameters: readonly NativeType[]): NativeFunction<Result>
}

/** The little of koffi that is used. */
export interface Koffi {
  readonly version: string
  /** Without a path: the process itself, and with it the C library and what else it exports. */
  load(path: string | null): NativeLibrary
  /** Of memory that does not move: of a buffer that was never resized, for as long as it is referenced. */
  address(memory: ArrayBufferView): bigint
  /** Of the last call on this thread that failed. */
  errno(): number
}

/**
 * Throws where it is not installed, has no binary for the platform, or the runtime is not Node: others implement what it
 * builds on, but nobody has tested it there.
 */
export function loadKoffi(): Koffi {
  const { versions } = process
  for (const other of ['bun', 'deno', 'electron']) {
    if (versions[other] !== undefined) throw new Error(`this is ${other}, not Node.js`)
  }
  return createRequire(import.meta.url)('koffi') as Koffi
}
