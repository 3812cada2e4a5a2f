/**
 * Iterator helpers (ES2025), which some tests use on `getStats().values()`. Browsers and Node.js 22 have them, Node.js 20
 * does not; without them those tests would blame the implementation.
 */
type Callback = (value: unknown, index: number) => unknown

const helpers = {
  *map(this: Iterable<unknown>, f: Callback) {
    let i = 0
    for (const value of this) yield f(value, i++)
  },
  *filter(this: Iterable<unknown>, f: Callback) {
    let i = 0
    for (const value of this) if (f(value, i++)) yield value
  },
  *flatMap(this: Iterable<unknown>, f: (value: unknown, index: number) => Iterable<unknown>) {
    let i = 0
    for (const value of this) yield* f(value, i++)
  },
  *take(this: Iterable<unknown>, count: number) {
    let left = count
    if (left <= 0) return
    for (const value of this) {
      yield value
      if (--left <= 0) return
    }
  },
  *drop(this: Iterable<unknown>, count: number) {
    let left = count
    for (const value of this) if (left-- <= 0) yield value
  },
  find(this: Iterable<unknown>, f: Callback) {
    return [...this].find(f)
  },
  some(this: Iterable<unknown>, f: Callback) {
    return [...this].some(f)
  },
  every(this: Iterable<unknown>, f: Callback) {
    return [...this].every(f)
  },
  forEach(this: Iterable<unknown>, f: Callback) {
    ;[...this].forEach(f)
  },
  reduce(this: Iterable<unknown>, f: (sum: unknown, value: unknown) => unknown, ...initial: [] | [unknown]) {
    return initial.length === 0 ? [...this].reduce(f) : [...this].reduce(f, initial[0])
  },
  toArray(this: Iterable<unknown>) {
    return [...this]
  },
}

export function installIteratorHelpers(): void {
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object
  for (const [name, value] of Object.entries(helpers))
    if (!(name in prototype))
      Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false })
}
