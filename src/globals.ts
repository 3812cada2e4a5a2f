/**
 * Installs the names of the W3C interfaces on `globalThis`, where the runtime has none of that name yet, as WebIDL has
 * it for interface objects: writable, configurable, not enumerable.
 */
import * as exports from './index.js'

for (const [name, value] of Object.entries(exports)) {
  if (!name.startsWith('RTC') || name in globalThis) continue
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
}
