/** What a row of the attribute table is, and the few shapes that rows come in. */
import type { MediaAttributes, SessionAttributes } from './types.js'

/** Both levels at once: which attribute may stand where is what `level` of its row says. */
export type Attributes = SessionAttributes & MediaAttributes
/** Attributes while they are read. */
export type MutableAttributes = { -readonly [K in keyof Attributes]?: Attributes[K] }

export type Level = 'session' | 'media' | 'both'
/** `again`: it stood there before, with another value. */
export type RowResult = 'ok' | 'malformed' | 'again'

export interface AttributeRow {
  readonly name: string
  readonly level: Level
  /** A malformed value makes the attribute unknown instead of the description wrong. */
  readonly lenient?: true
  /** `value` is undefined when there was no colon. */
  parse(value: string | undefined, into: MutableAttributes): RowResult
  /** Adds whole lines. */
  write(from: Attributes, lines: string[]): void
}

type Element<T> = T extends readonly (infer E)[] ? E : never
type ListKey = {
  [K in keyof Attributes]-?: NonNullable<Attributes[K]> extends readonly unknown[] ? K : never
}[keyof Attributes]
type FlagKey = { [K in keyof Attributes]-?: NonNullable<Attributes[K]> extends true ? K : never }[keyof Attributes]

/** How one value is read and written. */
export interface Syntax<T> {
  readonly parse: (value: string) => T | undefined
  readonly write: (value: T) => string
}

/** `a=name`, which says all by being there. */
export function flag(name: string, level: Level, key: FlagKey): AttributeRow {
  return {
    name,
    level,
    parse(_value, into) {
      into[key] = true
      return 'ok'
    },
    write(from, lines) {
      if (from[key] === true) lines.push(`a=${name}`)
    },
  }
}

/** `a=name:value`, once. The same line twice is harmless; two values are a contradiction. */
export function one<K extends keyof Attributes>(
  name: string,
  level: Level,
  key: K,
  syntax: Syntax<NonNullable<Attributes[K]>>,
): AttributeRow {
  return {
    name,
    level,
    parse(value, into) {
      const parsed = value === undefined ? undefined : syntax.parse(value)
      if (parsed === undefined) return 'malformed'
      const before = into[key]
      if (before !== undefined) return syntax.write(before) === syntax.write(parsed) ? 'ok' : 'again'
      into[key] = parsed
      return 'ok'
    },
    write(from, lines) {
      const value = from[key]
      if (value !== undefined) lines.push(`a=${name}:${syntax.write(value)}`)
    },
  }
}

/** `a=name:value`, any number of times. Their number is bounded by that of lines. */
export function many<K extends ListKey>(
  name: string,
  level: Level,
  key: K,
  syntax: Syntax<Element<NonNullable<Attributes[K]>>>,
): AttributeRow {
  type E = Element<NonNullable<Attributes[K]>>
  return {
    name,
    level,
    parse(value, into) {
      const parsed = value === undefined ? undefined : syntax.parse(value)
      if (parsed === undefined) return 'malformed'
      const list = into[key] as E[] | undefined
      if (list === undefined) into[key] = [parsed] as unknown as MutableAttributes[K]
      else list.push(parsed)
      return 'ok'
    },
    write(from, lines) {
      const list = from[key] as readonly E[] | undefined
      if (list !== undefined) for (const element of list) lines.push(`a=${name}:${syntax.write(element)}`)
    },
  }
}

export function lenient(row: AttributeRow): AttributeRow {
  return { ...row, lenient: true }
}

/** Text without inner structure that must match. */
export function text(pattern: RegExp): Syntax<string> {
  return { parse: (value) => (pattern.test(value) ? value : undefined), write: (value) => value }
}
