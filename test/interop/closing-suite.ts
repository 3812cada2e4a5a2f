/** How channels end, against one peer, in one role. D4, D5 … are the rows of docs/closing.md. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Bed } from './bed.js'
import { CLOSE_BOUND_MILLIS, eventsAfter, millisBetween, openChannel } from './bed.js'
import type { Pair, Role } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import type { Weaknesses } from './weaknesses.js'

const BURST: MessageRecipe[] = Array.from({ length: 100 }, (_, i) => ({
  kind: i % 2 === 0 ? 'text' : 'binary',
  size: 16_384,
  seed: i + 1,
}))

/** More than any window lets out at once. */
const MEGABYTES: MessageRecipe[] = Array.from({ length: 256 }, (_, i) => ({
  kind: 'binary',
  size: 16_384,
  seed: i + 1,
}))

/** What is pending goes before the close: werift took 3 to 16 s for these megabytes at load averages above 20. */
const EMPTIED_MILLIS = 30_000

/** Another channel of the connection carries on. */
async function expectAlive({ ours, theirs }: Pair, label: string): Promise<void> {
  const message: MessageRecipe = { kind: 'text', size: 100, seed: 1 }
  for (const [from, to] of [
    [ours, theirs],
    [theirs, ours],
  ] as const) {
    await from.send(label, [message])
    expect(await to.log.messages(label, 1)).toEqual([digestOfRecipe(message)])
  }
}

export function closingSuite(bed: Bed, ourRole: Role, weaknesses: Weaknesses): void {
  const theirClosing = weaknesses.noClosingEvent === undefined ? ['closing', 'close'] : ['close']

  describe('closing a channel', () => {
    afterEach(async () => await bed.closeConnections())

    test('we close: ours goes to closing at once, then both see close (D1, D2, D6, D9)', async () => {
      const { ours, theirs } = await bed.openPair(ourRole)
      await ours.closeChannel('chat')
      const seen = await theirs.log.event('close', 'chat')
      await ours.log.event('close', 'chat')
      const called = ours.log.find('call close', 'chat')!
      expect(ours.log.find('close returned', 'chat')?.detail?.['readyState']).toBe('closing')
      expect(eventsAfter(ours, 'chat', 'call close')).toEqual(['close returned', 'close'])
      expect(theirs.log.channelEvents('chat').slice(-theirClosing.length)).toEqual(theirClosing)
      expect(millisBetween(called, seen)).toBeLessThan(CLOSE_BOUND_MILLIS)
    })

    test('they close: we see closing, then close, once each (D6, D9)', async () => {
      const { ours, theirs } = await bed.openPair(ourRole)
      await theirs.closeChannel('chat')
      const seen = await ours.log.event('close', 'chat')
      await theirs.log.event('close', 'chat')
      expect(eventsAfter(ours, 'chat', 'open')).toEqual(['closing', 'close'])
      expect(ours.log.find('closing', 'chat')?.detail?.['readyState']).toBe('closing')
      expect(seen.detail?.['readyState']).toBe('closed')
      expect(millisBetween(theirs.log.find('call close', 'chat')!, seen)).toBeLessThan(CLOSE_BOUND_MILLIS)
    })

    test('both close in the same moment: each sees close once', async () => {
      const { ours, theirs } = await bed.openPair(ourRole)
      await Promise.all([ours.closeChannel('chat'), theirs.closeChannel('chat')])
      await ours.log.event('close', 'chat')
      await theirs.log.event('close', 'chat')
      // Whichever reset was first on the wire: ours called close() before theirs could arrive.
      expect(eventsAfter(ours, 'chat', 'call close')).toEqual(['close returned', 'close'])
      const theirTypes = theirs.log.channelEvents('chat')
      expect(theirTypes.filter((type) => type === 'close')).toHaveLength(1)
      expect(theirTypes.at(-1)).toBe('close')
      for (const side of [ours, theirs]) expect(side.log.find('error', 'chat')).toBeUndefined()
    })

    test('they close while we have megabytes pending: all is sent before our close (D6)', async () => {
      const pair = await bed.openPair(ourRole, { channels: { chat: {}, stays: {} } })
      const { ours, theirs } = pair
      await theirs.closeOnMessage('chat')
      await ours.send('chat', MEGABYTES)
      const seen = await ours.log.event('close', 'chat', EMPTIED_MILLIS)
      await theirs.log.event('close', 'chat', EMPTIED_MILLIS)
      expect(eventsAfter(ours, 'chat', 'open')).toEqual(['call send', 'closing', 'close'])
      expect(ours.log.find('closing', 'chat')?.detail?.['bufferedAmount']).toBeGreaterThan(0)
      expect(seen.detail).toMatchObject({ bufferedAmount: 0, readyState: 'closed' })
      await expectAlive(pair, 'stays')
    })

    test('we close while they have megabytes pending: we are shown nothing after the call, and both end (D6)', async () => {
      const pair = await bed.openPair(ourRole, { channels: { chat: {}, stays: {} } })
      const { ours, theirs } = pair
      await ours.closeOnMessage('chat')
      // The native peers learn of our reset while they are still handing over messages: the next one is refused.
      await theirs.send('chat', MEGABYTES).catch((error: unknown) => {
        expect(String(error)).toMatch(/InvalidStateError|DataChannel is closed/)
      })
      await ours.log.event('close', 'chat', EMPTIED_MILLIS)
      await theirs.log.event('close', 'chat', EMPTIED_MILLIS)
      expect(eventsAfter(ours, 'chat', 'open')).toEqual(['message', 'call close', 'close returned', 'close'])
      const theirEnd = eventsAfter(theirs, 'chat', 'open').filter((type) => type !== 'call send')
      const isFailure = (type: string) => type === 'error' && weaknesses.mayFailPendingOnClose !== undefined
      expect(theirEnd.filter((type) => !isFailure(type))).toEqual(theirClosing)
      await expectAlive(pair, 'stays')
    })

    test('what we sent before close() all arrives before their close (D4)', async () => {
      const { ours, theirs } = await bed.openPair(ourRole)
      await ours.send('chat', BURST, 'channel')
      await theirs.log.event('close', 'chat', EMPTIED_MILLIS)
      const expected = BURST.map(digestOfRecipe)
      const received = theirs.log.digests('chat')
      if (weaknesses.mayLoseLastBeforeReset === undefined) expect(received).toEqual(expected)
      else expect(received).toEqual(expected.slice(0, Math.max(1, received.length)))
      expect(theirs.log.channelEvents('chat').at(-1)).toBe('close')
      // Its SCTP says that it performed the reset, and so that it has all up to our last TSN (RFC 6525 §5.2.2).
      expect((await ours.log.event('close', 'chat')).detail?.['bufferedAmount']).toBe(0)
    })

    test('what they sent before close() all arrives before our close (D4)', async () => {
      const { ours, theirs } = await bed.openPair(ourRole)
      await theirs.send('chat', BURST, 'channel')
      await ours.log.event('close', 'chat', EMPTIED_MILLIS)
      const expected = BURST.map(digestOfRecipe)
      const received = ours.log.digests('chat')
      if (weaknesses.losesQueuedOnClose === undefined) expect(received).toEqual(expected)
      else expect(received).toEqual(expected.slice(0, received.length))
      expect(ours.log.channelEvents('chat').slice(-2)).toEqual(['closing', 'close'])
    })

    test('a connection lives through many channels that come and go, closed by either side (D5)', async () => {
      const pair = await bed.openPair(ourRole, { channels: { stays: {} } })
      for (let i = 0; i < 10; i++) {
        const label = `comes and goes ${i}`
        const [opener, closer] = [i % 2 === 0 ? pair.ours : pair.theirs, i % 4 < 2 ? pair.ours : pair.theirs]
        await openChannel(pair, opener, label)
        await closer.closeChannel(label)
        await pair.ours.log.event('close', label)
        await pair.theirs.log.event('close', label)
      }
      await expectAlive(pair, 'stays')
    })
  })
}
