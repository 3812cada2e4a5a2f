import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mediaSections } from '../../src/jsep/index.js'
import { MediaPeer } from '../../src/jsep/media-peer.test-support.js'
import { startBrowser, type StartedBrowser } from '../support/browser.js'
import { isAbsent, peer } from './peers.js'

/** Descriptions alone go across here: whether browsers take what we write, and we what they answer. */
const THEIRS = `
  globalThis.sessions ??= new Map()
  globalThis.session = (name, policy) => {
    if (!sessions.has(name)) sessions.set(name, new RTCPeerConnection({ bundlePolicy: policy }))
    return sessions.get(name)
  }
  globalThis.answer = async (name, policy, sdp, type = 'answer') => {
    const pc = session(name, policy)
    await pc.setRemoteDescription({ type: 'offer', sdp })
    for (const one of pc.getTransceivers()) if (!one.stopped && one.direction === 'recvonly') one.direction = 'sendrecv'
    await pc.setLocalDescription(await pc.createAnswer())
    return pc.localDescription.sdp
  }
  globalThis.offer = async (name, policy, build) => {
    const pc = session(name, policy)
    eval(build)
    await pc.setLocalDescription(await pc.createOffer())
    return pc.localDescription.sdp
  }
  globalThis.accept = async (name, sdp) => {
    await sessions.get(name).setRemoteDescription({ type: 'answer', sdp })
    return sessions.get(name).getTransceivers().map(({ mid, currentDirection }) => [mid, currentDirection])
  }`

describe.each(['chromium', 'firefox'] as const)('%s', (name) => {
  describe.skipIf(isAbsent(peer(name)))('and our media sections', () => {
    let started: StartedBrowser | undefined
    let page: Page
    beforeAll(async () => {
      started = await startBrowser(name)
      page = await started.browser.newPage()
      await page.evaluate(THEIRS)
    }, 60_000)
    afterAll(async () => await started?.end())

    const call = async <T>(what: string, ...args: unknown[]): Promise<T> =>
      (await page.evaluate(`${what}(...${JSON.stringify(args)})`)) as T

    test.each(['balanced', 'max-compat', 'max-bundle'] as const)('it takes our offers: %s', async (bundlePolicy) => {
      const us = new MediaPeer('a', { bundlePolicy, wantsData: true })
      const first = us.add('audio')
      us.add('video')
      us.add('video', { sendStreams: ['h', 'l'].map((rid, index) => ({ rid, ssrc: index + 1 })) })
      const exchange = async (): Promise<void> => {
        us.remote('answer', await call('answer', `ours ${bundlePolicy}`, bundlePolicy, us.offer()))
      }
      await exchange()
      expect(us.plan.transports.map(({ mid }) => mid)).toEqual(['0'])
      expect(us.plan.sctp?.transportMid).toBe('0')
      for (const { mid } of us.transceivers) {
        const media = us.media(mid!)!
        expect(media.sendCodecs.map(({ mimeType }) => mimeType)).toContain(mid === '0' ? 'audio/opus' : 'video/VP8')
        expect(media.headerExtensions.map(({ uri }) => uri)).toContain('urn:ietf:params:rtp-hdrext:sdes:mid')
        if (name === 'chromium') expect(media.reducedSizeRtcp).toBe(true)
      }
      expect(
        mediaSections(us.state, 'remote')
          .map(({ direction }) => direction)
          .slice(0, 3),
      ).toEqual(Array(3).fill('sendrecv'))

      // Later ones: a section ends, another is new, and its place, before the one that speaks, stays empty.
      first.isStopping = true
      us.add('audio')
      us.generation++
      await exchange()
      expect(mediaSections(us.state, 'remote').map(({ isRejected }) => isRejected)).toEqual([
        true,
        false,
        false,
        false,
        false,
      ])
      us.add('video')
      await exchange()
      expect(us.plan.sections.map(({ mid, rejected }) => [mid, rejected])).toEqual(
        ['0', '1', '2', '3', '4', '5'].map((mid) => [mid, mid === '0']),
      )
      expect(us.plan.transports).toHaveLength(1)
    })

    test.each(['balanced', 'max-compat', 'max-bundle'] as const)('it takes our answers: %s', async (bundlePolicy) => {
      const us = new MediaPeer('b')
      us.add('audio')
      const id = `theirs ${bundlePolicy}`
      const build = `pc.addTransceiver('audio'); pc.addTransceiver('video', { direction: 'recvonly' }); pc.createDataChannel('x')`
      us.remote('offer', await call('offer', id, bundlePolicy, build))
      us.transceivers[1]!.direction = 'sendrecv'
      expect(await call('accept', id, us.answer())).toEqual([
        ['0', 'sendrecv'],
        ['1', 'recvonly'],
      ])
      us.remote(
        'offer',
        await call('offer', id, bundlePolicy, `pc.addTransceiver('video'); pc.getTransceivers()[0].stop()`),
      )
      us.transceivers[1]!.isStopping = true
      const directions = await call<[string, string][]>('accept', id, us.answer())
      expect(directions.filter(([, direction]) => direction !== 'stopped')).toEqual([
        ['1', 'inactive'],
        ['3', 'sendonly'],
      ])
      expect(us.plan.sections.map(({ mid, rejected }) => [mid, rejected])).toEqual([
        ['0', true],
        ['1', false],
        ['2', false],
        ['3', false],
      ])
    })
  })
})
