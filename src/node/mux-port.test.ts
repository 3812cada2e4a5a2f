import { describe, expect, test } from 'vitest'
import type { TransportAddress } from '../ice/types.js'
import type { ReceiveDatagram } from './io.js'
import { MuxPort } from './mux-port.js'
import type { MuxMember } from './mux-port.js'
import { BINDING_REQUEST, BINDING_SUCCESS } from './stun-peek.js'

const VICTIM: TransportAddress = { address: '198.51.100.1', port: 1 }
const ATTACKER: TransportAddress = { address: '198.51.100.66', port: 66 }
const DTLS = Uint8Array.of(22, 254, 253)

/** A port without a network, and members that log what they hear. */
function rig() {
  let arrive: ReceiveDatagram = () => {}
  const queued: Uint8Array[] = []
  const batches: number[] = []
  const tasks: (() => void)[] = []
  const local = { address: '192.0.2.1', port: 4000 }
  const port = new MuxPort(
    (receive) => {
      arrive = receive
      const ignore = () => {}
      const flush = (): void => void batches.push(queued.splice(0).length)
      const queue = (data: Uint8Array): void => void queued.push(data)
      return { local, send: ignore, queue, flush, close: async () => {}, unref: ignore, sendErrors: 0 }
    },
    () => {},
    (task) => tasks.push(task),
  )
  const heard: string[] = []
  const join = (name: string): MuxMember => {
    const member = port.join((data) => heard.push(`${name} ${data[0]}`))
    member.claim(name)
    return member
  }
  return { port, heard, join, batches, tasks, arrive: (data: Uint8Array, from: TransportAddress) => arrive(data, from) }
}

function binding(type: number, transaction: number): Uint8Array {
  const message = new Uint8Array(20)
  message.set([type >> 8, type & 0xff, 0, 0, 0x21, 0x12, 0xa4, 0x42])
  message[19] = transaction
  return message
}

/** The member checks an address, and is answered from there. */
function prove(member: MuxMember, at: TransportAddress, { arrive }: ReturnType<typeof rig>, transaction: number): void {
  member.send(binding(BINDING_REQUEST, transaction), at)
  arrive(binding(BINDING_SUCCESS, transaction), at)
}

describe('SECURITY 15: whose datagrams are whose on a shared port', () => {
  test('who answers a check with a forged source takes no address that another member has proven', () => {
    const all = rig()
    const [victim, attacked] = [all.join('victim'), all.join('attacked')]
    prove(victim, VICTIM, all, 1)
    // The attacker is the peer of the other member: its check is authentic, only its source is not.
    attacked.send(binding(BINDING_SUCCESS, 9), VICTIM)
    all.heard.length = 0
    all.arrive(DTLS, VICTIM)
    expect(all.heard).toEqual(['victim 22'])
  })

  test('an answer counts from where the question went: the transaction alone may be known to another peer', () => {
    const all = rig()
    const [victim, attacked] = [all.join('victim'), all.join('attacked')]
    attacked.send(binding(BINDING_REQUEST, 1), ATTACKER)
    all.arrive(binding(BINDING_SUCCESS, 1), VICTIM)
    all.heard.length = 0
    all.arrive(DTLS, VICTIM)
    expect(all.heard).toEqual([])
    victim.send(binding(BINDING_SUCCESS, 2), VICTIM)
    all.arrive(DTLS, VICTIM)
    expect(all.heard).toEqual(['victim 22'])
    expect(all.port.counters.unclaimed).toBe(1)
  })

  test('an answer is for who asked: by all of the transaction id', () => {
    const all = rig()
    all.join('member').send(binding(BINDING_REQUEST, 7), VICTIM)
    for (const at of [8, 13, 14, 19]) {
      const answer = binding(BINDING_SUCCESS, 7)
      answer[at]! ^= 0x80
      all.arrive(answer, VICTIM)
    }
    expect([all.heard, all.port.counters.unclaimed]).toEqual([[], 4])
    all.arrive(binding(BINDING_SUCCESS, 7), VICTIM)
    expect(all.heard).toEqual(['member 1'])
    all.arrive(binding(BINDING_SUCCESS, 7), VICTIM)
    expect(all.port.counters.unclaimed).toBe(5)
  })

  test('an address that a NAT gives to somebody else goes over as soon as that one has proven it', () => {
    const all = rig()
    const [before, after] = [all.join('before'), all.join('after')]
    prove(before, VICTIM, all, 1)
    prove(after, VICTIM, all, 2)
    all.heard.length = 0
    all.arrive(DTLS, VICTIM)
    expect(all.heard).toEqual(['after 22'])
    void before.close()
    all.arrive(DTLS, VICTIM)
    void after.close()
    all.arrive(DTLS, VICTIM)
    expect(all.heard).toEqual(['after 22', 'after 22'])
  })

  test('a thousand members, each with a peer of its own: each hears that one alone, and goes without the others', () => {
    const all = rig()
    const placeOf = (i: number): TransportAddress => ({ address: `203.0.${i >> 8}.${i & 255}`, port: 9 })
    const members = Array.from({ length: 1000 }, (_, i) => all.join(`m${i}`))
    members.forEach((member, i) => prove(member, placeOf(i), all, i))
    all.heard.length = 0
    for (let i = 999; i >= 0; i--) all.arrive(DTLS, placeOf(i))
    expect(all.heard).toEqual(members.map((_, i) => `m${999 - i} 22`))
    for (const member of members.slice(1)) void member.close()
    all.heard.length = 0
    for (let i = 0; i < 1000; i++) all.arrive(DTLS, placeOf(i))
    expect(all.heard).toEqual(['m0 22'])
  })

  test('addresses and transactions of a member are bounded: the oldest are forgotten', () => {
    const all = rig()
    const member = all.join('member')
    const places = Array.from({ length: 33 }, (_, i) => ({ ...ATTACKER, port: i + 1 }))
    for (const place of places) member.send(binding(BINDING_SUCCESS, 1), place)
    expect(member.addresses.size).toBe(32)
    for (const place of places) all.arrive(DTLS, place)
    expect(all.heard).toHaveLength(32)
    expect(all.port.counters.unclaimed).toBe(1)
    const numbered = (type: number, transaction: number): Uint8Array => {
      const message = binding(type, 0)
      new DataView(message.buffer).setUint32(16, transaction)
      return message
    }
    for (let i = 0; i < 5000; i++) member.send(numbered(BINDING_REQUEST, i), VICTIM)
    for (let i = 0; i < 5000; i++) all.arrive(numbered(BINDING_SUCCESS, i), VICTIM)
    expect(all.heard.filter((line) => line === 'member 1')).toHaveLength(4096)
    expect(all.port.counters.unclaimed).toBe(1 + 5000 - 4096)
  })

  test('a member keeps its four newest fragments', () => {
    const member = rig().join('gen0')
    for (let i = 1; i <= 4; i++) member.claim(`gen${i}`)
    expect([...member.fragments]).toEqual(['gen1', 'gen2', 'gen3', 'gen4'])
  })
})

describe('what is sent together', () => {
  const to = (port: number): TransportAddress => ({ address: '192.0.2.7', port })

  test('checks and answers of all members wait for the next turn, and then go at once', () => {
    const { join, batches, tasks } = rig()
    for (let i = 1; i <= 50; i++) {
      const member = join(`peer${i}`)
      member.queue(binding(i % 2 ? BINDING_REQUEST : BINDING_SUCCESS, i), to(i))
      member.flush()
    }
    expect(batches).toEqual([])
    expect(tasks).toHaveLength(1)
    tasks.shift()!()
    expect(batches).toEqual([50])
  })

  test('everything else goes in the call, with what waits', () => {
    const { join, batches, tasks } = rig()
    const [one, other] = [join('one'), join('other')]
    one.send(binding(BINDING_REQUEST, 1), to(1))
    other.send(DTLS, to(2))
    expect(batches).toEqual([2])
    one.send(binding(BINDING_SUCCESS, 2), to(1))
    expect(batches).toEqual([2])
    tasks.shift()!()
    expect(batches).toEqual([2, 1])
  })
})
