/** Candidates that come after their description, written into its text (W3C WebRTC §4.4.1.6, RFC 8840 §4.2). */
import { planBesidesCandidates, sectionsOn, sharePlan, sharingSections } from './plan.js'
import { midOf, transportAttributes } from './section.js'
import type { Description, GatheredCandidates, JsepError, JsepResult, JsepState, RemoteCandidate } from './types.js'
import type { Plan, Trickled } from './types.js'

/** Shown in one section at most; a peer that trickles more makes the text no longer. */
const MAX_CANDIDATES = 256
/** RFC 8839 §5.1 has no bound; real ones stay below 300 characters. */
const MAX_CANDIDATE_LENGTH = 2048

/** The text of a local description with what was gathered since: candidates, and the default one in m= and c=. */
export function withLocalCandidates(
  description: Description,
  gathered: ReadonlyMap<string, GatheredCandidates>,
): string {
  const lines = description.sdp.split('\r\n')
  const starts = sectionStarts(lines)
  const out = lines.slice(0, starts[0] ?? lines.length)
  for (const [index, section] of description.session.media.entries()) {
    const own = lines.slice(starts[index], starts[index + 1] ?? lines.length)
    const found = gathered.get(midOf(section))
    out.push(...(found === undefined || section.port === 0 ? own : withGathered(own, found)))
  }
  return out.join('\r\n')
}

function sectionStarts(lines: readonly string[]): number[] {
  return lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []))
}

function withGathered(lines: readonly string[], { candidates, complete }: GatheredCandidates): string[] {
  const address = defaultAddress(candidates)
  const out: string[] = []
  for (const line of lines) {
    if (address !== undefined && line.startsWith('m=')) out.push(line.replace(/^(m=\S+) \d+/, `$1 ${address.port}`))
    else if (line.startsWith('c=')) {
      out.push(address === undefined ? line : `c=IN ${address.family} ${address.address}`)
      out.push(...candidates.map((candidate) => `a=${candidate}`))
      if (complete) out.push('a=end-of-candidates')
    } else out.push(line)
  }
  return out
}

interface DefaultAddress {
  readonly family: 'IP4' | 'IP6'
  readonly address: string
  readonly port: number
}

const DEFAULT_RANK: Readonly<Record<string, number>> = { relay: 3, srflx: 2, prflx: 2, host: 1 }

/**
 * The candidate that most likely works for a peer without ICE (RFC 8445 §5.1.4): relayed before reflexive before host,
 * IPv4 before IPv6. TCP ones and names are no addresses to send media to.
 */
function defaultAddress(candidates: readonly string[]): DefaultAddress | undefined {
  let best: DefaultAddress | undefined
  let bestRank = 0
  for (const candidate of candidates) {
    const [, component, transport, , address, port, , type] = candidate.split(' ')
    if (component !== '1' || transport?.toLowerCase() !== 'udp' || !address || !port) continue
    const family = address.includes(':') ? 'IP6' : 'IP4'
    if (family === 'IP4' && !/^[\d.]+$/.test(address)) continue
    const rank = (DEFAULT_RANK[type ?? ''] ?? 0) * 2 + (family === 'IP4' ? 1 : 0)
    if (rank <= bestRank) continue
    bestRank = rank
    best = { family, address, port: Number(port) }
  }
  return best
}

type Added = JsepResult<{ state: JsepState; transportMids: readonly string[] }>

/**
 * addIceCandidate (W3C WebRTC §4.4.2): the remote descriptions that its fragment belongs to show the candidate from now
 * on. What the candidate itself says is for ice to judge, before this is called.
 */
export function withRemoteCandidate(state: JsepState, candidate: RemoteCandidate): Added {
  const line = candidate.candidate.startsWith('a=') ? candidate.candidate.slice(2) : candidate.candidate
  const mid = candidate.sdpMid ?? undefined
  const index = candidate.sdpMLineIndex ?? undefined
  const isForAll = mid === undefined && index === undefined
  if (line !== '' && isForAll) return refuse('Type', 'sdpMid and sdpMLineIndex are both null')
  const latest = state.pendingRemote ?? state.currentRemote
  if (latest === undefined) return refuse('InvalidState', 'there is no remote description')
  if (line.length > MAX_CANDIDATE_LENGTH || /[\r\n\0]/.test(line)) return refuse('Operation', 'malformed candidate')

  // sdpMid wins over sdpMLineIndex where both are given.
  const named = latest.session.media.find((section, at) => (mid === undefined ? at === index : midOf(section) === mid))
  if (!isForAll && named === undefined) {
    const name = mid === undefined ? `index ${index}` : `mid ${JSON.stringify(mid)}`
    return refuse('Operation', `the remote description has no m-section with the ${name}`)
  }
  const target = named && midOf(named)
  const ufrag = candidate.usernameFragment ?? undefined
  const ufrags = ufrag === undefined ? ufragsOf(latest, target) : [ufrag]
  const isKnown = (description: Description | undefined): boolean =>
    ufrag === undefined || (description !== undefined && ufragsOf(description, target).includes(ufrag))
  if (!isKnown(state.pendingRemote) && !isKnown(state.currentRemote)) {
    return refuse('Operation', `no m-section has the username fragment ${JSON.stringify(ufrag)}`)
  }
  return { ok: true, value: added(state, target, ufrags, line === '' ? 'end-of-candidates' : line) }
}

function refuse(kind: JsepError['kind'], message: string): { ok: false; error: JsepError } {
  return { ok: false, error: { kind, message } }
}

/** Username fragments of the section with this mid, or of all. */
function ufragsOf({ session }: Description, mid: string | undefined): readonly string[] {
  const found: string[] = []
  for (const section of session.media) {
    const { iceUfrag } = transportAttributes(session, section)
    const isNew = iceUfrag !== undefined && iceUfrag !== found.at(-1)
    if (isNew && (mid === undefined || midOf(section) === mid)) found.push(iceUfrag)
  }
  return found
}

function added(
  state: JsepState,
  mid: string | undefined,
  ufrags: readonly string[],
  line: string,
): { state: JsepState; transportMids: readonly string[] } {
  const show = (description: Description): Description => {
    const { session } = description
    const indexes: number[] = []
    for (const [index, section] of session.media.entries()) {
      if (section.port === 0 || (mid !== undefined && midOf(section) !== mid)) continue
      if (ufrags.includes(transportAttributes(session, section).iceUfrag ?? '')) indexes.push(index)
    }
    return withLine(description, indexes, line)
  }
  const { pendingRemote, currentRemote } = state
  // Assigned, not spread from literals: V8 copies an object of known properties as a whole.
  const next: { -readonly [K in keyof JsepState]: JsepState[K] } = { ...state }
  if (pendingRemote !== undefined) next.pendingRemote = show(pendingRemote)
  if (currentRemote !== undefined) next.currentRemote = show(currentRemote)
  sharePlan(next, state)
  const latest = pendingRemote ?? currentRemote
  const plan = planBesidesCandidates(state)
  return { state: next, transportMids: latest === undefined ? [] : learning(plan, latest, mid, ufrags) }
}

/** The transports whose generation it is. */
function learning(
  plan: Plan,
  { session }: Description,
  mid: string | undefined,
  ufrags: readonly string[],
): readonly string[] {
  const learners = plan.transports.filter((transport) => {
    const fragment = transport.remote?.usernameFragment
    if (fragment === undefined || !ufrags.includes(fragment)) return false
    const sharing = sharingSections(session, sectionsOn(plan, transport), fragment)
    return sharing.some((section) => mid === undefined || midOf(section) === mid)
  })
  return learners.map((transport) => transport.mid)
}

const NOTHING_TRICKLED: Trickled = { candidates: [], hasEnded: false, lines: [] }

/** The description with an attribute line at the end of these sections. */
function withLine(description: Description, indexes: readonly number[], line: string): Description {
  const trickled = description.session.media.map((_, index) => description.trickled?.[index])
  for (const index of indexes) {
    const { candidates = [], endOfCandidates } = description.session.media[index]!.attributes
    const before = trickled[index] ?? NOTHING_TRICKLED
    if (line === 'end-of-candidates') {
      if (endOfCandidates === true || before.hasEnded) continue
      trickled[index] = { ...before, hasEnded: true, lines: before.lines.concat(line) }
    } else {
      const isFull = candidates.length + before.candidates.length >= MAX_CANDIDATES
      if (isFull || candidates.includes(line) || before.candidates.includes(line)) continue
      trickled[index] = { ...before, candidates: before.candidates.concat(line), lines: before.lines.concat(line) }
    }
  }
  return { ...description, trickled }
}

/** The text of a remote description with what was trickled since, at the end of each section. */
export function textOf({ sdp, trickled }: Description): string {
  if (trickled === undefined || trickled.every((section) => section === undefined)) return sdp
  const lineEnd = sdp.includes('\r\n') ? '\r\n' : '\n'
  const lines = sdp.split(/\r?\n/)
  while (lines.at(-1) === '') lines.pop()
  const starts = sectionStarts(lines)
  const out = lines.slice(0, starts[0] ?? lines.length)
  for (const [index, start] of starts.entries()) {
    out.push(...lines.slice(start, starts[index + 1] ?? lines.length))
    out.push(...(trickled[index]?.lines ?? []).map((line) => `a=${line}`))
  }
  return out.join(lineEnd) + lineEnd
}
