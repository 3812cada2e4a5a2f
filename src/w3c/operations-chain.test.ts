import { expect, test } from 'vitest'
import { OperationsChain } from './operations-chain.js'

function chainWithLog() {
  const owner = { isClosed: false }
  const log: string[] = []
  const chain = new OperationsChain(owner, () => log.push('update negotiation needed'))
  return { owner, log, chain }
}

/** A promise that the test settles. */
function deferred() {
  let resolve!: () => void
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

test('one operation at a time, in order, and the first one at once', async () => {
  const { chain, log } = chainWithLog()
  const gate = deferred()
  const first = chain.chain(async () => {
    log.push('first begins')
    await gate.promise
    log.push('first ends')
  })
  const second = chain.chain(async () => log.push('second'))
  expect(log).toEqual(['first begins'])
  gate.resolve()
  await Promise.all([first, second])
  expect(log).toEqual(['first begins', 'first ends', 'second'])
})

test('a failed operation rejects its own promise alone', async () => {
  const { chain } = chainWithLog()
  const reason = new Error('refused')
  const failed = chain.chain(() => {
    throw reason
  })
  const next = chain.chain(async () => 'next')
  await expect(failed).rejects.toBe(reason)
  await expect(next).resolves.toBe('next')
})

test('the chain is empty by the time that whoever awaits the last operation goes on', async () => {
  const { chain } = chainWithLog()
  const operation = chain.chain(async () => undefined)
  expect(chain.isEmpty).toBe(false)
  await operation
  expect(chain.isEmpty).toBe(true)
})

test('negotiation-needed waits for the end of the chain', async () => {
  const { chain, log } = chainWithLog()
  const first = chain.chain(async () => {
    chain.updateNegotiationNeededWhenEmpty = true
  })
  const second = chain.chain(async () => log.push('second'))
  await Promise.all([first, second])
  expect(log).toEqual(['second', 'update negotiation needed'])
})

test('P1: after the end new operations are refused and pending ones never settle', async () => {
  const { chain, owner } = chainWithLog()
  const gate = deferred()
  let settled = false
  const pending = chain.chain(() => gate.promise)
  void pending.finally(() => {
    settled = true
  })
  owner.isClosed = true
  gate.resolve()
  await expect(chain.chain(async () => undefined)).rejects.toMatchObject({ name: 'InvalidStateError' })
  await new Promise((resolve) => setImmediate(resolve))
  expect(settled).toBe(false)
})
