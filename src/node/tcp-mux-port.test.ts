import { describe, expect, test } from 'vitest'
import type { TransportAddress } from '../ice/types.js'
import { firstCheck } from './first-check.js'
import type { AcceptStream, StreamHandlers, StreamSocket } from './io.js'
import { TcpMuxPort } from './tcp-mux-port.js'

const AT: TransportAddress = { address: '192.0.2.1', port: 443 }

/** A Binding request with this USERNAME, framed (RFC 4571). */
function check(username: string): Uint8Array {
  const name = Buffer.from(username)
  const padding = Buffer.alloc((4 - (name.length % 4)) % 4)
  const attribute = Buffer.concat([Buffer.from([0, 6, name.length >> 8, name.length & 255]), name, padding])
  const header = Buffer.from('00010000' + '2112a442' + '00'.repeat(12), 'hex')
  header.writeUInt16BE(attribute.length, 2)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(header.length + attribute.length)
  return Buffer.concat([length, header, attribute])
}

/** Bytes as they are sent into a connection, and what became of it. */
async function listening() {
  const clock = { now: 1000 }
  const heardOf: string[] = []
  let accept!: AcceptStream
  let deadline = Infinity
  let onTimer = (): void => {}
  const port = await TcpMuxPort.listen(
    {
      now: () => clock.now,
      createTimer: (callback) => {
        onTimer = callback
        return { arm: (at) => void (deadline = at), unref: () => {} }
      },
    },
    (given) => {
      accept = given
      return Promise.resolve({ local: AT, close: () => Promise.resolve(), unref: () => {} })
    },
    (halves) => heardOf.push(`${halves.local} ${halves.remote}`),
  )
  const ends: (() => void)[] = []
  /** @param lingers its end is settled by `ends` */
  const connect = (address = '198.51.100.1', remotePort = 1, lingers = false) => {
    const socket: { isClosed: boolean; refused: boolean; send: (bytes: Uint8Array) => void } = {
      isClosed: false,
      refused: false,
      send: () => {},
    }
    const stream: StreamSocket = {
      send: () => true,
      close: () => {
        socket.isClosed = true
        return lingers ? new Promise((resolve) => ends.push(resolve)) : Promise.resolve()
      },
      unref: () => {},
    }
    const handlers = accept(stream, { address, port: remotePort })
    socket.refused = handlers === undefined
    socket.send = (bytes) => handlers?.received(bytes)
    return socket
  }
  const member = (fragment: string, takes = true) => {
    const received: Buffer[] = []
    const handlers: StreamHandlers = {
      opened: () => {},
      received: (data) => received.push(Buffer.from(data)),
      closed: () => {},
    }
    const joined = port.join(() => (takes ? handlers : undefined))
    joined.claim(fragment)
    return { joined, bytes: () => Buffer.concat(received) }
  }
  const pass = (millis: number): void => {
    clock.now += millis
    if (deadline > clock.now) return
    deadline = Infinity
    onTimer()
  }
  return { port, connect, ends, member, heardOf, pass }
}

describe('a TCP port that connections share', () => {
  test('a connection is for the member whose fragment its first packet names, however it is cut', async () => {
    const { port, connect, member } = await listening()
    const [alice, bob] = [member('alice'), member('bobs')]
    const forBob = Buffer.concat([check('bobs:remote'), check('alice:remote')])
    const socket = connect()
    for (const byte of forBob) socket.send(Uint8Array.of(byte))
    expect(bob.bytes()).toEqual(forBob)
    const other = connect()
    other.send(forBob.subarray(0, 30))
    other.send(forBob.subarray(30))
    expect(bob.bytes().length).toBe(2 * forBob.length)
    expect(alice.bytes().length).toBe(0)
    expect([port.members, port.undecided]).toEqual([2, 0])
  })

  test('a thousand members, each with a connection of its own', async () => {
    const { port, connect, member } = await listening()
    const members = Array.from({ length: 1000 }, (_, i) => member(`member${i}`))
    const sockets = members.map((_, i) => {
      const socket = connect(`203.0.${i >> 8}.${i & 255}`)
      socket.send(check(`member${i}:remote`))
      return socket
    })
    sockets.forEach((socket, i) => socket.send(Uint8Array.of(i >> 8, i & 255)))
    for (const [i, { bytes }] of members.entries())
      expect(bytes()).toEqual(Buffer.concat([check(`member${i}:remote`), Buffer.from([i >> 8, i & 255])]))
    expect([port.members, port.undecided]).toEqual([1000, 0])
  })

  test('a check for a fragment that nobody has is told, and waits for a member that has it', async () => {
    const { port, connect, member, heardOf } = await listening()
    const [socket, other] = [connect(), connect()]
    socket.send(check('later:remote'))
    socket.send(check('later:remote'))
    other.send(check('never:remote'))
    expect(heardOf).toEqual(['later remote', 'never remote'])
    const later = member('later')
    expect(later.bytes()).toEqual(Buffer.concat([check('later:remote'), check('later:remote')]))
    socket.send(Uint8Array.of(1, 2))
    expect(later.bytes().subarray(-2)).toEqual(Buffer.from([1, 2]))
    expect([port.undecided, socket.isClosed, other.isClosed]).toEqual([1, false, false])
  })

  test('a member that has gone, or that does not want the connection, gets none', async () => {
    const { port, connect, member } = await listening()
    const { joined } = member('gone')
    await joined.close()
    joined.claim('gone')
    member('full', false)
    const [first, second] = [connect(), connect()]
    first.send(check('gone:remote'))
    second.send(check('full:remote'))
    expect([first.isClosed, second.isClosed]).toEqual([false, true])
    expect(port.counters).toEqual({ unknownFragment: 1, refused: 1 })
  })

  test('a fragment is that of the member who named it last, also when another one that had it goes', async () => {
    const { connect, member } = await listening()
    const [former, latter] = [member('same'), member('same')]
    await former.joined.close()
    connect().send(check('same:remote'))
    expect([former.bytes().length, latter.bytes().length > 0]).toEqual([0, true])
  })

  test('a member keeps its four newest fragments', async () => {
    const { member, connect } = await listening()
    const { joined, bytes } = member('gen0')
    for (let i = 1; i <= 4; i++) joined.claim(`gen${i}`)
    connect().send(check('gen0:remote'))
    expect(bytes().length).toBe(0)
    connect().send(check('gen1:remote'))
    expect(bytes().length).toBeGreaterThan(0)
  })

  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['TLS', Buffer.from('16030100c8010000c4', 'hex')],
    ['a frame that is too large for a check', Buffer.from('ffff00010000', 'hex')],
    ['a frame that is too small', Buffer.from('00130001', 'hex')],
    ['STUN that is no Binding request', Buffer.from('001401010000', 'hex')],
    [
      'no USERNAME',
      Buffer.concat([Buffer.from('0014', 'hex'), Buffer.from(`000100002112a442${'00'.repeat(12)}`, 'hex')]),
    ],
    ['a USERNAME without a colon', check('alice')],
    ['no magic cookie', Buffer.from(check('alice:remote').map((byte, i) => (i === 6 ? 0 : byte)))],
  ])('SECURITY 19: %s closes the connection at once', async (_what, bytes) => {
    const { port, connect, member } = await listening()
    member('alice')
    const socket = connect()
    socket.send(bytes)
    expect(socket.isClosed).toBe(true)
    socket.send(check('alice:remote'))
    expect([port.undecided, port.counters.refused]).toEqual([0, 1])
  })

  test('SECURITY 19: who says nothing, or says it slowly, or is not wanted, has ten seconds', async () => {
    const { connect, pass, port } = await listening()
    const [silent, slow, unwanted] = [connect(), connect(), connect()]
    unwanted.send(check('nobody:remote'))
    const bytes = check('alice:remote')
    for (let second = 0; second < 9; second++) {
      slow.send(bytes.subarray(second, second + 1))
      pass(1000)
    }
    const late = connect()
    expect([silent, slow, unwanted].some(({ isClosed }) => isClosed)).toBe(false)
    pass(1000)
    expect([silent, slow, unwanted, late].map(({ isClosed }) => isClosed)).toEqual([true, true, true, false])
    expect([port.undecided, port.counters.refused]).toEqual([1, 3])
    pass(9000)
    expect(late.isClosed).toBe(true)
  })

  test('SECURITY 19: what comes before somebody wants it is bounded', async () => {
    const { connect } = await listening()
    const socket = connect()
    socket.send(check('nobody:remote'))
    for (let i = 0; i < 16; i++) socket.send(new Uint8Array(1024))
    expect(socket.isClosed).toBe(true)
  })

  test('SECURITY 19: 32 of one address may be undecided, and 256 in all; then the oldest goes', async () => {
    const { connect, port, member } = await listening()
    const alike = Array.from({ length: 33 }, (_, i) => connect('198.51.100.1', i))
    expect(alike.map(({ refused }) => refused).lastIndexOf(false)).toBe(31)
    for (let i = 0; i < 224; i++) connect(`203.0.113.${i >> 4}`, i)
    expect([port.undecided, alike[0]!.isClosed]).toEqual([256, false])
    const newest = connect('192.0.2.200')
    expect([port.undecided, alike[0]!.isClosed, newest.refused]).toEqual([256, true, false])
    const alice = member('alice')
    newest.send(check('alice:remote'))
    expect(alice.bytes().length).toBeGreaterThan(0)
  })

  test('SECURITY 19: those that are being closed count until they are gone', async () => {
    const { connect, ends, port } = await listening()
    for (let i = 0; i < 256; i++) connect(`203.0.113.${i >> 4}`, i, true).send(Buffer.from('GET / HTTP/1.1'))
    expect([port.undecided, port.counters.refused]).toEqual([0, 256])
    expect(connect('192.0.2.200').refused).toBe(true)
    ends.shift()!()
    await Promise.resolve()
    expect(connect('192.0.2.200').refused).toBe(false)
  })

  test('close() closes who is undecided; what is a member’s already goes on', async () => {
    const { connect, port, member } = await listening()
    const alice = member('alice')
    const [decided, undecided] = [connect(), connect()]
    decided.send(check('alice:remote'))
    await port.close()
    decided.send(Uint8Array.of(7))
    expect([decided.isClosed, undecided.isClosed, alice.bytes().at(-1)]).toEqual([false, true, 7])
  })
})

test('firstCheck() decides no later than the bytes allow, and for any bytes', () => {
  const whole = check('alice:remote')
  for (let end = 0; end < whole.length; end++) expect(firstCheck(whole.subarray(0, end))).toBe('partial')
  expect(firstCheck(whole)).toEqual({ local: 'alice', remote: 'remote' })
})
