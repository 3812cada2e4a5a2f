import { isSwitchedOff } from './fast-path-switch.js'
import { loadKoffi, type Koffi } from './koffi.js'

/** Something native that passed its self-test, or in words why there is none. */
export type Native<Value> =
  { readonly isAvailable: true; readonly value: Value } | { readonly isAvailable: false; readonly reason: string }

/**
 * Makes something native at its first use, once for the thread. `make` looks its functions up and tests them; what it throws
 * is the reason why there is none, and everybody goes the plain way.
 */
export function nativeOnce<Value>(make: (koffi: Koffi) => Value): () => Native<Value> {
  let native: Native<Value> | undefined
  return () => {
    native ??= tryNative(make)
    return native
  }
}

function tryNative<Value>(make: (koffi: Koffi) => Value): Native<Value> {
  const reason = isSwitchedOff()
  if (reason !== undefined) return { isAvailable: false, reason }
  try {
    return { isAvailable: true, value: make(loadKoffi()) }
  } catch (error) {
    return { isAvailable: false, reason: firstLine(error) }
  }
}

/** Node tells the stack of requires below it. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? ''
}
