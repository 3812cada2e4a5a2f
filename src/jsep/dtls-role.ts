/** Who sends the ClientHello on a transport, and for how long that holds (RFC 8842). */
import { SparseMap } from '../core/index.js'
import type { Fingerprint } from '../crypto/types.js'
import type { SessionDescription, Setup } from '../sdp/index.js'
import type { Exchange } from './exchange.js'
import { speakerOf, transportAttributes } from './section.js'
import type { TransportAttributes } from './section.js'
import type { Side } from './transition.js'
import type { JsepState, SectionPlan, TransportPlan } from './types.js'

type Role = NonNullable<TransportPlan['dtlsRole']>

/** Our role on the transport of these sections; unknown until an answer of either kind has been applied. */
export function dtlsRole(
  state: JsepState,
  { answer, offerBy }: Exchange,
  carried: readonly SectionPlan[],
): Role | undefined {
  const agreed = state.agreed.roleOf.get(carried[0]?.transportMid ?? '')
  const isPending = state.pendingLocal !== undefined || state.pendingRemote !== undefined
  const answered = isPending ? speaker(answer?.session, carried) : undefined
  if (answered === undefined) return agreed
  // RFC 8842 §5.5: as long as the association lives, so do its roles, and we offer nothing but actpass. What the answer
  // says then is of no effect: Firefox, which keeps its role, says active after each ICE restart.
  const before = speaker(state.currentRemote?.session, carried)
  if (offerBy === 'local' && agreed !== undefined && before && isSameAssociation(before, answered)) return agreed
  return roleBySetup(answered.setup, offerBy === 'local' ? 'remote' : 'local')
}

/** Our role by the answer alone, as for an association that begins with it. */
export function freshDtlsRole({ answer, offerBy }: Exchange, carried: readonly SectionPlan[]): Role | undefined {
  const answered = speaker(answer?.session, carried)
  return answered && roleBySetup(answered.setup, offerBy === 'local' ? 'remote' : 'local')
}

/** What is agreed on next is so on the associations that there are: one that began with an answer alone may have turned its roles. */
export function withDtlsRole(state: JsepState, transportMid: string, role: Role | undefined): JsepState {
  const { agreed } = state
  const before = agreed.roleOf.get(transportMid)
  if (role === undefined || before === undefined || before === role) return state
  const roleOf = new SparseMap<string, Role>()
  for (const [mid, known] of agreed.roleOf) roleOf.set(mid, known)
  return { ...state, agreed: { ...agreed, roleOf: roleOf.set(transportMid, role) } }
}

/** Without a=setup an answerer is active, by the default of RFC 4145 §4. */
function roleBySetup(setup: Setup | undefined, answerBy: Side): Role {
  const answererIsClient = setup !== 'passive'
  return answererIsClient === (answerBy === 'local') ? 'client' : 'server'
}

/** What a description says of the transport of these sections. */
function speaker(
  session: SessionDescription | undefined,
  carried: readonly SectionPlan[],
): TransportAttributes | undefined {
  if (session === undefined) return undefined
  const section = speakerOf(session, carried)
  return section && transportAttributes(session, section)
}

/** RFC 8842 §3.1: other fingerprints or another tls-id make another association; new ICE credentials do not. */
function isSameAssociation(before: TransportAttributes, now: TransportAttributes): boolean {
  // Where one description has no tls-id there is nothing to compare.
  const isOtherId = before.tlsId !== undefined && now.tlsId !== undefined && before.tlsId !== now.tlsId
  if (isOtherId) return false
  const [then, later] = [keysOf(before.fingerprints), keysOf(now.fingerprints)]
  return then.size === later.size && [...then].every((key) => later.has(key))
}

function keysOf(fingerprints: readonly Fingerprint[]): ReadonlySet<string> {
  return new Set(fingerprints.map(({ algorithm, value }) => `${algorithm} ${value}`.toLowerCase()))
}
