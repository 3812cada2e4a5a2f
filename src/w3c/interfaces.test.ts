import { describe, expect, test } from 'vitest'
import * as exports from './index.js'

type Interface = (abstract new (...args: never[]) => unknown) & { readonly name: string; readonly prototype: object }

const interfaces = Object.entries(exports).filter(
  (entry): entry is [string, Interface & (typeof exports)[keyof typeof exports]] =>
    /^[A-Z]/.test(entry[0]) && typeof entry[1] === 'function',
)

/** What an operation does on a receiver that is no object of its interface: an error thrown, or rejected with. */
async function failureOf(operation: (...args: unknown[]) => unknown): Promise<unknown> {
  try {
    return await Reflect.apply(operation, {}, [])
  } catch (error) {
    return error
  }
}

describe.each(interfaces)('%s, as WebIDL has interfaces', (name, type) => {
  const descriptors: Record<string, PropertyDescriptor> = Object.getOwnPropertyDescriptors(type.prototype)
  const members = Object.entries(descriptors).filter(([key]) => key !== 'constructor')

  test('has its name, a prototype that stays, and a string tag', () => {
    expect(type.name).toBe(name)
    expect(Object.getOwnPropertyDescriptor(type, 'prototype')).toMatchObject({ writable: false, enumerable: false })
    expect(Object.getOwnPropertyDescriptor(type.prototype, Symbol.toStringTag)).toEqual({
      value: name,
      writable: false,
      enumerable: false,
      configurable: true,
    })
    expect(() => Reflect.apply(type, undefined, [])).toThrow(TypeError)
  })

  test('has members that are enumerable and configurable, and no others', () => {
    for (const [key, descriptor] of members) {
      expect(descriptor, key).toMatchObject({ enumerable: true, configurable: true })
      expect(key).not.toMatch(/^[_#]/)
    }
  })

  test('takes no receiver but its own objects', async () => {
    for (const [key, { get, set, value }] of members) {
      if (get) expect(await failureOf(get), key).toBeInstanceOf(TypeError)
      if (set) expect(await failureOf(set), key).toBeInstanceOf(TypeError)
      if (typeof value === 'function') {
        expect(await failureOf(value as (...args: unknown[]) => unknown), key).toBeInstanceOf(TypeError)
      }
    }
  })
})
