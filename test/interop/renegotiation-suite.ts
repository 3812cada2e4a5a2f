/** What browsers do to a connection that carries messages: ICE restarts, media that we reject, offers that cross. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bed } from './bed.js'
import { negotiate } from './negotiate.js'
import type { Creations, Pair, Role } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import type { Description } from './w3c-subset.js'
import type { Weaknesses } from './weaknesses.js'

/** As long as other waits. */
const POLL = { timeout: 10_000 }

/** Sent before, during and after: all of them arrive, in order. */
class Traffic {
  readonly #pair: Pair
  readonly #sent: MessageRecipe[] = []

  constructor(pair: Pair) {
    this.#pair = pair
  }

  async send(): Promise<void> {
    const more: MessageRecipe[] = Array.from({ length: 20 }, (_, i) => ({
      kind: i % 2 === 0 ? 'text' : 'binary',
      size: 4_000,
      seed: this.#sent.length + i + 1,
    }))
    this.#sent.push(...more)
    await Promise.all([this.#pair.ours.send('chat', more), this.#pair.theirs.send('chat', more)])
  }

  async expectAll(): Promise<void> {
    const expected = this.#sent.map(digestOfRecipe)
    for (const side of [this.#pair.ours, this.#pair.theirs])
      expect(await side.log.messages('chat', expected.length)).toEqual(expected)
  }
}

function sectionsOf({ sdp }: Description): string[] {
  return sdp.split(/^(?=m=)/m).slice(1)
}

/** Of each section: its kind, and whether it is rejected: port zero is also how a bundle-only section is offered (RFC 9143 §6). */
function shape(description: Description): string[] {
  return sectionsOf(description).map((section) => {
    const [, kind, port] = /^m=(\w+) (\d+)/.exec(section)!
    return port === '0' && !/^a=bundle-only/m.test(section) ? `${kind!} rejected` : kind!
  })
}

function usernameFragment({ sdp }: Description): string | undefined {
  return /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1]
}

export function renegotiationSuite(bed: Bed, ourRole: Role, weaknesses: Weaknesses = {}): void {
  describe('renegotiation', () => {
    let descriptions: Description[] = []
    const alter = (description: Description): Description => {
      descriptions.push(description)
      return description
    }
    beforeEach(() => (descriptions = []))
    afterEach(async () => await bed.closeConnections())

    /** All candidates inside the descriptions, so that a later round carries its own only. */
    const connected = async (): Promise<{ pair: Pair; traffic: Traffic }> => {
      const pair = await bed.openPair(ourRole, { trickle: false, alter })
      return { pair, traffic: new Traffic(pair) }
    }

    // By both in both roles: Firefox, where it is the DTLS server, answers our restart setup:active and stays the server.
    test.each(['ours', 'theirs'] as const)('ICE restart by %s while the channel carries messages', async (by) => {
      const { pair, traffic } = await connected()
      await traffic.send()
      const [offerer, answerer] = by === 'ours' ? [pair.ours, pair.theirs] : [pair.theirs, pair.ours]
      await Promise.all([negotiate({ offerer, answerer }, { trickle: true, iceRestart: true, alter }), traffic.send()])
      const ends = offerer === pair.offerer ? [0, 1] : [1, 0]
      expect(usernameFragment(descriptions[2]!)).not.toBe(usernameFragment(descriptions[ends[0]!]!))
      expect(usernameFragment(descriptions[3]!)).not.toBe(usernameFragment(descriptions[ends[1]!]!))
      const ourNew = usernameFragment(descriptions[by === 'ours' ? 2 : 3]!)!
      await expect.poll(async () => await pair.ours.usernameFragment(), POLL).toBe(ourNew)
      await traffic.send()
      await traffic.expectAll()
      expect((await pair.ours.connectionView()).connectionState).toBe('connected')
    })

    test('they add audio and video later: we take both, and the channel lives on', async () => {
      const { pair, traffic } = await connected()
      await traffic.send()
      for (const kind of ['audio', 'video'] as const) await pair.theirs.addTransceiver(kind)
      await negotiate({ offerer: pair.theirs, answerer: pair.ours }, { trickle: true, alter })
      expect(descriptions.slice(2).map(shape)).toEqual([
        ['application', 'audio', 'video'],
        ['application', 'audio', 'video'],
      ])
      await traffic.send()
      await traffic.expectAll()
    })

    // A browser then has other transports under the channel; we, and whoever heeds RFC 9143 §7.5, have those of before.
    test.each(['ours', 'theirs'] as const)(
      '%s stop the audio that the bundle began with: the channel lives on',
      async (by) => {
        const pair = await bed.pair(ourRole)
        await pair.offerer.addTransceiver('audio')
        await pair.offerer.createChannel('chat')
        await negotiate(pair, { trickle: true, alter })
        for (const side of [pair.ours, pair.theirs]) await side.log.event('open', 'chat')
        const traffic = new Traffic(pair)
        await traffic.send()
        await traffic.expectAll()
        const [offerer, answerer] = by === 'ours' ? [pair.ours, pair.theirs] : [pair.theirs, pair.ours]
        await offerer.stopTransceivers()
        const exchange = negotiate({ offerer, answerer }, { trickle: true, alter })
        if (weaknesses.takesItsStopForIceRestart !== undefined && ourRole === 'offerer' && by === 'theirs')
          return await expect(exchange).rejects.toThrow(/indicates ICE restart/)
        await exchange
        expect(descriptions.slice(2).map(shape)).toEqual(Array(2).fill(['audio rejected', 'application']))
        await traffic.send()
        await traffic.expectAll()
        for (const side of [pair.ours, pair.theirs]) {
          expect(side.log.find('close', 'chat')).toBeUndefined()
          await expect.poll(async () => (await side.connectionView()).connectionState, POLL).toBe('connected')
        }
        // What is negotiated later, by either side, is so on the association that there is now, whose roles may be turned.
        await negotiate(pair, { trickle: true })
        await traffic.send()
        await traffic.expectAll()
        await negotiate({ offerer: pair.answerer, answerer: pair.offerer }, { trickle: true, iceRestart: true })
        await traffic.send()
        await traffic.expectAll()
      },
    )

    test('offers cross: the polite side gives way, and both rounds are done (rollback)', async () => {
      for (const polite of ['ours', 'theirs'] as const) {
        const { pair, traffic } = await connected()
        await traffic.send()
        const impolite = polite === 'ours' ? pair.theirs : pair.ours
        // Both have an offer out; the impolite side ignores the other's, the polite one takes its own back.
        const [offer] = await Promise.all([impolite.offer(false), pair[polite].offer(false)])
        const answer = await pair[polite].answer(offer, false)
        await impolite.applyAnswer(answer)
        await negotiate({ offerer: pair[polite], answerer: impolite }, { trickle: true })
        // Told to by hand.
        await pair[polite].offer(false)
        await pair[polite].rollback()
        await traffic.send()
        await traffic.expectAll()
        for (const side of [pair.ours, pair.theirs]) expect((await side.connectionView()).signalingState).toBe('stable')
      }
    })

    const whose = ourRole === 'offerer' ? 'our' : 'their'
    const offeringWith = (configuration: Record<string, unknown>): Creations => ({
      [ourRole === 'offerer' ? 'ours' : 'theirs']: { configuration },
    })

    test.each(['balanced', 'max-compat', 'max-bundle'])(
      `${whose} first offer has audio, video and a channel (%s): all of it is taken`,
      async (bundlePolicy) => {
        const pair = await bed.pair(ourRole, offeringWith({ bundlePolicy }))
        for (const kind of ['audio', 'video'] as const) await pair.offerer.addTransceiver(kind)
        await pair.offerer.createChannel('chat')
        await negotiate(pair, { trickle: true, alter })
        expect([...shape(descriptions[0]!)].sort()).toEqual(['application', 'audio', 'video'])
        expect(shape(descriptions[1]!)).toEqual(shape(descriptions[0]!))
        for (const side of [pair.ours, pair.theirs]) await side.log.event('open', 'chat')
        const traffic = new Traffic(pair)
        await traffic.send()
        await traffic.expectAll()
      },
    )

    test.each(['balanced', 'max-compat', 'max-bundle'])(
      `${whose} first offer has media only (%s): it is taken, and a channel comes later`,
      async (bundlePolicy) => {
        const pair = await bed.pair(ourRole, offeringWith({ bundlePolicy }))
        for (const kind of ['audio', 'video'] as const) await pair.offerer.addTransceiver(kind)
        await negotiate(pair, { trickle: true, alter })
        expect(shape(descriptions[1]!)).toEqual(['audio', 'video'])
        await pair.offerer.createChannel('chat')
        const second = negotiate(pair, { trickle: true, alter })
        if (weaknesses.takesBundlingForIceRestart !== undefined && whose === 'our' && bundlePolicy !== 'max-bundle')
          return await expect(second).rejects.toThrow(/Partial ICE restart is unsupported/)
        await second
        for (const side of [pair.ours, pair.theirs]) await side.log.event('open', 'chat')
        const traffic = new Traffic(pair)
        await traffic.send()
        await traffic.expectAll()
      },
    )

    test.each([
      ['RSA', 'ECDSA'],
      ['ECDSA', 'RSA'],
      ['RSA', 'RSA'],
    ] as const)('our certificate is %s, theirs %s', async (ours, theirs) => {
      const pair = await bed.openPair(ourRole, {
        made: { ours: { certificate: ours }, theirs: { certificate: theirs } },
      })
      const traffic = new Traffic(pair)
      await traffic.send()
      await traffic.expectAll()
    })
  })
}
