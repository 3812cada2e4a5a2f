/**
 * ffi: functions of the machine that JavaScript has none for, called through koffi, an optional dependency (docs/decisions/012).
 * It is loaded with the first use, and `TINCAN_FAST_PATH=off` keeps it out. Deliberately absent: what is called. Each caller keeps
 * its pointers and layouts in one file of its own, tests itself before it is used, and has a plain equivalent for where it is not.
 */
export { isSwitchedOff } from './fast-path-switch.js'
export { loadKoffi } from './koffi.js'
export type { Koffi, NativeArgument, NativeFunction, NativeLibrary, NativeType } from './koffi.js'
export { nativeOnce } from './native-once.js'
export type { Native } from './native-once.js'
