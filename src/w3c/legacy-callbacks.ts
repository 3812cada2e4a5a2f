import { callback } from './webidl/index.js'

export type SuccessCallback<T> = (value: T) => unknown
export type FailureCallback = (error: DOMException) => unknown

/**
 * The legacy forms of the promise methods: callbacks are invoked with the outcome, the promise is merely fulfilled.
 * @see https://www.w3.org/TR/webrtc/#legacy-interface-extensions
 */
export function withCallbacks<T>(
  success: unknown,
  failure: unknown,
  context: string,
  steps: () => Promise<T>,
): Promise<undefined> {
  const successCallback = callback(success, context)
  const failureCallback = callback(failure, context)
  // Upon fulfillment of p with a value, invoke successCallback with it; upon rejection with a reason, failureCallback.
  steps().then(
    (value) => report(() => successCallback(value)),
    (reason: unknown) => report(() => failureCallback(reason)),
  )
  // Return a promise resolved with undefined.
  return Promise.resolve(undefined)
}

/** WebIDL "invoke" with "report": what the application's callback throws is an uncaught exception of its own. */
function report(invoke: () => unknown): void {
  try {
    invoke()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
