import { parseSdp } from '../sdp/index.js'
import { learnedNumbering } from './codecs/index.js'
import { exchangeOf } from './exchange.js'
import { agreementOf, planOf } from './plan.js'
import { isOfferedAtAll, transportAttributes } from './section.js'
import { transition } from './transition.js'
import type { Side } from './transition.js'
import type { Description, DescriptionType, JsepError, JsepResult, JsepState, Plan, SignalingState } from './types.js'
import { answerProblem, offerProblem } from './validate.js'
import { withMids } from './mids.js'

type Applied = JsepResult<{ state: JsepState; plan: Plan }>

/** setLocalDescription (RFC 9429 §5.9). The text must be the one that createOffer or createAnswer gave last. */
export function applyLocal(state: JsepState, type: DescriptionType, sdp: string): Applied {
  return apply(state, 'local', type, sdp)
}

/** setRemoteDescription (RFC 9429 §5.10). Rolls our own offer back where one of the peer's crosses it. */
export function applyRemote(state: JsepState, type: DescriptionType, sdp: string): Applied {
  return apply(state, 'remote', type, sdp)
}

function apply(state: JsepState, side: Side, type: DescriptionType, sdp: string): Applied {
  const signalingState = transition(state.signalingState, side, type)
  if (signalingState === undefined) {
    return refuse('InvalidState', `a ${side} ${type} cannot be applied in the state ${state.signalingState}`)
  }
  if (type === 'rollback') return applied(rolledBack(state))
  const created = side === 'local' ? (type === 'offer' ? state.lastOffer : state.lastAnswer) : undefined
  if (side === 'local' && sdp !== created?.sdp) {
    return refuse('InvalidModification', `the ${type} is not the last one that was created`)
  }
  const base =
    side === 'remote' && state.signalingState === 'have-local-offer' && type === 'offer' ? rolledBack(state) : state
  if (created !== undefined) return applied(advance(base, side, signalingState, { type, ...created }))
  const description = read(base, type, sdp)
  return description.ok ? applied(advance(base, side, signalingState, description.value)) : description
}

function applied(state: JsepState): Applied {
  return { ok: true, value: { state, plan: planOf(state) } }
}

function refuse(kind: JsepError['kind'], message: string): { ok: false; error: JsepError } {
  return { ok: false, error: { kind, message } }
}

/** What the peer says. */
function read(state: JsepState, type: Description['type'], sdp: string): JsepResult<Description> {
  const parsed = parseSdp(sdp)
  if (!parsed.ok) {
    const { line, message } = parsed.error
    return { ok: false, error: { kind: 'SdpSyntax', message: `line ${line}: ${message}`, line } }
  }
  const exchange = type === 'offer' ? undefined : exchangeOf(state)
  const session = withMids(parsed.value, exchange?.offer.session)
  const problem = exchange === undefined ? offerProblem(session, state) : answerProblem(session, state, exchange)
  if (problem !== undefined) return refuse('InvalidAccess', problem)
  return { ok: true, value: { type, session, sdp } }
}

function advance(state: JsepState, side: Side, signalingState: SignalingState, description: Description): JsepState {
  const pendingKey = side === 'local' ? 'pendingLocal' : 'pendingRemote'
  const numbering = learnedNumbering(state.numbering, side, description.session)
  const pending: JsepState = { ...state, signalingState, numbering, [pendingKey]: description }
  if (description.type === 'answer') return settled(pending)
  const isFirst = description.type === 'offer' && state.currentLocal === undefined
  return withTrickle(isFirst ? { ...pending, firstOfferBy: side } : pending)
}

/** After an answer what was pending is in force (RFC 9429 §4.1.10), and texts made before are void. */
function settled(state: JsepState): JsepState {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- what is named beside the rest is not in it
  const { pendingLocal, pendingRemote, lastOffer: _offer, lastAnswer: _answer, ...rest } = state
  const exchange = exchangeOf(state)
  return withTrickle({
    ...rest,
    ...(pendingLocal && { currentLocal: pendingLocal }),
    ...(pendingRemote && { currentRemote: pendingRemote }),
    ...(exchange && { agreed: agreementOf(state, exchange) }),
  })
}

/** RFC 9429 §4.1.10.2: as if the pending offer had never been. Who offers first is open again if none was answered. */
function rolledBack(state: JsepState): JsepState {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- what is named beside the rest is not in it
  const { pendingLocal: _local, pendingRemote: _remote, firstOfferBy, ...rest } = state
  const before: JsepState = { ...rest, signalingState: 'stable' }
  const wasAnswered = before.currentLocal !== undefined && firstOfferBy !== undefined
  return withTrickle(wasAnswered ? { ...before, firstOfferBy } : before)
}

/** Whether all that the peer describes may be trickled to (RFC 8838 §5, W3C canTrickleIceCandidates). */
function withTrickle(state: JsepState): JsepState {
  const session = (state.pendingRemote ?? state.currentRemote)?.session
  if (session === undefined) return withoutTrickle(state)
  const live = session.media.filter((section) => isOfferedAtAll(session, section))
  const remoteTrickles =
    session.attributes.iceOptions?.includes('trickle') === true ||
    (live.length > 0 && live.every((section) => transportAttributes(session, section).iceOptions.includes('trickle')))
  return { ...state, remoteTrickles }
}

/** A copy: what is deleted from an object makes it a table, which is slow to read and to copy ever after. */
function withoutTrickle(state: JsepState): JsepState {
  if (state.remoteTrickles === undefined) return state
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- what is named beside the rest is not in it
  const { remoteTrickles: _trickles, ...rest } = state
  return rest
}
