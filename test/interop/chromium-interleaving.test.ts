/** Chromium knows I-DATA (RFC 8260), and does not offer it by default: with a field trial it does. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { InterleavedReassembly } from '../../src/sctp/rx/interleaved-reassembly.js'
import { Bed } from './bed.js'
import { closingSuite } from './closing-suite.js'
import { lossSuite } from './loss-suite.js'
import { messagesSuite } from './messages-suite.js'
import type { Role } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import { browser, isAbsent } from './peers.js'
import { WEAKNESSES } from './weaknesses.js'

const chromium = browser('chromium', { fieldTrials: 'WebRTC-DataChannelMessageInterleaving/Enabled/' })
const roles: readonly Role[] = ['offerer', 'answerer']

describe.skipIf(isAbsent(chromium)).each(roles)('chromium with I-DATA, we are the %s', (ourRole) => {
  const bed = new Bed(chromium)
  bed.install()

  describe('interleaving', () => {
    afterEach(async () => await bed.closeConnections())

    test('messages of two channels mix in I-DATA, both ways', async () => {
      const seen = vi.spyOn(InterleavedReassembly.prototype, 'add')
      const pair = await bed.openPair(ourRole, { channels: { bulk: {}, chat: {} } })
      for (const [from, to] of [
        [pair.ours, pair.theirs],
        [pair.theirs, pair.ours],
      ] as const) {
        const bulk: MessageRecipe[] = [1, 2, 3, 4].map((seed) => ({ kind: 'binary', size: 262_144, seed }))
        const chat: MessageRecipe[] = [5, 6, 7, 8].map((seed) => ({ kind: 'text', size: 20, seed }))
        await Promise.all([from.send('bulk', bulk), from.send('chat', chat)])
        expect(await to.log.messages('bulk', 4)).toEqual(bulk.map(digestOfRecipe))
        expect(await to.log.messages('chat', 4)).toEqual(chat.map(digestOfRecipe))
      }
      expect(seen).toHaveBeenCalled()
      seen.mockRestore()
    })
  })

  messagesSuite(bed, ourRole, WEAKNESSES.chromium)
  closingSuite(bed, ourRole, WEAKNESSES.chromium)
  lossSuite(bed, ourRole, WEAKNESSES.chromium)
})
