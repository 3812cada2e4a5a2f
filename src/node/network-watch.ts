import type { Io, UnrefableTimer } from './io.js'

/** Node does not tell of changes; a look at the interfaces takes a fraction of a millisecond. */
const LOOK_EVERY_MILLIS = 2000

/** Told when addresses of this host came or went, with those that there are now. */
export type AddressesChanged = (present: ReadonlySet<string>) => void

/** Looks at the addresses of the host while somebody wants to know, for all drivers of one `Io` at once. */
export class NetworkWatch {
  readonly #io: Io
  readonly #timer: UnrefableTimer
  readonly #listeners = new Set<AddressesChanged>()
  #seen = ''

  constructor(io: Io) {
    this.#io = io
    this.#timer = io.createTimer(() => this.#look())
    this.#timer.unref()
  }

  add(listener: AddressesChanged): void {
    if (this.#listeners.size === 0) {
      this.#seen = keyOf(this.#io.presentAddresses())
      this.#timer.arm(this.#io.now() + LOOK_EVERY_MILLIS)
    }
    this.#listeners.add(listener)
  }

  remove(listener: AddressesChanged): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size === 0) this.#timer.arm(Infinity)
  }

  #look(): void {
    if (this.#listeners.size === 0) return
    this.#timer.arm(this.#io.now() + LOOK_EVERY_MILLIS)
    const present = this.#io.presentAddresses()
    const key = keyOf(present)
    if (key === this.#seen) return
    this.#seen = key
    const set = new Set(present)
    for (const listener of [...this.#listeners]) listener(set)
  }
}

function keyOf(addresses: readonly string[]): string {
  return addresses.toSorted().join(' ')
}

const watches = new WeakMap<Io, NetworkWatch>()

export function networkWatchOf(io: Io): NetworkWatch {
  const watch = watches.get(io) ?? new NetworkWatch(io)
  watches.set(io, watch)
  return watch
}
