/**
 * Installs the names of the W3C interfaces on `globalThis`, where the runtime has none of that name yet, as WebIDL has
 * it for interface objects: writable, configurable, not enumerable.
 */
import * as exports from './index.js'

/** Not sources of tracks: they are of ours alone. */
const W3C_NAME = /^(RTC|Media|OverconstrainedError$)/

for (const [name, value] of Object.entries(exports)) {
  if (!W3C_NAME.test(name) || name in globalThis) continue
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
}
