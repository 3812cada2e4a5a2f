/**
 * core: what every protocol of this stack is written with: the `Layer` contract, byte reader and writer, a deque, maps and sets for a few
 * entries, base 64, UTF-8, IP addresses, a timer table, coarse deadlines, error types. No RFC of its own, and deliberately no I/O, clock or
 * crypto.
 */
export * from './appended.js'
export * from './base64.js'
export * from './byte-reader.js'
export * from './byte-writer.js'
export * from './bytes.js'
export * from './coarse-tick.js'
export * from './deque.js'
export * from './ip-address.js'
export * from './layer.js'
export * from './protocol-error.js'
export * from './sparse-map.js'
export * from './sparse-set.js'
export * from './timer-table.js'
export * from './utf8.js'
