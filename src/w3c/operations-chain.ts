import { promiseOf, rejected } from './webidl/index.js'

interface ChainOwner {
  /** [[IsClosed]] */
  readonly isClosed: boolean
}

/** An operation that has its turn, or waits for it, and the promise that its caller has. */
interface Operation {
  readonly start: () => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/**
 * [[Operations]]: at most one asynchronous operation of a connection at a time.
 * @see https://www.w3.org/TR/webrtc/#dfn-operations-chain
 */
export class OperationsChain {
  readonly #owner: ChainOwner
  readonly #updateNegotiationNeeded: () => void
  readonly #operations: Operation[] = []
  /** [[UpdateNegotiationNeededFlagOnEmptyChain]] */
  updateNegotiationNeededWhenEmpty = false

  constructor(owner: ChainOwner, updateNegotiationNeeded: () => void) {
    this.#owner = owner
    this.#updateNegotiationNeeded = updateNegotiationNeeded
  }

  get isEmpty(): boolean {
    return this.#operations.length === 0
  }

  chain<T>(operation: () => Promise<T>): Promise<T> {
    // 2. If [[IsClosed]] is true, return a promise rejected with a newly created InvalidStateError.
    if (this.#owner.isClosed) return rejected(new DOMException('The connection is closed', 'InvalidStateError'))
    // 4. Let p be a new promise. 5. Append operation to [[Operations]].
    const p = new Promise<unknown>((resolve, reject) => this.#operations.push({ start: operation, resolve, reject }))
    // 7.4. Upon fulfillment or rejection of p, execute the following steps.
    p.then(this.#next, this.#next)
    // 6. If the length of [[Operations]] is exactly 1, execute operation.
    if (this.#operations.length === 1) this.#execute(this.#operations[0]!)
    // 8. Return p.
    return p as Promise<T>
  }

  /** 7. Upon fulfillment or rejection of the promise returned by the operation: */
  #execute({ start, resolve, reject }: Operation): void {
    promiseOf(start).then(
      (value) => {
        // 7.1. If [[IsClosed]] is true, abort these steps. 7.2. Fulfill p with that value.
        if (!this.#owner.isClosed) resolve(value)
      },
      (reason: unknown) => {
        // 7.3. Reject p with that value.
        if (!this.#owner.isClosed) reject(reason)
      },
    )
  }

  /** One function for all operations. */
  readonly #next = (): void => {
    // 7.4.1. If [[IsClosed]] is true, abort these steps.
    if (this.#owner.isClosed) return
    // 7.4.2. Remove the first element of [[Operations]].
    this.#operations.shift()
    // 7.4.3. If [[Operations]] is non-empty, execute its first element, and abort these steps.
    const [first] = this.#operations
    if (first !== undefined) return this.#execute(first)
    // 7.4.4. to 7.4.6. Set [[UpdateNegotiationNeededFlagOnEmptyChain]] to false if it is true, and update the flag.
    if (!this.updateNegotiationNeededWhenEmpty) return
    this.updateNegotiationNeededWhenEmpty = false
    this.#updateNegotiationNeeded()
  }
}
