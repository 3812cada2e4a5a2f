/** Chromium knows a=sctp-init (draft-hancke-tsvwg-snap) from 151 on, and does not say it by default: with a Blink feature it does. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { MockInstance } from 'vitest'
import { SctpAssociation } from '../../src/sctp/index.js'
import { Bed, openChannel, opened } from './bed.js'
import { closingSuite } from './closing-suite.js'
import { messagesSuite } from './messages-suite.js'
import { negotiate } from './negotiate.js'
import type { Pair, Role } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import { browser, isAbsent } from './peers.js'
import { renegotiationSuite } from './renegotiation-suite.js'
import { WEAKNESSES } from './weaknesses.js'
import type { Description } from './w3c-subset.js'

const chromium = browser('chromium', { blinkFeatures: 'WebRtcSctpSnap' })
const roles: readonly Role[] = ['offerer', 'answerer']

const INIT = /^a=sctp-init:(\S+)\r\n/m
const RECIPES: MessageRecipe[] = [
  { kind: 'text', size: 20, seed: 1 },
  { kind: 'binary', size: 100_000, seed: 2 },
]

const initOf = ({ sdp }: Description): string | undefined => INIT.exec(sdp)?.[1]
const withoutInit = (description: Description): Description => ({
  ...description,
  sdp: description.sdp.replace(INIT, ''),
})

describe.skipIf(isAbsent(chromium)).each(roles)('chromium that says a=sctp-init, we are the %s', (ourRole) => {
  const bed = new Bed(chromium)
  bed.install()
  afterEach(async () => await bed.closeConnections())

  const watched: MockInstance[] = []
  afterEach(() => watched.splice(0).forEach((spy) => spy.mockRestore()))

  /** Whether associations began with exchanged INITs. */
  function watchConnects(): readonly (string | undefined)[] {
    const connects: (string | undefined)[] = []
    const { connect } = SctpAssociation.prototype
    const spy = vi.spyOn(SctpAssociation.prototype, 'connect').mockImplementation(function (
      this: SctpAssociation,
      now,
      exchanged,
    ) {
      connects.push(exchanged && 'exchanged')
      connect.call(this, now, exchanged)
    })
    watched.push(spy)
    return connects
  }

  async function expectMessages(pair: Pair): Promise<void> {
    for (const [from, to] of [
      [pair.ours, pair.theirs],
      [pair.theirs, pair.ours],
    ] as const) {
      const before = to.log.digests('chat').length
      await from.send('chat', RECIPES)
      const received = await to.log.messages('chat', before + RECIPES.length)
      expect(received.slice(before)).toEqual(RECIPES.map(digestOfRecipe))
    }
  }

  async function exchange(alter: (description: Description) => Description) {
    const said: Description[] = []
    const connects = watchConnects()
    const pair = await bed.pair(ourRole)
    await pair.offerer.createChannel('chat')
    await negotiate(pair, { trickle: true, alter: (description) => (said.push(description), alter(description)) })
    await opened(pair, 'chat')
    await expectMessages(pair)
    return { pair, said, connects }
  }

  test('both say it, and there is no handshake', async () => {
    const { said, connects } = await exchange((same) => same)
    expect(said.map(initOf)).toEqual([expect.any(String), expect.any(String)])
    expect(initOf(said[0]!)).not.toBe(initOf(said[1]!))
    expect(connects).toEqual(['exchanged'])
  })

  test.each(['offer', 'answer'])('where the %s lost it on the way, there is one', async (type) => {
    const { connects } = await exchange((description) =>
      description.type === type ? withoutInit(description) : description,
    )
    // An answerer cannot know that its answer lost it: it presumes that there is none.
    expect(connects).toEqual([type === 'answer' && ourRole === 'answerer' ? 'exchanged' : undefined])
  })

  test('it is the same in later descriptions of either side, and channels go on', async () => {
    const { pair, said } = await exchange((same) => same)
    const before = { [said[0]!.type]: initOf(said[0]!), [said[1]!.type]: initOf(said[1]!) }
    const again: Description[] = []
    const alter = (description: Description) => (again.push(description), description)
    await negotiate(pair, { trickle: true, alter, iceRestart: true })
    expect(again.map(initOf)).toEqual([before['offer'], before['answer']])
    again.length = 0
    await negotiate({ offerer: pair.answerer, answerer: pair.offerer }, { trickle: true, alter })
    expect(again.map(initOf)).toEqual([before['answer'], before['offer']])
    await openChannel(pair, pair.answerer, 'later')
  })

  // docs/decisions/019: Chromium has another association then, and tells the INIT of the former one.
  test.each(['ours', 'theirs'] as const)(
    '%s stop the audio that the bundle began with: the association after it has its handshake',
    async (by) => {
      const connects = watchConnects()
      const said: string[] = []
      const alter = (description: Description) => (said.push(`${initOf(description)}`), description)
      const pair = await bed.pair(ourRole)
      await pair.offerer.addTransceiver('audio')
      await pair.offerer.createChannel('chat')
      await negotiate(pair, { trickle: true, alter })
      await opened(pair, 'chat')
      const [offerer, answerer] = by === 'ours' ? [pair.ours, pair.theirs] : [pair.theirs, pair.ours]
      await offerer.stopTransceivers()
      await negotiate({ offerer, answerer }, { trickle: true, alter })
      await expectMessages(pair)
      expect(connects).toEqual(['exchanged', undefined])
      expect(said.slice(2)).toEqual(offerer === pair.offerer ? said.slice(0, 2) : said.slice(0, 2).toReversed())
      await negotiate(pair, { trickle: true, alter })
      // We say none for an association that had its handshake; Chromium offers the former one still.
      expect(said.slice(4)).toEqual([ourRole === 'offerer' ? 'undefined' : said[0], 'undefined'])
      await expectMessages(pair)
      expect(connects).toHaveLength(2)
      await openChannel(pair, pair.answerer, 'later')
    },
  )

  messagesSuite(bed, ourRole, WEAKNESSES.chromium)
  renegotiationSuite(bed, ourRole)
  closingSuite(bed, ourRole, WEAKNESSES.chromium)
})
