/** Longer lists are rare here, and copying them would take longer than it is worth. */
const MOST_COPIED = 8

/**
 * `list` with `item` at its end: the same list, or a copy where it is short. A list that grows by `push` gets room for sixteen more
 * at once, 130 bytes; a connection has a dozen lists that hold one item or two for as long as it lives.
 */
export function appended<T>(list: T[], item: T): T[] {
  if (list.length < MOST_COPIED) return list.concat([item])
  list.push(item)
  return list
}
