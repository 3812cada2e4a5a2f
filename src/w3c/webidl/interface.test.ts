import { describe, expect, test } from 'vitest'
import { defineInterface, promiseOf, requireArguments, type EventHandler } from './interface.js'

class Sample extends EventTarget {
  declare onping: EventHandler
  readonly #brand = 'sample'

  get brand(): string {
    return this.#brand
  }

  operate(...args: unknown[]): unknown[] {
    requireArguments(args, 2, "Failed to execute 'operate' on 'Sample'")
    return args
  }

  static {
    defineInterface(this, 'Sample', {
      handlers: ['ping'],
      isInstance: (value) => typeof value === 'object' && value !== null && #brand in value,
      lengths: { operate: 2 },
    })
  }
}

describe('an interface object', () => {
  test('members are enumerable, the constructor is not', () => {
    const names: string[] = []
    for (const name in new Sample()) names.push(name)
    expect(names).toEqual(expect.arrayContaining(['brand', 'operate', 'onping']))
    expect(names).not.toContain('constructor')
    expect(Sample.prototype.operate.length).toBe(2)
    expect(Object.prototype.toString.call(new Sample())).toBe('[object Sample]')
  })

  test('too few arguments are a TypeError that says so', () => {
    expect(() => new Sample().operate(1)).toThrow('2 arguments required, but only 1 present.')
  })

  test('a promise operation rejects with what its steps throw', async () => {
    const reason = new TypeError('thrown')
    await expect(
      promiseOf(() => {
        throw reason
      }),
    ).rejects.toBe(reason)
  })
})

describe('event handler attributes', () => {
  const run = (sample: Sample) => sample.dispatchEvent(new Event('ping', { cancelable: true }))

  test('keep their place while they are replaced, and lose it when set to null', () => {
    const sample = new Sample()
    const order: string[] = []
    sample.addEventListener('ping', () => order.push('a'))
    sample.onping = () => order.push('first')
    sample.addEventListener('ping', () => order.push('b'))
    sample.onping = () => order.push('handler')
    run(sample)
    expect(order.splice(0)).toEqual(['a', 'handler', 'b'])
    sample.onping = null
    run(sample)
    expect(order.splice(0)).toEqual(['a', 'b'])
    sample.onping = () => order.push('handler')
    run(sample)
    expect(order).toEqual(['a', 'b', 'handler'])
  })

  test('what is no object becomes null; an object that cannot be called is kept', () => {
    const sample = new Sample()
    expect(sample.onping).toBeNull()
    Reflect.set(sample, 'onping', 'text')
    expect(sample.onping).toBeNull()
    const object = {}
    Reflect.set(sample, 'onping', object)
    expect(sample.onping).toBe(object)
    expect(run(sample)).toBe(true)
  })

  test('run with the target as this; false prevents the default', () => {
    const sample = new Sample()
    const receivers: unknown[] = []
    sample.onping = function () {
      receivers.push(this)
      return false
    }
    expect(run(sample)).toBe(false)
    expect(receivers).toEqual([sample])
  })

  test('check their receiver', () => {
    const { get, set } = Object.getOwnPropertyDescriptor(Sample.prototype, 'onping')!
    expect(() => get!.call(new EventTarget())).toThrow(TypeError)
    expect(() => set!.call({}, null)).toThrow(TypeError)
  })
})
