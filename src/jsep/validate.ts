/** What a remote description must say to make sense (RFC 9429 §5.8), beyond its syntax. */
import type { MediaDescription, SessionDescription } from '../sdp/index.js'
import { exchangeOf } from './exchange.js'
import type { Exchange } from './exchange.js'
import { sectionPlans } from './plan.js'
import {
  bundleGroupOf,
  bundleGroups,
  isAcceptedInAnswer,
  isDataSection,
  isOfferedAtAll,
  isRtpSection,
} from './section.js'
import { midOf, transportAttributes } from './section.js'
import { transportNames } from './transport-names.js'
import type { JsepState } from './types.js'
import { codecProblem, mediaProblem, numberProblem, renumberedProblem } from './validate-media.js'

/** Hashes that we can compute over a certificate; md2 and md5 are not to be used (RFC 8122 §5), nor is SHA-1 alone. */
const USABLE_HASHES: readonly string[] = ['sha-224', 'sha-256', 'sha-384', 'sha-512']

/** A problem in words, or nothing. */
type Verdict = string | undefined

export function offerProblem(session: SessionDescription, state: JsepState): Verdict {
  return (
    midProblem(session) ??
    groupProblem(session) ??
    orderProblem(session, state) ??
    firstProblem(session.media, (section) => {
      if (!isOfferedAtAll(session, section) || !isKnownKind(section)) return undefined
      return (
        sectionProblem(session, section, 'offer') ?? mediaProblem(section) ?? renumberedProblem(session, section, state)
      )
    }) ??
    numberProblem({ session, type: 'offer' })
  )
}

export function answerProblem(answer: SessionDescription, state: JsepState, exchange: Exchange): Verdict {
  const offer = exchange.offer.session
  if (answer.media.length !== offer.media.length) {
    return `the answer has ${answer.media.length} m-sections, its offer has ${offer.media.length}`
  }
  return (
    midProblem(answer) ??
    groupProblem(answer) ??
    answerGroupProblem(answer, offer) ??
    firstProblem(answer.media, (section, index) => {
      const problem = answeredSectionProblem(answer, section, offer, offer.media[index]!)
      if (problem !== undefined || !isAcceptedInAnswer(section)) return problem
      return renumberedProblem(answer, section, state)
    }) ??
    sharedTransportProblem(answer, state, exchange) ??
    numberProblem({ session: answer, type: 'answer' })
  )
}

function firstProblem(
  media: readonly MediaDescription[],
  judge: (section: MediaDescription, index: number) => Verdict,
): Verdict {
  for (const [index, section] of media.entries()) {
    const problem = judge(section, index)
    if (problem !== undefined) return `${nameOf(section, index)}: ${problem}`
  }
  return undefined
}

function nameOf(section: MediaDescription, index: number): string {
  const line = section.line === undefined ? '' : ` in line ${section.line}`
  return `m-section ${index} (mid ${JSON.stringify(midOf(section))}${line})`
}

function midProblem(session: SessionDescription): Verdict {
  if (session.media.length === 1) return undefined
  const seen = new Set<string>()
  return firstProblem(session.media, (section) => {
    if (seen.has(midOf(section))) return 'its mid stands twice'
    seen.add(midOf(section))
    return undefined
  })
}

/** RFC 9143 §7.1: a group names sections that exist, and a section is in one group at most. */
function groupProblem(session: SessionDescription): Verdict {
  const known = new Set(session.media.map(midOf))
  const grouped = new Set<string>()
  for (const mid of bundleGroups(session).flatMap((group) => group.mids)) {
    if (!known.has(mid)) return `a BUNDLE group names the unknown mid ${JSON.stringify(mid)}`
    if (grouped.has(mid)) return `the mid ${JSON.stringify(mid)} is in BUNDLE groups twice`
    grouped.add(mid)
  }
  return undefined
}

/**
 * RFC 9429 §5.2.2: sections keep their place for good; only one that was rejected may become another. While a remote
 * offer is pending the next one is judged as if it had been answered (W3C WebRTC, "set a session description").
 */
function orderProblem(session: SessionDescription, state: JsepState): Verdict {
  const exchange = exchangeOf(state)
  if (exchange === undefined) return undefined
  const before = sectionPlans(exchange, state.agreed)
  if (session.media.length < before.length) {
    return `the offer has ${session.media.length} m-sections where there were ${before.length}`
  }
  return firstProblem(session.media, (section, index) => {
    const slot = before[index]
    if (slot === undefined || slot.rejected) return undefined
    if (section.kind !== slot.kind) return `it was of kind ${slot.kind}`
    return midOf(section) === slot.mid ? undefined : `it had the mid ${JSON.stringify(slot.mid)}`
  })
}

/** Others are answered with port 0 whatever they say. */
function isKnownKind(section: MediaDescription): boolean {
  return section.kind === 'audio' || section.kind === 'video' || isDataSection(section)
}

function sectionProblem(session: SessionDescription, section: MediaDescription, type: 'offer' | 'answer'): Verdict {
  const transport = transportAttributes(session, section)
  const { iceUfrag, icePwd, fingerprints, setup } = transport
  // RFC 8839 §5.4: ice-char; at least 24 bits of fragment and 128 bits of password.
  if (iceUfrag === undefined || icePwd === undefined) return 'a=ice-ufrag and a=ice-pwd are missing'
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(iceUfrag)) return 'a=ice-ufrag is not of 4 to 256 ice-chars'
  if (!/^[A-Za-z0-9+/]{22,256}$/.test(icePwd)) return 'a=ice-pwd is not of 22 to 256 ice-chars'
  if (fingerprints.length === 0) return 'a=fingerprint is missing'
  if (!fingerprints.some(({ algorithm }) => USABLE_HASHES.includes(algorithm)))
    return 'no a=fingerprint of a known hash'
  if (setup === 'holdconn') return 'a=setup:holdconn is not for DTLS' // RFC 8842 §5.1
  if (type === 'answer' && setup === 'actpass') return 'a=setup:actpass is only for offers' // RFC 8842 §5.3
  const isMedia = section.kind === 'audio' || section.kind === 'video'
  return isMedia && !transport.rtcpMux ? 'a=rtcp-mux is missing, which the RTCP mux policy requires' : undefined
}

function answeredSectionProblem(
  answer: SessionDescription,
  section: MediaDescription,
  offer: SessionDescription,
  offered: MediaDescription,
): Verdict {
  if (section.kind !== offered.kind) return `its kind in the offer is ${offered.kind}`
  if (midOf(section) !== midOf(offered)) return `its mid in the offer is ${JSON.stringify(midOf(offered))}`
  if (!isAcceptedInAnswer(section)) return undefined
  if (!isOfferedAtAll(offer, offered)) return 'it was not offered, and cannot be accepted'
  if (isDataSection(offered) && !isDataSection(section)) return 'it was offered for data channels'
  if (isRtpSection(offered) && !isRtpSection(section)) return 'it was offered for RTP over DTLS'
  if (offered.port === 0 && bundleGroupOf(answer, midOf(section)) === undefined) {
    return 'it was offered bundle-only, and is in no BUNDLE group' // RFC 9143 §7.3
  }
  const problem = sectionProblem(answer, section, 'answer')
  if (problem !== undefined) return problem
  const asked = transportAttributes(offer, offered).setup
  const given = transportAttributes(answer, section).setup ?? 'active'
  if (asked === given) return `a=setup:${given} answers a=setup:${asked}`
  return isRtpSection(section) ? (mediaProblem(section) ?? codecProblem(offered, section)) : undefined
}

/** RFC 9143 §7.3.3: what was offered on one transport cannot be answered on two. */
function sharedTransportProblem(answer: SessionDescription, state: JsepState, { offer, offerBy }: Exchange): Verdict {
  const names = transportNames(
    { offer, offerBy, answer: undefined },
    state.agreed,
    new Set(answer.media.filter(isAcceptedInAnswer).map(midOf)),
  )
  const firsts = new Map<string, string>()
  for (const [mid, name] of names) {
    const first = firsts.get(name)
    if (first === undefined) firsts.set(name, mid)
    else if (
      bundleGroupOf(answer, first) === undefined ||
      bundleGroupOf(answer, first) !== bundleGroupOf(answer, mid)
    ) {
      return `the mids ${JSON.stringify(first)} and ${JSON.stringify(mid)} share a transport, but no BUNDLE group`
    }
  }
  return undefined
}

/** RFC 9143 §7.3: an answer's group is made of sections of one group of the offer. */
function answerGroupProblem(answer: SessionDescription, offer: SessionDescription): Verdict {
  for (const { mids } of bundleGroups(answer)) {
    const offered = bundleGroups(offer).find((group) => group.mids.includes(mids[0] ?? ''))
    const stranger = mids.find((mid) => offered?.mids.includes(mid) !== true)
    if (stranger !== undefined) return `the BUNDLE group of the answer has ${JSON.stringify(stranger)}, not so offered`
  }
  return undefined
}
