/** Browsers and tincan, each with its own relay of a real coturn on loopback and nothing else: either side, every transport. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CertificateAuthority } from '../support/certificate-authority.js'
import type { Creation } from './agent-protocol.js'
import { opened } from './bed.js'
import { Coturn, coturnMissing, freePort, OTHER_TURN_USER, TURN_USER } from './coturn.js'
import { createPair, negotiate } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import { browser, isAbsent, launchSubject, peer } from './peers.js'
import type { Host, RemotePeer } from './remote-peer.js'

const LOOPBACK = '127.0.0.1'
const LAUNCH_MILLIS = 60_000
/** A row of docs/closing.md: how long a server may hold what a closed connection had. */
const GONE_MILLIS = 1000
/** Candidates are on their way by then. */
const TOLD_MILLIS = 5000

const noCoturn = isAbsent({ name: 'coturn', missing: await coturnMissing() })

describe.each(['chromium', 'firefox'] as const)('relayed with %s', (name) => {
  const other = peer(name)

  describe.skipIf(isAbsent(other) || noCoturn)('through coturn', () => {
    const connections: RemotePeer[] = []
    let authority: CertificateAuthority | undefined
    let coturn: Coturn | undefined
    let tlsPort = 0
    let ours: Host | undefined
    let theirs: Host | undefined

    beforeAll(async () => {
      authority = await CertificateAuthority.create()
      const { certificate, certificatePath, keyPath } = await authority.issue('DNS:localhost')
      tlsPort = await freePort(LOOPBACK)
      const tls = { port: tlsPort, certificate: certificatePath, key: keyPath }
      const relay = { tcp: true, tls }
      coturn = await Coturn.start({ enter: ['env'], address: LOOPBACK, port: await freePort(LOOPBACK), relay })
      ours = await launchSubject()
      theirs = await browser(name, { trusted: [certificate] }).launch()
    }, LAUNCH_MILLIS)

    afterEach(async () => {
      for (const connection of connections.splice(0)) await connection.closeConnection()
    })

    afterAll(async () => {
      const steps = await Promise.allSettled([ours?.dispose(), theirs?.dispose(), coturn?.stop()])
      await authority?.delete()
      for (const step of steps) if (step.status === 'rejected') throw step.reason
    }, LAUNCH_MILLIS)

    test.each([
      ['udp', 'offerer'],
      ['udp', 'answerer'],
      ['tcp', 'offerer'],
      ['tcp', 'answerer'],
      ['tls', 'offerer'],
      ['tls', 'answerer'],
    ] as const)('over %s, we are the %s', async (transport, role) => {
      // Firefox asks no server of `turns:` that has an address in place of a name.
      const urls = transport === 'tls' ? `turns:localhost:${tlsPort}` : `${coturn!.url}?transport=${transport}`
      const creation = (user: typeof TURN_USER): Creation => ({
        configuration: {
          iceServers: [{ urls, ...user }],
          iceTransportPolicy: 'relay',
          tincan: { includeLoopback: true, certificateAuthorities: [authority!.certificate] },
        },
      })
      const creations = { ours: creation(TURN_USER), theirs: creation(OTHER_TURN_USER) }
      const pair = await createPair(ours!, theirs!, role, creations)
      connections.push(pair.ours, pair.theirs)
      await pair.offerer.createChannel('chat')
      await negotiate(pair, { trickle: true })
      await opened(pair, 'chat')
      const relayed = { type: 'relay', address: LOOPBACK }
      // The channel may be open before the candidate of a check that worked is told: it is peer-reflexive until then.
      const selectedPair = async () => await pair.ours.selectedPair()
      await expect.poll(selectedPair, { timeout: TOLD_MILLIS }).toMatchObject({
        local: { ...relayed, relayProtocol: transport },
        remote: relayed,
      })
      for (const side of [pair.ours, pair.theirs]) {
        const told = toldCandidates(side)
        expect(told.filter((candidate) => !/ typ relay /.test(`${candidate} `))).toEqual([])
        expect(told.length).toBeGreaterThan(0)
      }
      const message: MessageRecipe = { kind: 'binary', size: 200_000, seed: 9 }
      for (const [from, to] of [
        [pair.ours, pair.theirs],
        [pair.theirs, pair.ours],
      ] as const) {
        await from.send('chat', [message, message, message])
        expect(await to.log.messages('chat', 3)).toEqual([message, message, message].map(digestOfRecipe))
      }
      const ourAllocations = (): number => coturn!.allocationsOf(TURN_USER.username)
      expect(ourAllocations()).toBeGreaterThan(0)
      await pair.ours.closeConnection()
      await expect.poll(ourAllocations, { timeout: GONE_MILLIS }).toBe(0)
    })
  })
})

/** As text, without what only says that there are no more. */
function toldCandidates({ log }: RemotePeer): readonly string[] {
  const told = log.events.filter(({ type }) => type === 'icecandidate').map(({ detail }) => detail?.['candidate'])
  return told.flatMap((candidate) => (candidate as { candidate: string } | null)?.candidate || [])
}
