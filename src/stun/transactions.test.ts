import { expect, test } from 'vitest'
import { Transactions } from './transactions.js'

const SCHEDULE = { rtoMillis: 500, maxTransmissions: 3, lastWaitMillis: 1000 }

function idOf(number: number): Uint8Array {
  const id = new Uint8Array(12)
  new DataView(id.buffer).setUint32(0, number)
  return id
}

function started(count: number): Transactions<number, string> {
  const transactions = new Transactions<number, string>()
  for (let i = 0; i < count; i++)
    transactions.start(0, { transactionId: idOf(i), request: `request ${i}`, purpose: i }, SCHEDULE)
  return transactions
}

test('RFC 8489 §6.2.1: repeated after one RTO, then after two, and given up after the last wait', () => {
  const transactions = started(1)
  const sentAt: number[] = []
  while (transactions.next() < Infinity) {
    const now = transactions.next()
    if (transactions.takeRetransmission(now) === 'request 0') sentAt.push(now)
    else expect([now, transactions.takeTimedOut(now)?.purpose]).toEqual([2500, 0])
  }
  expect(sentAt).toEqual([500, 1500])
})

test('an answer is for the request with its id, and ends it', () => {
  const transactions = started(3)
  const found = transactions.find(idOf(1))!
  expect(found.purpose).toBe(1)
  expect(transactions.find(idOf(9))).toBeUndefined()
  transactions.end(found)
  expect(transactions.find(idOf(1))).toBeUndefined()
})

test('SECURITY 9: bounded, the oldest gives way', () => {
  const transactions = started(2000)
  const waiting = Array.from({ length: 2000 }, (_, i) => i).filter((i) => transactions.find(idOf(i)) !== undefined)
  expect(waiting).toHaveLength(1024)
  expect(waiting[0]).toBe(2000 - 1024)
})
