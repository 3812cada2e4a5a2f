import { SparseMap } from '../../core/index.js'

/** What WebIDL asks of the JavaScript classes that implement its interfaces, beyond what `class` gives. */
interface AnyClass {
  readonly prototype: object
}

export interface InterfaceOptions {
  /** Event handler attributes, without `on`. */
  readonly handlers?: readonly string[]
  /** Whether a value is a platform object of this interface. */
  readonly isInstance?: (value: unknown) => boolean
  /** The number of required arguments, where a rest parameter hides it; `constructor` for the constructor. */
  readonly lengths?: Readonly<Record<string, number>>
}

/**
 * Makes the operations and attributes of a class enumerable, names it for `Object.prototype.toString`, gives its
 * operations the `length` of WebIDL, and adds its event handler attributes.
 */
export function defineInterface(type: AnyClass, name: string, options: InterfaceOptions = {}): void {
  const { prototype } = type
  makeEnumerable(prototype, 'constructor')
  makeEnumerable(type, 'prototype', 'length', 'name')
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true })
  // Bundlers may rename a class that speaks of itself.
  Object.defineProperty(type, 'name', { value: name, configurable: true })
  for (const [operation, length] of Object.entries(options.lengths ?? {})) {
    const target = operation === 'constructor' ? type : operationOf(type, operation)
    Object.defineProperty(target, 'length', { value: length, configurable: true })
  }
  for (const event of options.handlers ?? []) {
    defineEventHandler(prototype, name, event, options.isInstance ?? (() => true))
  }
}

function makeEnumerable(target: object, ...except: readonly string[]): void {
  for (const key of Object.getOwnPropertyNames(target)) {
    if (!except.includes(key)) Object.defineProperty(target, key, { enumerable: true })
  }
}

function operationOf(type: AnyClass, name: string): object {
  const prototype = type.prototype as Readonly<Record<string, object>>
  return prototype[name] ?? (type as unknown as Readonly<Record<string, object>>)[name]!
}

/** Throws unless at least `needed` arguments were passed. */
export function requireArguments(args: readonly unknown[], needed: number, context: string): void {
  if (args.length >= needed) return
  const noun = needed === 1 ? 'argument' : 'arguments'
  throw new TypeError(`${context}: ${needed} ${noun} required, but only ${args.length} present.`)
}

/** An operation that returns a promise does not throw: what its steps throw rejects the promise. */
export function promiseOf<T>(steps: () => Promise<T>): Promise<T> {
  try {
    return steps()
  } catch (reason) {
    return rejected(reason)
  }
}

export function rejected<T = never>(reason: unknown): Promise<T> {
  // Whatever was thrown is what the caller gets, be it an Error or not.
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
  return Promise.reject(reason)
}

/** What an event handler attribute holds (https://html.spec.whatwg.org/#event-handlers). */
export type EventHandler<E = Event> = ((event: E) => unknown) | null

interface ActiveHandler {
  value: object
  readonly listener: (event: Event) => void
}

const handlersOf = new WeakMap<EventTarget, SparseMap<string, ActiveHandler>>()

/**
 * The event handler IDL attribute `on…`: a listener that takes its place in the order when the attribute is first set,
 * keeps it while the handler is replaced, and loses it when it is set to null.
 */
function defineEventHandler(
  prototype: object,
  interfaceName: string,
  event: string,
  isInstance: (value: unknown) => boolean,
): void {
  const name = `on${event}`
  const target = (value: unknown): EventTarget => {
    if (!isInstance(value)) throw new TypeError(`Illegal invocation: '${name}' belongs to ${interfaceName}.`)
    return value as EventTarget
  }
  const accessors = {
    get [name](): unknown {
      return handlersOf.get(target(this))?.get(event)?.value ?? null
    },
    set [name](value: unknown) {
      setHandler(target(this), event, value)
    },
  }
  const descriptor = Object.getOwnPropertyDescriptor(accessors, name)!
  Object.defineProperty(prototype, name, descriptor)
}

function setHandler(target: EventTarget, event: string, value: unknown): void {
  const handlers = handlersOf.get(target) ?? new SparseMap<string, ActiveHandler>()
  handlersOf.set(target, handlers)
  const active = handlers.get(event)
  // [LegacyTreatNonObjectAsNull]: what is not an object is null; an object that cannot be called is kept and ignored.
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') {
    if (active !== undefined) target.removeEventListener(event, active.listener)
    handlers.delete(event)
  } else if (active !== undefined) {
    active.value = value
  } else {
    const added: ActiveHandler = { value, listener: (fired) => runHandler(added, fired) }
    handlers.set(event, added)
    target.addEventListener(event, added.listener)
  }
}

function runHandler(handler: ActiveHandler, event: Event): void {
  if (typeof handler.value !== 'function') return
  const result: unknown = Reflect.apply(handler.value, event.currentTarget, [event])
  if (result === false) event.preventDefault()
}
