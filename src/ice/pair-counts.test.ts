import { expect, test } from 'vitest'
import { PairCounts } from './pair-counts.js'

test('round trips add up over the responses, in whatever way they were asked for', () => {
  const counts = new PairCounts()
  counts.requested('check')
  counts.responded(1030, { firstSentAt: 1000, lastSentAt: 1000 })
  counts.requested('consent')
  counts.responded(6050, { firstSentAt: 6000, lastSentAt: 6000 })
  expect(counts).toMatchObject({
    requestsSent: 1,
    consentRequestsSent: 1,
    responsesReceived: 2,
    totalRoundTripMillis: 80,
    currentRoundTripMillis: 50,
  })
})

test('of a request that was repeated, the transmission counts that fits what is known', () => {
  const near = new PairCounts()
  near.responded(20, { firstSentAt: 0, lastSentAt: 0 })
  near.responded(2520, { firstSentAt: 2000, lastSentAt: 2500 }) // the first was lost
  expect(near.currentRoundTripMillis).toBe(20)

  const far = new PairCounts()
  far.responded(600, { firstSentAt: 0, lastSentAt: 500 }) // a satellite: repeated before the answer can be there
  expect(far.currentRoundTripMillis).toBe(600)
  far.responded(5610, { firstSentAt: 5000, lastSentAt: 5500 })
  expect(far.currentRoundTripMillis).toBe(610)
})

test('datagrams are counted apart from checks, each way, with the time of the last', () => {
  const counts = new PairCounts()
  counts.sent(1, 100)
  counts.sent(2, 50)
  counts.received(3, 7)
  counts.replied()
  expect(counts).toMatchObject({
    packetsSent: 2,
    bytesSent: 150,
    lastSentAt: 2,
    packetsReceived: 1,
    bytesReceived: 7,
    lastReceivedAt: 3,
    requestsReceived: 1,
    responsesSent: 1,
    requestsSent: 0,
  })
})
