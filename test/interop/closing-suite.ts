/** How channels and connections end, against one peer, in one role. D4, P5 … are the rows of docs/closing.md. */
import { afterEach, describe, expect, test } from 'vitest'
import type { AgentEvent } from './agent-protocol.js'
import type { Bed } from './bed.js'
import { CLOSE_BOUND_MILLIS, openChannel } from './bed.js'
import type { Role } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import type { RemotePeer } from './remote-peer.js'
import type { Weaknesses } from './weaknesses.js'

const BURST: MessageRecipe[] = Array.from({ length: 100 }, (_, i) => ({
  kind: i % 2 === 0 ? 'text' : 'binary',
  size: 16_384,
  seed: i + 1,
}))

function millisBetween(cause: AgentEvent, effect: AgentEvent): number {
  return effect.at - cause.at
}

/** What a side saw on a channel after a point of its log. */
function eventsAfter(side: RemotePeer, label: string, type: string): string[] {
  const seen = side.log.events.filter((event) => event.label === label)
  const from = seen.findIndex((event) => event.type === type)
  return seen.slice(from + 1).map((event) => event.type)
}

function isDown({ type, detail }: AgentEvent): boolean {
  return type === 'connectionstatechange' && ['disconnected', 'failed', 'closed'].includes(String(detail?.['state']))
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
      expect(ours.log.channelEvents('chat').filter((type) => type === 'close')).toHaveLength(1)
    })

    test('what we sent before close() all arrives before their close (D4)', async () => {
      const { ours, theirs } = await bed.openPair(ourRole)
      await ours.send('chat', BURST, 'channel')
      await theirs.log.event('close', 'chat')
      expect(theirs.log.digests('chat')).toEqual(BURST.map(digestOfRecipe))
      expect(theirs.log.channelEvents('chat').at(-1)).toBe('close')
      await ours.log.event('close', 'chat')
    })

    test('what they sent before close() all arrives before our close (D4)', async () => {
      const { ours, theirs } = await bed.openPair(ourRole)
      await theirs.send('chat', BURST, 'channel')
      await ours.log.event('close', 'chat')
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
      const message: MessageRecipe = { kind: 'text', size: 100, seed: 1 }
      await pair.ours.send('stays', [message])
      expect(await pair.theirs.log.messages('stays', 1)).toEqual([digestOfRecipe(message)])
    })
  })

  describe('closing the connection', () => {
    afterEach(async () => await bed.closeConnections())

    test('we close: ours is closed on return, their channels see close within a second (P2, P4, P5)', async () => {
      const { ours, theirs } = await bed.openPair(ourRole, { channels: { one: {}, two: {} } })
      await ours.closeConnection()
      const called = ours.log.find('call close')!
      expect(ours.log.find('close returned')?.detail).toMatchObject({
        connectionState: 'closed',
        iceConnectionState: 'closed',
        signalingState: 'closed',
        channelStates: 'closed closed',
      })
      for (const label of ['one', 'two']) {
        const seen = await theirs.log.event('close', label)
        expect(millisBetween(called, seen)).toBeLessThan(CLOSE_BOUND_MILLIS)
        expect(theirs.log.channelEvents(label).at(-1)).toBe('close')
      }
      for (const label of ['one', 'two']) await ours.log.event('close', label)
      expect(ours.log.events.filter((event) => event.type === 'connectionstatechange').at(-1)?.detail).toEqual({
        state: 'connected',
      })
    })

    test('they close: our channels see error, then close; our connection goes down (P4, P5, D8)', async () => {
      const { ours, theirs } = await bed.openPair(ourRole, { channels: { one: {}, two: {} } })
      await theirs.closeConnection()
      await ours.log.until('connection state below connected', () => ours.log.events.find(isDown))
      if (weaknesses.leavesSilently !== undefined) {
        expect((await ours.channelView('one')).readyState).toBe('open')
        return
      }
      const called = theirs.log.find('call close')!
      for (const label of ['one', 'two']) {
        const seen = await ours.log.event('close', label)
        expect(millisBetween(called, seen)).toBeLessThan(CLOSE_BOUND_MILLIS)
        expect(seen.detail?.['readyState']).toBe('closed')
        expect(ours.log.channelEvents(label).filter((type) => type === 'close')).toHaveLength(1)
      }
    })
  })
}
