/** What must fail, and fail so that the application is told and nothing else breaks. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Bed } from './bed.js'
import { negotiate } from './negotiate.js'
import type { Role } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import type { Description } from './w3c-subset.js'

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

export function badCasesSuite(bed: Bed, ourRole: Role): void {
  describe('bad cases', () => {
    afterEach(async () => await bed.closeConnections())

    test('a wrong fingerprint in their description: our connection fails and no channel opens', async () => {
      const pair = await bed.pair(ourRole)
      const theirType = ourRole === 'offerer' ? 'answer' : 'offer'
      await pair.offerer.createChannel('chat')
      const alter = (given: Description): Description =>
        given.type === theirType ? withWrongFingerprint(given) : given
      await negotiate(pair, { trickle: true, alter })
      await pair.ours.log.state('connectionstatechange', 'failed')
      expect(pair.ours.log.find('open', 'chat')).toBeUndefined()
      expect(pair.ours.log.find('datachannel', 'chat')).toBeUndefined()
      expect(pair.theirs.log.find('open', 'chat')).toBeUndefined()
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
