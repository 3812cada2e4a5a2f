import type { Answer } from 'dns-packet'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { PublishedNames } from './published-names.js'

const NAME = '3f2504e0-4f89-41d3-9a0c-0305e82c3301.local'
const LOOPBACK = '127.0.0.1'

describe('names that are answered for', () => {
  let sent: string[]
  let names: PublishedNames

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    sent = []
    names = new PublishedNames((records: Answer[], interfaceAddress) => {
      for (const record of records) {
        const { name, type, ttl, flush, data } = record as Answer & { ttl: number; flush: boolean; data: string }
        sent.push(`${interfaceAddress}: ${name} ${type} ${data} ttl ${ttl} flush ${flush}`)
      }
      return Promise.resolve()
    })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  const answer = (ttl: number): string => `${LOOPBACK}: ${NAME} A ${LOOPBACK} ttl ${ttl} flush true`

  test('at once when asked, again after a second, announced, and with a goodbye', async () => {
    const withdraw = names.add(NAME, LOOPBACK)
    expect(sent).toEqual([])
    names.asked([{ name: NAME.toUpperCase(), type: 'A' }])
    names.asked([{ name: NAME, type: 'A' }])
    expect(sent).toEqual([answer(120)])
    vi.advanceTimersByTime(1000)
    expect(sent).toEqual([answer(120), answer(120)])
    names.asked([{ name: NAME, type: 'A' }])
    expect(sent.length).toBe(3)
    await withdraw()
    expect(sent.at(-1)).toBe(answer(0))
    expect(names.size).toBe(0)
    names.asked([{ name: NAME, type: 'A' }])
    await withdraw()
    expect(sent.length).toBe(4)
  })

  test('not what was not asked: another name, another type', () => {
    names.add(NAME, LOOPBACK)
    names.asked([
      { name: 'other.local', type: 'A' },
      { name: NAME, type: 'AAAA' },
      { name: NAME, type: 'TXT' },
    ])
    expect(sent).toEqual([])
  })

  test('nothing where no interface has the address any more; withdrawn before it was announced, it never is', async () => {
    const gone = names.add('a.local', '192.0.2.99')
    const withdraw = names.add(NAME, LOOPBACK)
    names.asked([{ name: 'a.local', type: 'A' }])
    await Promise.all([gone(), withdraw()])
    vi.advanceTimersByTime(5000)
    expect(sent).toEqual([answer(0)])
  })

  test('SECURITY 9: 2,048 at most', () => {
    for (let i = 0; i < 3000; i++) names.add(`${i}.local`, LOOPBACK)
    expect(names.size).toBe(2048)
  })
})
