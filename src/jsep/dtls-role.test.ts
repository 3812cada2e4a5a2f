import { describe, expect, test } from 'vitest'
import { attribute, negotiate, TestPeer } from './negotiation.test-support.js'

const turned = (sdp: string): string =>
  sdp.replace(/setup:(active|passive)/, (_, role) => `setup:${role === 'active' ? 'passive' : 'active'}`)

/** `a` was offered to first and is the DTLS client; now it offers. */
function offeredAgain(): { a: TestPeer; b: TestPeer; answer: string } {
  const [a, b] = [new TestPeer('a'), new TestPeer('b')]
  negotiate(b, a)
  a.generation++
  b.generation++
  b.remote('offer', a.offer())
  return { a, b, answer: b.createAnswer() }
}

describe('while the association lives, so do its roles (RFC 8842 §5.5)', () => {
  test('an answer that turns them is not heard: Firefox answers every ICE restart setup:active', () => {
    const { a, b, answer } = offeredAgain()
    expect(attribute(answer, 'setup')).toEqual(['passive'])
    for (const type of ['pranswer', 'answer'] as const) {
      expect(a.remote(type, turned(answer)).transports).toMatchObject([
        { dtlsRole: 'client', remote: { usernameFragment: 'b2/0frag' } },
      ])
    }
    expect(a.plan.transports[0]?.dtlsRole).toBe('client')
    b.local('answer', answer)
    a.generation++
    b.remote('offer', a.offer())
    const again = b.createAnswer()
    a.remote('answer', again.replace('setup:passive', 'setup:active'))
    expect(a.plan.transports[0]?.dtlsRole).toBe('client')
    // Nor does it turn what we answer to the next offer.
    b.local('answer', again)
    expect(attribute(negotiate(b, a).answer, 'setup')).toEqual(['active'])
  })

  test.each([
    ['with the same credentials', (sdp: string) => sdp.replaceAll('b2', 'b1')],
    ['with the fingerprint in other letters', (sdp: string) => sdp.replaceAll('BB', 'bb')],
    [
      'with a tls-id, where there was none',
      (sdp: string) => sdp.replace('a=setup', `a=tls-id:${'x'.repeat(20)}\r\na=setup`),
    ],
  ])('also %s', (_name, edit) => {
    const { a, answer } = offeredAgain()
    expect(a.remote('answer', edit(turned(answer))).transports[0]?.dtlsRole).toBe('client')
  })
})

describe('a new association has the roles of its own answer (RFC 8842 §3.1)', () => {
  test.each([
    ['another fingerprint', (sdp: string) => sdp.replaceAll('BB', 'CC')],
    [
      'one fingerprint more',
      (sdp: string) => sdp.replace('a=setup', `a=fingerprint:sha-1 ${'AA:'.repeat(19)}AA\r\na=setup`),
    ],
  ])('%s', (_name, edit) => {
    const { a, answer } = offeredAgain()
    expect(a.remote('answer', edit(turned(answer))).transports[0]?.dtlsRole).toBe('server')
    expect(a.plan.transports[0]?.dtlsRole).toBe('server')
  })

  test('another tls-id', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    const identified = (sdp: string, id: string): string =>
      sdp.replace('a=setup', `a=tls-id:${id.repeat(20)}\r\na=setup`)
    a.remote('offer', identified(b.offer(), 'x'))
    b.remote('answer', a.answer())
    for (const [id, role] of [
      ['x', 'client'],
      ['y', 'server'],
      ['y', 'server'],
    ] as const) {
      b.remote('offer', a.offer())
      // Always said: active.
      const answer = b.answer().replace('setup:passive', 'setup:active')
      expect(a.remote('answer', identified(answer, id)).transports).toMatchObject([
        { dtlsRole: role, remote: { tlsId: id.repeat(20) } },
      ])
    }
  })

  test('an offer that asks for other roles gets them', () => {
    const [a, b] = [new TestPeer('a'), new TestPeer('b')]
    negotiate(b, a)
    a.remote('offer', b.offer().replace('setup:actpass', 'setup:active'))
    expect(attribute(a.answer(), 'setup')).toEqual(['passive'])
    expect(a.plan.transports[0]?.dtlsRole).toBe('server')
  })
})
