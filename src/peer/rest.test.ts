import { expect, test } from 'vitest'
import { Rest } from './rest.js'

function restingUntil(deadline: number): Rest {
  const rest = new Rest()
  rest.sentAll()
  rest.toldAll()
  rest.begin(deadline)
  return rest
}

test('at rest until the deadline, once all is sent and then all is told', () => {
  expect(restingUntil(5000).until).toBe(5000)
  expect(restingUntil(Infinity).until).toBe(Infinity)
})

test('no rest while something may be left to send, or to tell of what was sent', () => {
  const rest = new Rest()
  rest.begin(5000)
  expect(rest.until).toBe(-1)
  rest.toldAll()
  rest.begin(5000)
  expect(rest.until).toBe(-1)
  rest.sentAll()
  rest.begin(5000)
  expect(rest.until).toBe(-1)
})

test('whatever is asked ends it, and it has to be earned anew', () => {
  const rest = restingUntil(5000)
  rest.end()
  expect(rest.until).toBe(-1)
  rest.begin(5000)
  expect(rest.until).toBe(-1)
  rest.toldAll()
  rest.begin(5000)
  expect(rest.until).toBe(-1)
})
