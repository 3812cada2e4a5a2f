import { writeSdp } from '../sdp/index.js'
import type { Group, MediaDescription, SessionAttributes, SessionDescription } from '../sdp/index.js'
import { answerDrafts } from './answer-drafts.js'
import { describeAll, transceiverKeys } from './draft.js'
import { offerDrafts } from './offer-drafts.js'
import { transportAttributes } from './section.js'
import type { DescribeInputs, JsepResult, JsepState } from './types.js'

type Described = JsepResult<{ state: JsepState; sdp: string }>

/** An offer (RFC 9429 §5.2). */
export function createOffer(state: JsepState, inputs: DescribeInputs): Described {
  if (state.signalingState !== 'stable' && state.signalingState !== 'have-local-offer') {
    return invalidState('an offer', state)
  }
  const { drafts, groups } = offerDrafts(state, inputs)
  const media = describeAll(drafts, inputs, () => 'actpass') // RFC 9429 §5.2.1, also in later offers (§5.2.2)
  const { sdp, session, state: next } = finish(state, media, sessionAttributes(groups, inputs))
  const lastOffer = { sdp, session, transceivers: transceiverKeys(drafts) }
  return { ok: true, value: { sdp, state: { ...next, lastOffer } } }
}

/** An answer (RFC 9429 §5.3). */
export function createAnswer(state: JsepState, inputs: DescribeInputs): Described {
  const remote = state.pendingRemote
  const isExpected = state.signalingState === 'have-remote-offer' || state.signalingState === 'have-local-pranswer'
  if (!isExpected || remote === undefined) return invalidState('an answer', state)
  const { drafts, groups } = answerDrafts(state, remote, inputs)
  const media = describeAll(drafts, inputs, ({ like, transportMid }) => {
    const asked = like && transportAttributes(remote.session, like).setup
    if (asked === 'active' || asked === 'passive') return asked === 'active' ? 'passive' : 'active'
    // RFC 8842 §5.3: actpass is answered active, unless the association is there and has its roles.
    return state.agreed.roleOf.get(transportMid) === 'server' ? 'passive' : 'active'
  })
  const { sdp, session, state: next } = finish(state, media, sessionAttributes(groups, inputs))
  const lastAnswer = { sdp, session, transceivers: transceiverKeys(drafts) }
  return { ok: true, value: { sdp, state: { ...next, lastAnswer } } }
}

function invalidState(what: string, state: JsepState): Described {
  const message = `${what} cannot be created in the state ${state.signalingState}`
  return { ok: false, error: { kind: 'InvalidState', message } }
}

function sessionAttributes(groups: readonly Group[], { iceLite = false }: DescribeInputs): SessionAttributes {
  return { ...(groups.length > 0 && { groups }), ...(iceLite && { iceLite }) }
}

/** RFC 9429 §5.2.2: the version grows by one when the text may differ from the last one, whatever became of that. */
function finish(
  state: JsepState,
  media: readonly MediaDescription[],
  attributes: SessionAttributes,
): { state: JsepState; session: SessionDescription; sdp: string } {
  const { sessionId, sessionVersion, lastCreated } = state
  if (lastCreated !== undefined) {
    const session = sessionOf(sessionId, sessionVersion, media, attributes)
    if (writeSdp(session) === lastCreated) return { state, session, sdp: lastCreated }
  }
  const session = sessionOf(sessionId, sessionVersion + 1, media, attributes)
  const sdp = writeSdp(session)
  return { state: { ...state, sessionVersion: sessionVersion + 1, lastCreated: sdp }, session, sdp }
}

function sessionOf(
  sessionId: string,
  version: number,
  media: readonly MediaDescription[],
  attributes: SessionAttributes,
): SessionDescription {
  return {
    origin: { username: '-', sessionId, sessionVersion: `${version}`, addressType: 'IP4', address: '127.0.0.1' },
    sessionName: '-',
    bandwidths: [],
    timing: { start: 0, stop: 0 },
    attributes,
    media,
  }
}
