type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown } | null

interface ListenerOptions {
  readonly capture?: boolean
}

interface AddListenerOptions extends ListenerOptions {
  readonly once?: boolean
  readonly passive?: boolean
  readonly signal?: AbortSignal
}

/** An EventTarget whose listeners know the class of the events that they get. */
export interface TypedEventTarget<Events> extends EventTarget {
  addEventListener<K extends keyof Events & string>(
    type: K,
    listener: (this: this, event: Events[K]) => unknown,
    options?: AddListenerOptions | boolean,
  ): void
  addEventListener(type: string, listener: Listener, options?: AddListenerOptions | boolean): void
  removeEventListener<K extends keyof Events & string>(
    type: K,
    listener: (this: this, event: Events[K]) => unknown,
    options?: ListenerOptions | boolean,
  ): void
  removeEventListener(type: string, listener: Listener, options?: ListenerOptions | boolean): void
}

/** The runtime's own EventTarget, as a base class with typed listeners. */
export const TypedEventTarget = EventTarget as new <Events>() => TypedEventTarget<Events>
