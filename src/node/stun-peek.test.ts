import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isResponse, stunType, transactionHalves, usernameHalves } from './stun-peek.js'

/** RFC 5769 §2.1, as far as USERNAME: "evtj:h6vY" after SOFTWARE, PRIORITY and ICE-CONTROLLED. */
const RFC5769_REQUEST = Uint8Array.from(
  Buffer.from(
    '000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74' +
      '002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020',
    'hex',
  ),
)

test('the example of RFC 5769', () => {
  expect(stunType(RFC5769_REQUEST)).toBe(0x0001)
  expect(isResponse(0x0001)).toBe(false)
  expect(isResponse(0x0011)).toBe(false)
  expect([0x0101, 0x0111, 0x0113].every(isResponse)).toBe(true)
  expect(usernameHalves(RFC5769_REQUEST)).toEqual({ local: 'evtj', remote: 'h6vY' })
  expect(transactionHalves(RFC5769_REQUEST)).toEqual({ first: 0xb7e7a701bc34, second: 0xd686fa87dfae })
  expect(transactionHalves(new Uint8Array(20).fill(255))).toEqual({ first: 2 ** 48 - 1, second: 2 ** 48 - 1 })
})

test('what is no STUN has no type: short, another cookie, media and DTLS', () => {
  expect(stunType(RFC5769_REQUEST.subarray(0, 19))).toBeUndefined()
  expect(stunType(RFC5769_REQUEST.with(4, 0))).toBeUndefined()
  expect(stunType(RFC5769_REQUEST.with(0, 20))).toBeUndefined()
  expect(stunType(new Uint8Array())).toBeUndefined()
})

test('user names without halves, too long ones and cut ones are none', () => {
  const named = (name: string): Uint8Array => {
    const header = RFC5769_REQUEST.slice(0, 20)
    return Uint8Array.from([...header, 0, 6, name.length >> 8, name.length & 0xff, ...Buffer.from(name)])
  }
  expect(usernameHalves(named('a:b:c'))).toEqual({ local: 'a', remote: 'b:c' })
  for (const name of ['', 'abc', ':b', `a:${'b'.repeat(507)}`]) expect(usernameHalves(named(name))).toBeUndefined()
  expect(usernameHalves(named('a:b').subarray(0, 26))).toBeUndefined()
})

test('whatever arrives, looking at it neither throws nor hangs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (tail) => {
      const message = Uint8Array.from([...RFC5769_REQUEST.subarray(0, 20), ...tail])
      const halves = usernameHalves(message)
      expect(halves === undefined || halves.local.length > 0).toBe(true)
      expect(stunType(tail) === undefined || tail.length >= 20).toBe(true)
    }),
  )
})
