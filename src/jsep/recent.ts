/** One operation looks at four descriptions at most; twenty connections that are set up at once take turns. */
const LIMIT = 128

/**
 * What was found out about the objects that were asked for of late. All of it is forgotten from time to time: connections that
 * rest, which are most of them, would otherwise hold it for as long as they live.
 */
export class Recent<K extends object, V> {
  #known = new WeakMap<K, V>()
  #size = 0

  get(key: K): V | undefined {
    return this.#known.get(key)
  }

  set(key: K, value: V): void {
    if (this.#size === LIMIT) {
      this.#known = new WeakMap()
      this.#size = 0
    }
    this.#size++
    this.#known.set(key, value)
  }
}
