import { describe, expect, test } from 'vitest'
import type { NatBehavior } from '../../index.js'
import { printReport } from './print-report.js'
import type { AdviceCode, DoctorReport, InterfaceReport, MulticastDnsFamilyReport, ServerReport } from './report.js'
import { judge, type Findings } from './verdict.js'

const USED: InterfaceReport = {
  ...{ name: 'eth0', address: '192.168.1.2', family: 'IPv4', scope: 'private' },
  ...{ isUsed: true, reason: null, bindError: null },
}

const STUN: ServerReport = {
  ...{ url: 'stun:s', isNamed: true, kind: 'stun', transport: 'udp', hasAnswered: true, millis: 12 },
  ...{ mapped: { address: '198.51.100.7', port: 4000 }, relayed: null, error: null },
}
const TURN: ServerReport = { ...STUN, url: 'turn:t', kind: 'turn', relayed: { address: '2001:db8::1', port: 5000 } }
const TCP: ServerReport = { ...TURN, url: 'turn:t?transport=tcp', transport: 'tcp', isNamed: false }

const failed = (server: ServerReport, code = 701): ServerReport => {
  return { ...server, hasAnswered: false, mapped: null, relayed: null, error: { code, text: 'no' } }
}

const NAT: NatBehavior = {
  ...{ localAddress: '192.168.1.2', isTranslated: true, mapping: 'endpoint-independent', filtering: null },
  ...{ hairpinning: true, servers: [{ url: 'stun:s', address: '198.51.100.1', port: 3478 }].map(observed) },
}

function observed(server: { readonly url: string; readonly address: string; readonly port: number }) {
  return { ...server, mappedAddress: '198.51.100.7', mappedPort: 4000, roundTripMillis: 12 }
}

const symmetric: NatBehavior = { ...NAT, mapping: 'address-and-port-dependent' }

const HEARD: MulticastDnsFamilyReport = { works: true, reason: null }
const UNHEARD: MulticastDnsFamilyReport = { works: false, reason: 'EADDRINUSE' }

const found = (findings: Partial<Findings>): Findings => {
  return {
    interfaces: [USED],
    servers: [],
    nat: [],
    multicastDns: { ...HEARD, ipv4: HEARD, ipv6: UNHEARD },
    ...findings,
  }
}

interface Verdict {
  readonly expected: boolean
  readonly reflexive: DoctorReport['connectivity']['serverReflexive']
  readonly advice: readonly AdviceCode[]
}

function verdictOf(findings: Partial<Findings>): Verdict {
  const { connectivity, advice } = judge(found(findings))
  const codes = advice.map(({ code }) => code)
  return { expected: connectivity.isExpected, reflexive: connectivity.serverReflexive, advice: codes }
}

const verdict = (expected: boolean, reflexive: Verdict['reflexive'], ...advice: readonly AdviceCode[]): Verdict => ({
  expected,
  reflexive,
  advice,
})

describe('what would connect, and what to do', () => {
  test.each<[string, Partial<Findings>, Verdict]>([
    ['STUN and TURN answer', { servers: [STUN, TURN], nat: [NAT] }, verdict(true, 'most', 'all-well')],
    ['STUN alone', { servers: [STUN], nat: [NAT] }, verdict(true, 'most', 'add-turn')],
    [
      'a mapping that one server cannot tell',
      { servers: [STUN], nat: [{ ...NAT, mapping: null }] },
      verdict(true, 'most', 'add-turn', 'name-another-stun-server'),
    ],
    ['a symmetric NAT without TURN', { servers: [STUN], nat: [symmetric] }, verdict(false, 'some', 'symmetric-nat')],
    ['one with TURN', { servers: [STUN, TURN], nat: [symmetric] }, verdict(true, 'some', 'symmetric-nat')],
    ['another way out', { servers: [STUN, TURN], nat: [symmetric, NAT] }, verdict(true, 'most', 'all-well')],
    [
      'UDP blocked, TLS not',
      { servers: [failed(STUN), { ...TURN, url: 'turns:t', transport: 'tls' }] },
      verdict(true, 'none', 'server-failed', 'udp-blocked'),
    ],
    [
      'UDP blocked, and TCP not named',
      { servers: [failed(TURN), TCP] },
      verdict(false, 'none', 'server-failed', 'use-tcp', 'udp-blocked'),
    ],
    ['TCP answers too', { servers: [TURN, TCP], nat: [NAT] }, verdict(true, 'most', 'all-well')],
    [
      'a wrong password',
      { servers: [failed(TURN, 401), failed(TCP, 401)], nat: [NAT] },
      verdict(false, 'none', 'credentials-refused'),
    ],
    ['silence', { servers: [failed(STUN)] }, verdict(false, 'none', 'server-failed', 'nothing-answered')],
    ['nobody was asked', {}, verdict(false, 'unknown', 'name-a-server')],
    [
      'nobody was asked, with an address of the internet',
      { interfaces: [{ ...USED, scope: 'global' }] },
      verdict(true, 'unknown', 'name-a-server'),
    ],
    [
      'no hairpinning',
      { servers: [STUN, TURN], nat: [{ ...NAT, hairpinning: false }] },
      verdict(true, 'most', 'no-hairpinning'),
    ],
    [
      'no multicast',
      { servers: [STUN, TURN], nat: [NAT], multicastDns: { ...UNHEARD, ipv4: UNHEARD, ipv6: UNHEARD } },
      verdict(true, 'most', 'no-multicast-dns'),
    ],
    ['offline', { interfaces: [] }, verdict(false, 'unknown', 'no-address', 'name-a-server')],
    [
      'a sandbox without sockets',
      { interfaces: [{ ...USED, isUsed: false, bindError: 'EPERM' }] },
      verdict(false, 'unknown', 'no-udp-socket', 'name-a-server'),
    ],
  ])('%s', (_, findings, expected) => {
    expect(verdictOf(findings)).toEqual(expected)
  })
})

describe('in words', () => {
  function text(findings: Partial<Findings>, isColored = false): string {
    const all = found(findings)
    return printReport({ version: 1, ...all, ...judge(all) }, isColored)
  }

  test('every fact has its line', () => {
    const lines = text({ servers: [STUN, TURN, failed(TCP)], nat: [symmetric] }).split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        '  ✓ eth0  192.168.1.2  private, used',
        '  ✓ stun:s  UDP, 12 ms: STUN, sees us at 198.51.100.7:4000',
        '  ✓ turn:t  UDP, 12 ms: TURN, sees us at 198.51.100.7:4000, relayed at [2001:db8::1]:5000 and given back',
        '  ✗ turn:t?transport=tcp  TCP (tried too), 12 ms: 701 no',
        '  192.168.1.2 is seen as 198.51.100.7',
        '    mapping address-and-port-dependent, filtering not known, hairpins',
        '  ✓ IPv4  sent to and heard',
        '  ✗ IPv6  does not work: EADDRINUSE',
        'A connection to the outside is expected to work.',
      ]),
    )
  })

  test('colours only where they are wanted', () => {
    expect(text({}, false)).not.toContain('\u001b')
    expect(text({}, true)).toContain('\u001b[31m')
  })
})
