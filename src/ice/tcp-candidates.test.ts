import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.js'
import { generateIceParameters, IceAgent } from './index.js'
import { baseOfSocket, candidateOfBase } from './base.js'
import { parseCandidate } from './candidate.js'
import { candidatePriority, tcpCandidatePriority } from './priority.js'
import { canPair, mayConnectTo } from './tcp-candidates.js'
import type { IceCandidate, LocalSocket } from './types.js'

const local = { address: '192.0.2.1', port: 9 }

function base(tcpType?: LocalSocket['tcpType']): NonNullable<ReturnType<typeof baseOfSocket>> {
  return baseOfSocket({ socketId: 1, local, localPreference: 65_535, ...(tcpType && { tcpType }) })!
}

function remote(transport: string, tcpType = ''): IceCandidate {
  const tail = tcpType === '' ? '' : ` tcptype ${tcpType}`
  return parseCandidate(`candidate:1 1 ${transport} 1 192.0.2.2 5000 typ host${tail}`)!
}

describe('priorities (RFC 6544 §4.2)', () => {
  test('2^24 × type + 2^8 × (2^13 × direction + other) + 255', () => {
    expect(tcpCandidatePriority('host', 'active', 65_535)).toBe(90 * 2 ** 24 + (6 * 2 ** 13 + 8191) * 2 ** 8 + 255)
    expect(tcpCandidatePriority('host', 'passive', 65_534)).toBe(90 * 2 ** 24 + (4 * 2 ** 13 + 8190) * 2 ** 8 + 255)
    expect(tcpCandidatePriority('prflx', 'active', 0)).toBe(80 * 2 ** 24 + 4 * 2 ** 13 * 2 ** 8 + 255)
  })

  test('below datagrams that go directly or are reflexive, above relays', () => {
    const best = tcpCandidatePriority('host', 'active', 65_535)
    expect(best).toBeLessThan(candidatePriority('srflx', 0))
    expect(tcpCandidatePriority('prflx', 'passive', 0)).toBeGreaterThan(candidatePriority('relay', 65_535, 1, 'udp'))
  })
})

test('the candidate of an active base has port 9 and says what it is', () => {
  expect(candidateOfBase(base('active'), '7', 'abcd')).toMatchObject({
    ...local,
    protocol: 'tcp',
    tcpType: 'active',
    type: 'host',
  })
})

describe('pairs (RFC 6544 §6.2)', () => {
  test.each([
    [undefined, 'udp', '', true],
    [undefined, 'tcp', 'passive', false],
    ['active', 'tcp', 'passive', true],
    ['active', 'tcp', 'active', false],
    ['active', 'tcp', 'so', false],
    ['active', 'tcp', '', false],
    ['active', 'udp', '', false],
    ['passive', 'tcp', 'active', false],
    ['passive', 'tcp', 'passive', false],
    ['passive', 'udp', '', false],
  ] as const)('%s with %s %s: %s', (tcpType, transport, remoteType, expected) => {
    expect(canPair(base(tcpType), remote(transport, remoteType))).toBe(expected)
  })
})

test.each([
  ['host', 'f6f85f9e-7a3c-4a8e-b1f7-3f6b7e2a4c11.local', true],
  ['relay', 'f6f85f9e-7a3c-4a8e-b1f7-3f6b7e2a4c11.local', false],
  ['relay', 'PRINTER.LOCAL', false],
  ['relay', 'peer.example', true],
  ['relay', undefined, true],
] as const)('mDNS draft §3.3.2: a %s candidate with the address behind the name %s: %s', (type, hostname, expected) => {
  const named = { ...remote('udp'), ...(hostname !== undefined && { hostname }) }
  expect(canPair({ ...base(), type }, named)).toBe(expected)
})

test.each([
  ['192.0.2.1', 1024, true],
  ['10.0.0.1', 65_535, true],
  ['192.0.2.1', 443, true],
  ['2001:db8::1', 80, true],
  ['192.0.2.1', 22, false],
  ['192.0.2.1', 6667, false],
  ['192.0.2.1', 25, false],
  ['10.0.0.1', 80, false],
  ['172.31.0.1', 443, false],
  ['192.168.1.1', 80, false],
  ['127.0.0.1', 80, false],
  ['169.254.169.254', 80, false],
  ['100.64.0.1', 443, false],
  ['::1', 80, false],
  ['::ffff:10.0.0.1', 80, false],
  ['fd00::1', 443, false],
  ['fe80::1', 443, false],
])('SECURITY: whether a peer may have us connect to %s %i: %s', (address, port, expected) => {
  expect(mayConnectTo({ address, port })).toBe(expected)
})

test('an address that the peer has over TCP says nothing of datagrams from it', () => {
  const agent = new IceAgent({ crypto: nodeCrypto, role: 'controlling', transportPolicy: 'all' })
  agent.startGathering(0, generateIceParameters(nodeCrypto))
  agent.addLocalSocket(0, { socketId: 1, local: { address: '192.0.2.1', port: 4000 }, localPreference: 65_535 })
  agent.addLocalSocket(0, { socketId: 2, local, localPreference: 65_535, tcpType: 'active' })
  agent.setRemote(0, { ...generateIceParameters(nodeCrypto), iceLite: false })
  agent.addRemoteCandidate(0, remote('tcp', 'passive'))
  const from = { address: '192.0.2.2', port: 5000 }
  expect(agent.pathStatus(1, from)).toBe('unknown')
  expect(agent.pathStatus(2, from)).toBe('pending')
  agent.addRemoteCandidate(0, remote('udp'))
  expect(agent.pathStatus(1, from)).toBe('pending')
})

test('a connection that breaks before its check was answered is made three times', () => {
  const agent = new IceAgent({ crypto: nodeCrypto, role: 'controlling', transportPolicy: 'all' })
  agent.startGathering(0, generateIceParameters(nodeCrypto))
  agent.addLocalSocket(0, { socketId: 2, local, localPreference: 65_535, tcpType: 'active' })
  agent.setRemote(0, { ...generateIceParameters(nodeCrypto), iceLite: false })
  agent.addRemoteCandidate(0, remote('tcp', 'passive'))
  let checks = 0
  for (let now = 0; now < 5000; now += 50) {
    agent.handleTimeout(now)
    for (let sent = agent.pollTransmit(now); sent !== undefined; sent = agent.pollTransmit(now)) {
      checks++
      agent.pathLost(now, { socketId: 2, to: sent.to, broke: true })
    }
  }
  expect(checks).toBe(3)
})
