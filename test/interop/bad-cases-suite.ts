/** What must fail, and fail so that the application is told and nothing else breaks. */
import { afterEach, describe, expect, test } from 'vitest'
import type { AgentEvent } from './agent-protocol.js'
import type { Bed } from './bed.js'
import { negotiate } from './negotiate.js'
import type { Pair, Role } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import type { Description } from './w3c-subset.js'
import type { Weaknesses } from './weaknesses.js'

/** Another certificate's fingerprint: every digit of the last byte differs. */
function withWrongFingerprint({ type, sdp }: Description): Description {
  const altered = sdp.replace(
    /^(a=fingerprint:.*)([0-9A-F]{2})(\s*)$/gim,
    (_, start: string, last: string, end: string) => {
      const other = (0xff - Number.parseInt(last, 16)).toString(16).toUpperCase().padStart(2, '0')
      return start + other + end
    },
  )
  return { type, sdp: altered }
}

/** The road that alters what one side says of itself. */
function alterOf(speaker: 'offer' | 'answer' | Role): (given: Description) => Description {
  const altered = speaker.startsWith('offer') ? 'offer' : 'answer'
  return (given) => (given.type === altered ? withWrongFingerprint(given) : given)
}

function expectNothingOpened({ ours, theirs }: Pair): void {
  for (const side of [ours, theirs]) {
    expect(side.log.find('open', 'chat')).toBeUndefined()
    expect(side.log.find('datachannel', 'chat')).toBeUndefined()
  }
}

/** libdatachannel goes to closed where it failed, or passes through failed on the way. */
function isOver({ type, detail }: AgentEvent): boolean {
  return type === 'connectionstatechange' && ['failed', 'closed'].includes(String(detail?.['state']))
}

export function badCasesSuite(bed: Bed, ourRole: Role, weaknesses: Weaknesses): void {
  describe('bad cases', () => {
    afterEach(async () => await bed.closeConnections())

    test('a wrong fingerprint in their description: our transport fails with the reason, and no channel opens', async () => {
      const pair = await bed.pair(ourRole)
      await pair.offerer.createChannel('chat')
      await negotiate(pair, { trickle: true, alter: alterOf(ourRole === 'offerer' ? 'answer' : 'offer') })
      await pair.ours.log.state('connectionstatechange', 'failed')
      const { ours } = pair
      expect(ours.log.find('dtls error')?.detail).toMatchObject({
        interface: 'RTCErrorEvent',
        name: 'OperationError',
        errorDetail: 'fingerprint-failure',
        cause: { name: 'NetworkError', message: expect.stringContaining('fingerprint') },
      })
      expect((await ours.connectionView()).dtlsState).toBe('failed')
      if (ourRole === 'offerer') {
        await ours.log.event('close', 'chat')
        expect(ours.log.channelEvents('chat')).toEqual(['error', 'close'])
      }
      expectNothingOpened(pair)
    })

    test('a wrong fingerprint in our description: they refuse us, and no channel opens', async () => {
      const pair = await bed.pair(ourRole)
      await pair.offerer.createChannel('chat')
      await negotiate(pair, { trickle: true, alter: alterOf(ourRole) })
      if (weaknesses.triesOnAfterRefusal === undefined)
        await pair.theirs.log.until('end of their connection', () => pair.theirs.log.events.find(isOver))
      expectNothingOpened(pair)
    })

    test('a message larger than they take is a TypeError, and the channel lives on', async () => {
      const sizes: Record<string, number> = {}
      const alter = (given: Description): Description => {
        sizes[given.type] = Number(/^a=max-message-size:(\d+)/m.exec(given.sdp)?.[1] ?? 65_536)
        return given
      }
      const { ours, theirs } = await bed.openPair(ourRole, { alter })
      const limit = sizes[ourRole === 'offerer' ? 'answer' : 'offer']!
      // Firefox takes 1 GiB and zero is no limit: then there is nothing too large that a test could make.
      if (limit > 0 && limit < 16_777_216)
        await expect(ours.send('chat', [{ kind: 'binary', size: limit + 1, seed: 1 }])).rejects.toThrow('TypeError')
      const message: MessageRecipe = { kind: 'text', size: 10, seed: 1 }
      await ours.send('chat', [message])
      expect(await theirs.log.messages('chat', 1)).toEqual([digestOfRecipe(message)])
    })
  })
}
