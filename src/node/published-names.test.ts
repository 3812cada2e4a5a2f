import type { Answer } from 'dns-packet'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { IpFamily, MulticastInterface } from './multicast-interfaces.js'
import { PublishedNames } from './published-names.js'

const NAME = '3f2504e0-4f89-41d3-9a0c-0305e82c3301.local'
const LOOPBACK = '127.0.0.1'

describe('names that are answered for', () => {
  let sent: string[]
  let names: PublishedNames

  const named = (interfacesWith?: () => MulticastInterface[]): PublishedNames =>
    new PublishedNames((records, where) => {
      for (const record of records) {
        const { name, type, ttl, flush, data } = record as Answer & { ttl: number; flush: boolean; data: string }
        const on = where.map(({ family, id }) => `${family} ${id}`).join(' and ')
        sent.push(`${on}: ${name} ${type} ${data} ttl ${ttl} flush ${flush}`)
      }
      return Promise.resolve()
    }, interfacesWith)

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    sent = []
    names = named()
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  const answer = (ttl: number): string => `IPv4 ${LOOPBACK}: ${NAME} A ${LOOPBACK} ttl ${ttl} flush true`

  test('at once when asked, again after a second, announced, and with a goodbye', async () => {
    const withdraw = names.add(NAME, LOOPBACK)
    expect(sent).toEqual([])
    names.asked([{ name: NAME.toUpperCase(), type: 'A' }], 'IPv4') // RFC 6762 §16
    expect(sent).toEqual([answer(120)])
    names.asked([{ name: NAME, type: 'A' }], 'IPv4')
    expect(sent).toEqual([answer(120)])
    vi.advanceTimersByTime(1000)
    expect(sent).toEqual([answer(120), answer(120)])
    names.asked([{ name: NAME, type: 'A' }], 'IPv4')
    expect(sent.length).toBe(3)
    await withdraw()
    expect(sent.at(-1)).toBe(answer(0))
    expect(names.size).toBe(0)
    names.asked([{ name: NAME, type: 'A' }], 'IPv4')
    await withdraw()
    expect(sent.length).toBe(4)
  })

  test('not what was not asked: another name, another type', () => {
    names.add(NAME, LOOPBACK)
    names.asked(
      [
        { name: 'other.local', type: 'A' },
        { name: NAME, type: 'AAAA' },
        { name: NAME, type: 'TXT' },
      ],
      'IPv4',
    )
    expect(sent).toEqual([])
  })

  test('over both families where the interface has them, each answered for itself; announced and withdrawn on both', async () => {
    names = named(() => [
      { family: 'IPv4', id: '192.0.2.1' },
      { family: 'IPv6', id: 'eth0' },
    ])
    const withdraw = names.add(NAME, '192.0.2.1')
    const asked = (family: IpFamily): void => names.asked([{ name: NAME, type: 'A' }], family)
    const record = `${NAME} A 192.0.2.1 ttl`
    for (const family of ['IPv6', 'IPv6', 'IPv4', 'IPv4'] as const) asked(family)
    expect(sent.splice(0)).toEqual([`IPv6 eth0: ${record} 120 flush true`, `IPv4 192.0.2.1: ${record} 120 flush true`])
    vi.advanceTimersByTime(1000)
    expect(sent.splice(0)).toEqual([`IPv4 192.0.2.1 and IPv6 eth0: ${record} 120 flush true`])
    await withdraw()
    expect(sent).toEqual([`IPv4 192.0.2.1 and IPv6 eth0: ${record} 0 flush true`])
  })

  test('asked over a family that the interface does not have: not a word', () => {
    names = named(() => [{ family: 'IPv6', id: 'eth0' }])
    names.add(NAME, '2001:db8::1')
    names.asked([{ name: NAME, type: 'AAAA' }], 'IPv4')
    expect(sent).toEqual([])
    names.asked([{ name: NAME, type: 'AAAA' }], 'IPv6')
    expect(sent).toEqual([`IPv6 eth0: ${NAME} AAAA 2001:db8::1 ttl 120 flush true`])
  })

  test('nothing where no interface has the address any more; withdrawn before it was announced, it never is', async () => {
    const gone = names.add('a.local', '192.0.2.99')
    const withdraw = names.add(NAME, LOOPBACK)
    names.asked([{ name: 'a.local', type: 'A' }], 'IPv4')
    await Promise.all([gone(), withdraw()])
    vi.advanceTimersByTime(5000)
    expect(sent).toEqual([answer(0)])
  })

  test('SECURITY 9: 2,048 at most', () => {
    for (let i = 0; i < 3000; i++) names.add(`${i}.local`, LOOPBACK)
    expect(names.size).toBe(2048)
  })
})
