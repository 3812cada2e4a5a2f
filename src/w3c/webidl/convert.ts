/**
 * Conversions from ECMAScript values to WebIDL types (https://webidl.spec.whatwg.org/#js-type-mapping). Each takes the
 * value and a context such as "Failed to execute 'send' on 'RTCDataChannel'", with which its TypeError begins.
 */
export type Conversion<T> = (value: unknown, context: string) => T

export function domString(value: unknown, context: string): string {
  if (typeof value === 'symbol') throw new TypeError(`${context}: Cannot convert a Symbol value to a string.`)
  return String(value)
}

export function usvString(value: unknown, context: string): string {
  return domString(value, context).replace(LONE_SURROGATE, '\u{FFFD}')
}

const LONE_SURROGATE = /\p{Surrogate}/gu

export function boolean(value: unknown): boolean {
  return Boolean(value)
}

export const octet = integer(0, 2 ** 8 - 1)
export const unsignedShort = integer(0, 2 ** 16 - 1)
export const unsignedLong = integer(0, 2 ** 32 - 1)
export const long = integer(-(2 ** 31), 2 ** 31 - 1)
export const enforcedOctet = enforcedInteger('octet', 2 ** 8 - 1)
export const enforcedUnsignedShort = enforcedInteger('unsigned short', 2 ** 16 - 1)
export const enforcedUnsignedLong = enforcedInteger('unsigned long', 2 ** 32 - 1)
export const enforcedUnsignedLongLong = enforcedInteger('unsigned long long', Number.MAX_SAFE_INTEGER)

/** An unsigned long with [Clamp]: the nearest that there is, halves to the even one. */
export function clampedUnsignedLong(value: unknown, context: string): number {
  const number = toNumber(value, context)
  if (Number.isNaN(number)) return 0
  const clamped = Math.min(Math.max(number, 0), 2 ** 32 - 1)
  const floor = Math.floor(clamped)
  const rounded = clamped - floor === 0.5 ? floor + (floor % 2) : Math.round(clamped)
  return rounded + 0
}

/** A double: NaN and the infinities are none. */
export function double(value: unknown, context: string): number {
  const number = toNumber(value, context)
  if (!Number.isFinite(number)) throw new TypeError(`${context}: The provided double value is non-finite.`)
  return number
}

/** An integer that wraps around modulo the size of its type, as one without extended attributes does. */
function integer(min: number, max: number): Conversion<number> {
  const modulus = max - min + 1
  return (value, context) => {
    const number = Math.trunc(toNumber(value, context))
    if (!Number.isFinite(number)) return 0
    const wrapped = ((number % modulus) + modulus) % modulus
    return wrapped > max ? wrapped - modulus : wrapped
  }
}

/** An unsigned integer with [EnforceRange]: what does not fit is a TypeError. */
function enforcedInteger(type: string, max: number): Conversion<number> {
  return (value, context) => {
    const number = toNumber(value, context)
    const integer = Math.trunc(number)
    if (!Number.isFinite(number) || integer < 0 || integer > max) {
      throw new TypeError(`${context}: Value is outside the '${type}' value range.`)
    }
    return integer + 0 // −0 becomes +0
  }
}

function toNumber(value: unknown, context: string): number {
  if (typeof value === 'bigint' || typeof value === 'symbol') {
    throw new TypeError(`${context}: Cannot convert a ${typeof value} value to a number.`)
  }
  return Number(value)
}

export function enumeration<T extends string>(type: string, values: readonly T[]): Conversion<T> {
  return (value, context) => {
    const text = domString(value, context)
    const found = values.find((one) => one === text)
    if (found === undefined) {
      throw new TypeError(`${context}: The provided value '${text}' is not a valid enum value of type ${type}.`)
    }
    return found
  }
}

export function nullable<T>(conversion: Conversion<T>): Conversion<T | null> {
  return (value, context) => (value === null || value === undefined ? null : conversion(value, context))
}

export function sequence<T>(conversion: Conversion<T>): Conversion<T[]> {
  return (value, context) => {
    if (!isIterable(value)) throw new TypeError(`${context}: The provided value cannot be converted to a sequence.`)
    return Array.from(value, (item) => conversion(item, context))
  }
}

export function isIterable(value: unknown): value is Iterable<unknown> {
  return isObject(value) && typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function'
}

/** An instance of one of our interfaces, told by its brand and not by its prototype. */
export function instance<T>(type: string, isInstance: (value: unknown) => value is T): Conversion<T> {
  return (value, context) => {
    if (!isInstance(value)) throw new TypeError(`${context}: Failed to convert value to '${type}'.`)
    return value
  }
}

export type Callback = (...args: unknown[]) => unknown

export function callback(value: unknown, context: string): Callback {
  if (typeof value !== 'function') throw new TypeError(`${context}: The callback provided is not a function.`)
  return value as Callback
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** One member of a dictionary type. */
export interface Member<T> {
  readonly convert: Conversion<T>
  readonly required?: true
  readonly default?: () => T
}

export function optional<T>(convert: Conversion<T>): Member<T> {
  return { convert }
}

export function required<T>(convert: Conversion<T>): Member<T> {
  return { convert, required: true }
}

export function defaulted<T>(convert: Conversion<T>, value: () => T): Member<T> {
  return { convert, default: value }
}

/** The members of a dictionary type; those of T that may be absent are written `optional`. */
export type Members<T> = { readonly [K in keyof T]-?: Member<Exclude<T[K], undefined>> }

/**
 * A dictionary: undefined and null are empty ones, absent members keep absent unless they have a default. `inherited`
 * tells which of the members are those of the dictionary that it inherits from.
 */
export function dictionary<T extends object>(
  type: string,
  members: Members<T>,
  inherited: Partial<Members<T>> = {},
): Conversion<T> {
  // Members are read in lexicographical order, inherited ones before others, which scripts can see.
  const rank = (name: string): number => (name in inherited ? 0 : 1)
  const sorted = Object.entries<Member<unknown>>(members).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
  // A dictionary is mostly converted for one operation, again and again.
  let said = ''
  let contexts: readonly string[] = []
  return (value, context) => {
    if (value !== undefined && value !== null && !isObject(value)) {
      throw new TypeError(`${context}: The provided value is not of type '${type}'.`)
    }
    const source = (value ?? {}) as Readonly<Record<string, unknown>>
    const result: Record<string, unknown> = {}
    if (context !== said) {
      said = context
      contexts = sorted.map(([name]) => `${context}: Failed to read the '${name}' property from '${type}'`)
    }
    const own = contexts // a getter of the value may convert for another operation
    for (let i = 0; i < sorted.length; i++) {
      const [name, member] = sorted[i]!
      const given = source[name]
      if (given !== undefined) {
        result[name] = member.convert(given, own[i]!)
      } else if (member.required === true) {
        throw new TypeError(`${context}: Required member '${name}' of '${type}' is undefined.`)
      } else if (member.default !== undefined) {
        result[name] = member.default()
      }
    }
    return result as T
  }
}
