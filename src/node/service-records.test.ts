import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inOrder, resolveService } from './service-records.js'

const never = new AbortController().signal
const SRV = 33

/** Labels with their lengths before them (RFC 1035 §3.1). */
function encodedName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]))
  return Buffer.concat([...labels, Buffer.of(0)])
}

/** RFC 2782: priority, weight, port and target, in a record for the name of the question. */
function record(priority: number, weight: number, port: number, target: string): Buffer {
  const data = Buffer.concat([Buffer.alloc(6), encodedName(target)])
  data.writeUInt16BE(priority, 0)
  data.writeUInt16BE(weight, 2)
  data.writeUInt16BE(port, 4)
  return Buffer.concat([Buffer.from([0xc0, 12, 0, SRV, 0, 1, 0, 0, 0, 60, 0, data.length]), data])
}

describe('SRV records', () => {
  let server: Socket
  let servers: string[]
  let records: readonly Buffer[] | undefined
  const asked: string[] = []

  beforeEach(async () => {
    server = createSocket('udp4').bind(0, '127.0.0.1')
    await once(server, 'listening')
    servers = [`127.0.0.1:${server.address().port}`]
    server.on('message', (query, from) => {
      const end = query.indexOf(0, 12) + 5
      asked.push(query.subarray(12, end).toString('latin1'))
      if (records === undefined) return
      const header = Buffer.from([query[0]!, query[1]!, 0x81, 0x80, 0, 1, 0, records.length, 0, 0, 0, 0])
      server.send(Buffer.concat([header, query.subarray(12, end), ...records]), from.port, from.address)
    })
  })

  afterEach(async () => {
    records = undefined
    await new Promise<void>((resolve) => server.close(resolve))
  })

  test('are asked for by name and told in their order', async () => {
    records = [record(20, 0, 2, 'second.example'), record(10, 5, 1, 'first.example')]
    expect(await resolveService('_stun._udp.a.example', never, { servers })).toEqual([
      { target: 'first.example', port: 1 },
      { target: 'second.example', port: 2 },
    ])
    expect(asked.at(-1)).toContain('_udp')
  })

  test('none, no answer and an abort are all none', async () => {
    records = []
    expect(await resolveService('_stun._udp.a.example', never, { servers })).toEqual([])
    records = undefined
    expect(await resolveService('_stun._udp.a.example', never, { servers, timeoutMillis: 20 })).toEqual([])
    const abort = new AbortController()
    const pending = resolveService('_stun._udp.a.example', abort.signal, { servers })
    abort.abort()
    expect(await pending).toEqual([])
    expect(await resolveService('_stun._udp.a.example', abort.signal, { servers })).toEqual([])
  })
})

describe('their order (RFC 2782)', () => {
  const of = (name: string, priority: number, weight: number, port = 1) => ({ name, priority, weight, port })

  test('is by priority, and by chance within one, in proportion to the weights', () => {
    const records = [of('c', 2, 0), of('a', 1, 30), of('b', 1, 10)]
    const targets = (share: number): string =>
      inOrder(records, () => share)
        .map(({ target }) => target)
        .join('')
    expect([0, 0.74, 0.76, 0.999].map(targets)).toEqual(['abc', 'abc', 'bac', 'bac'])
  })

  test('leaves out what says that there is none, and ends after four', () => {
    expect(inOrder([of('.', 0, 0), of('', 0, 0), of('a', 0, 0, 0)])).toEqual([])
    expect(
      inOrder(['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) => of(name, i, 0))).map(({ target }) => target),
    ).toEqual(['a', 'b', 'c', 'd'])
  })
})
