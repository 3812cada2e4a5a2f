import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boolean,
  clampedUnsignedLong,
  defaulted,
  dictionary,
  domString,
  double,
  enforcedUnsignedShort,
  enumeration,
  long,
  nullable,
  optional,
  required,
  sequence,
  unsignedShort,
  usvString,
} from './convert.js'

const CONTEXT = "Failed to execute 'x' on 'Y'"

describe('strings', () => {
  test('DOMString takes everything but symbols', () => {
    expect([null, undefined, 1, { toString: () => 'o' }].map((value) => domString(value, CONTEXT))).toEqual([
      'null',
      'undefined',
      '1',
      'o',
    ])
    expect(() => domString(Symbol('s'), CONTEXT)).toThrow(TypeError)
  })

  test('USVString has no lone surrogates and keeps pairs', () => {
    expect(usvString('a\uD800b', CONTEXT)).toBe('a\uFFFDb')
    expect(usvString('\u{1F600}', CONTEXT)).toBe('\u{1F600}')
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (units) => {
        const text = `.${String.fromCharCode(...units)}` // the decoder would take a BOM away
        expect(usvString(text, CONTEXT)).toBe(new TextDecoder().decode(new TextEncoder().encode(text)))
      }),
    )
  })
})

describe('integers', () => {
  test('unsigned short wraps as a typed array does', () => {
    fc.assert(
      fc.property(fc.double(), (number) => {
        expect(unsignedShort(number, CONTEXT)).toBe(Uint16Array.of(number)[0])
        expect(long(number, CONTEXT)).toBe(Int32Array.of(number)[0])
      }),
    )
  })

  test('EnforceRange refuses what does not fit, and rounds towards zero', () => {
    expect([0, 65535, 65535.9, -0.9, '7', null].map((value) => enforcedUnsignedShort(value, CONTEXT))).toEqual([
      0, 65535, 65535, 0, 7, 0,
    ])
    for (const value of [-1, 65536, NaN, Infinity, 'x', undefined]) {
      expect(() => enforcedUnsignedShort(value, CONTEXT)).toThrow("outside the 'unsigned short' value range")
    }
    expect(() => enforcedUnsignedShort(1n, CONTEXT)).toThrow(TypeError)
  })
})

describe('numbers', () => {
  test('Clamp takes the nearest integer, halves to even', () => {
    expect(
      [-1, 0.5, 1.5, 2.5, 2.6, 2 ** 33, Infinity, NaN, '7', null].map((v) => clampedUnsignedLong(v, CONTEXT)),
    ).toEqual([0, 0, 2, 2, 3, 2 ** 32 - 1, 2 ** 32 - 1, 0, 7, 0])
  })

  test('a double is finite', () => {
    expect([1.5, '2', null, -0].map((value) => double(value, CONTEXT))).toEqual([1.5, 2, 0, -0])
    for (const value of [NaN, Infinity, -Infinity, 'x', undefined]) {
      expect(() => double(value, CONTEXT)).toThrow('non-finite')
    }
    expect(() => double(1n, CONTEXT)).toThrow(TypeError)
  })
})

test('an enumeration takes its own values alone', () => {
  const colour = enumeration('Colour', ['red', 'blue'])
  expect(colour('red', CONTEXT)).toBe('red')
  expect(() => colour('green', CONTEXT)).toThrow(
    `${CONTEXT}: The provided value 'green' is not a valid enum value of type Colour.`,
  )
})

test('a sequence takes every iterable object, and no string', () => {
  expect(sequence(domString)(new Set([1, 2]), CONTEXT)).toEqual(['1', '2'])
  expect(() => sequence(domString)('ab', CONTEXT)).toThrow(TypeError)
})

describe('dictionaries', () => {
  interface Sample {
    needed: string
    given?: number | null
    flag?: boolean
  }
  const sample = dictionary<Sample>('Sample', {
    needed: required(domString),
    given: optional(nullable(unsignedShort)),
    flag: defaulted(boolean, () => true),
  })

  test('absent members stay absent unless they have a default', () => {
    expect(sample({ needed: 1, other: 2 }, CONTEXT)).toEqual({ needed: '1', flag: true })
    expect(sample({ needed: 1, given: null, flag: undefined }, CONTEXT)).toEqual({
      needed: '1',
      given: null,
      flag: true,
    })
  })

  test('what is no object, and a required member that is missing, are TypeErrors', () => {
    expect(() => sample(1, CONTEXT)).toThrow(`${CONTEXT}: The provided value is not of type 'Sample'.`)
    for (const value of [undefined, null, {}]) {
      expect(() => sample(value, CONTEXT)).toThrow("Required member 'needed' of 'Sample' is undefined.")
    }
  })

  test('members of the dictionary that it inherits from are read first', () => {
    const read: string[] = []
    const members = { b: optional(boolean), c: optional(boolean), a: optional(boolean) }
    const source = new Proxy({}, { get: (_, key) => void read.push(String(key)) })
    dictionary<{ a?: boolean; b?: boolean; c?: boolean }>('D', members, { b: members.b, c: members.c })(source, CONTEXT)
    expect(read).toEqual(['b', 'c', 'a'])
  })

  test('members are read in lexicographical order, those of prototypes too', () => {
    const read: string[] = []
    const source = new Proxy(Object.create({ needed: 'inherited' }) as object, {
      get: (target, key) => {
        read.push(String(key))
        return Reflect.get(target, key) as unknown
      },
    })
    expect(sample(source, CONTEXT).needed).toBe('inherited')
    expect(read).toEqual(['flag', 'given', 'needed'])
  })
})
