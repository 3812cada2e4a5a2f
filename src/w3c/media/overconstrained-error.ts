import { defineInterface, domString, requireArguments } from '../webidl/index.js'

const CONTEXT = "Failed to construct 'OverconstrainedError'"

/**
 * A DOMException of the name `OverconstrainedError`: a track cannot be set to what a constraint requires.
 * @see https://www.w3.org/TR/mediacapture-streams/#overconstrainederror-interface
 */
export class OverconstrainedError extends DOMException {
  readonly #constraint: string

  /** @throws TypeError without arguments */
  constructor(...args: [constraint: string, message?: string]) {
    requireArguments(args, 1, CONTEXT)
    const [constraint, message = ''] = args
    const converted = domString(constraint, CONTEXT)
    super(domString(message, CONTEXT), 'OverconstrainedError')
    this.#constraint = converted
  }

  /** The name of the constraint; empty where several together cannot be met. */
  get constraint(): string {
    return this.#constraint
  }

  static {
    defineInterface(this, 'OverconstrainedError', { lengths: { constructor: 1 } })
  }
}
