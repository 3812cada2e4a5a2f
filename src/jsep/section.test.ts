import { expect, test } from 'vitest'
import type { MediaDescription, SessionDescription } from '../sdp/index.js'
import { parseSdp } from '../sdp/index.js'
import { CHROMIUM_DATA_OFFER } from '../sdp/offers.test-support.js'
import { initialState } from './negotiation.js'
import { planOf } from './plan.js'
import { offerProblem } from './validate.js'

const SECTION = CHROMIUM_DATA_OFFER.slice(CHROMIUM_DATA_OFFER.indexOf('m='))
const SILENT = 'm=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=bundle-only\r\na=mid:0\r\n'

/** How often sections and group members are looked at while an offer of so many is judged and planned. */
function looksAt(count: number, section: string): number {
  const mids = Array.from({ length: count }, (_, index) => `${index}`)
  const media = mids.map((mid) =>
    mid === '0' ? SECTION.replace('a=mid', 'a=rtcp-mux\r\na=mid') : section.replace('mid:0', `mid:${mid}`),
  )
  const head = CHROMIUM_DATA_OFFER.slice(0, CHROMIUM_DATA_OFFER.indexOf('m='))
  const parsed = parseSdp(head.replace('BUNDLE 0', `BUNDLE ${mids.join(' ')}`) + media.join(''))
  if (!parsed.ok) throw new Error(parsed.error.message)

  let looks = 0
  const counted = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, key): unknown {
        looks++
        return Reflect.get(object, key)
      },
    })
  const groups = parsed.value.attributes.groups!.map((group) => ({ ...group, mids: counted([...group.mids]) }))
  const session: SessionDescription = {
    ...parsed.value,
    attributes: { ...parsed.value.attributes, groups },
    media: parsed.value.media.map((each): MediaDescription => ({ ...each, attributes: counted(each.attributes) })),
  }
  const state = initialState('1')
  expect(offerProblem(session, state)).toBeUndefined()
  const pendingRemote = { type: 'offer', session, sdp: '' } as const
  expect(planOf({ ...state, signalingState: 'have-remote-offer', pendingRemote }).transports).toHaveLength(1)
  return looks
}

test.each([
  ['that speak for themselves', SECTION],
  ['that leave it to the first', SILENT],
])('the work for a bundle of sections %s grows as their number does, not as its square', (_name, section) => {
  const [some, twice] = [looksAt(100, section), looksAt(200, section)]
  expect(some).toBeGreaterThan(100)
  expect(twice / some).toBeLessThan(2.1)
})
