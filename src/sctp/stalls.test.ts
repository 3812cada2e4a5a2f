import { expect, test } from 'vitest'
import { block, describeBothKinds, ordered, Pair, seededRandom } from './association.test-support.js'

const MESSAGES = 48
const BYTES = 16 * 1024
/** An outage of 200 ms, and T3-rtx twice, the second time doubled, each of a quarter of a second and some round trips. */
const maxSilenceMillis = (rttMillis: number): number => 1000 + 8 * rttMillis

/** Losses in bursts: of everything, or of all that goes to one side, for up to 200 ms, about once a second. */
function burstsOf(pair: Pair, seed: number): void {
  const random = seededRandom(seed)
  let [from, until, which] = [0, 0, 0]
  pair.filter = (_packet, to) => {
    if (pair.now >= until) {
      from = pair.now + 2000 * random()
      until = from + 200 * random()
      which = Math.floor(3 * random())
    }
    const isHit = which === 0 || to === (which === 1 ? pair.a : pair.b)
    return pair.now < from || !isHit
  }
}

/** Sends in batches with pauses, so that many packets are the last of theirs. Tells the longest time without an arrival, while one was due. */
function longestSilence(pair: Pair, seed: number): number {
  const random = seededRandom(seed + 1)
  const { a, b } = pair
  let [sent, received, longest, lastAt] = [0, 0, 0, pair.now]
  b.onEvent = ({ type }) => {
    if (type !== 'message') return
    received++
    longest = Math.max(longest, pair.now - lastAt)
    lastAt = pair.now
  }
  while (sent < MESSAGES) {
    if (received === sent) lastAt = pair.now
    for (let batch = 1 + Math.floor(4 * random()); batch > 0 && sent < MESSAGES; batch--) {
      a.association.send(pair.now, ordered(sent % 3, block(BYTES, sent++)))
    }
    pair.run(() => false, 150 * random())
  }
  expect(pair.run(() => received === MESSAGES, 60_000)).toBe(true)
  return longest
}

describeBothKinds('bursts of loss', () => {
  test.each([1, 20, 40, 120])('leave no stall behind, in either direction or in both, at %d ms', (rttMillis) => {
    for (let seed = 1; seed <= 25; seed++) {
      const pair = new Pair({ seed, rttMillis, lossRatio: 0.01, reorderRatio: seed % 2 === 0 ? 0.02 : 0 }).connected()
      burstsOf(pair, seed)
      expect(longestSilence(pair, seed), `seed ${seed}`).toBeLessThan(maxSilenceMillis(rttMillis))
    }
  })

  test('nor beside a reader that closes the window now and then, when what opens it again is lost', () => {
    for (let seed = 1; seed <= 25; seed++) {
      const small = { receiveWindowBytes: 40 * 1024, maxReceiveWindowBytes: 40 * 1024 }
      const pair = new Pair({ seed, rttMillis: 40, lossRatio: 0.03, b: small }).connected()
      const random = seededRandom(seed)
      let unread = 0
      let received = 0
      pair.b.onEvent = (event) => {
        if (event.type !== 'message') return
        received++
        unread += event.data.length
        pair.b.association.setUnreadBytes(unread)
      }
      burstsOf(pair, seed)
      for (let i = 0; i < MESSAGES; i++) pair.a.association.send(pair.now, ordered(0, block(BYTES, i)))
      // Each time all is read; from then on something has to come before long.
      for (let reads = 0; received < MESSAGES && reads < 200; reads++) {
        pair.run(() => unread >= 32 * 1024 || received === MESSAGES, 4000)
        expect(unread, `seed ${seed}, read ${reads}`).toBeGreaterThan(0)
        pair.run(() => false, 300 * random())
        unread = 0
        pair.b.association.setUnreadBytes(0)
      }
      expect(received, `seed ${seed}`).toBe(MESSAGES)
    }
  })
})
