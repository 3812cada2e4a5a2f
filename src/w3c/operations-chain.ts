import { promiseOf, rejected } from './webidl/index.js'

interface ChainOwner {
  /** [[IsClosed]] */
  readonly isClosed: boolean
}

/**
 * [[Operations]]: at most one asynchronous operation of a connection at a time.
 * @see https://www.w3.org/TR/webrtc/#dfn-operations-chain
 */
export class OperationsChain {
  readonly #owner: ChainOwner
  readonly #updateNegotiationNeeded: () => void
  readonly #operations: (() => void)[] = []
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
    // 4. Let p be a new promise.
    const p = new Promise<T>((resolve, reject) => {
      // 5. Append operation to [[Operations]].
      this.#operations.push(() => {
        // 7. Upon fulfillment or rejection of the promise returned by the operation:
        promiseOf(operation).then(
          (value) => {
            // 7.1. If [[IsClosed]] is true, abort these steps. 7.2. Fulfill p with that value.
            if (!this.#owner.isClosed) resolve(value)
          },
          (reason: unknown) => {
            // 7.3. Reject p with that value.
            // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it came
            if (!this.#owner.isClosed) reject(reason)
          },
        )
      })
    })
    // 7.4. Upon fulfillment or rejection of p, execute the following steps.
    const next = () => this.#next()
    p.then(next, next)
    // 6. If the length of [[Operations]] is exactly 1, execute operation.
    if (this.#operations.length === 1) this.#operations[0]!()
    // 8. Return p.
    return p
  }

  #next(): void {
    // 7.4.1. If [[IsClosed]] is true, abort these steps.
    if (this.#owner.isClosed) return
    // 7.4.2. Remove the first element of [[Operations]].
    this.#operations.shift()
    // 7.4.3. If [[Operations]] is non-empty, execute its first element, and abort these steps.
    const [first] = this.#operations
    if (first !== undefined) return first()
    // 7.4.4. to 7.4.6. Set [[UpdateNegotiationNeededFlagOnEmptyChain]] to false if it is true, and update the flag.
    if (!this.updateNegotiationNeededWhenEmpty) return
    this.updateNegotiationNeededWhenEmpty = false
    this.#updateNegotiationNeeded()
  }
}
