import type { Millis } from '../core/index.js'
import type { Connectivity } from './connectivity.js'
import type { IceContext } from './context.js'
import type { Generation } from './generation.js'
import type { IceTransportState } from './types.js'

/** When the agent is to be called next, but for what it gathers; `newest` is its generation of now. */
export function nextDeadline(
  { transactions }: IceContext,
  connectivity: Connectivity,
  newest: Generation,
  state: IceTransportState,
): Millis {
  const consent = connectivity.selection.current?.consent
  const next = Math.min(transactions.next(), connectivity.next(newest))
  if (consent === undefined) return next
  return Math.min(next, consent.nextCheckAt, consent.expiresAt, isUp(state) ? consent.lateAt : Infinity)
}

/** When anything else than the routine checks of the nominated pair is to be done; -1 when something is now. */
export function restEnd(
  { events, replies }: IceContext,
  connectivity: Connectivity,
  newest: Generation,
  state: IceTransportState,
): Millis {
  const { current } = connectivity.selection
  const isSettled = isUp(state) && current?.isNominated === true && current.generation === newest
  return isSettled && events.length + replies.length === 0 ? connectivity.next(newest) : -1
}

function isUp(state: IceTransportState): boolean {
  return state === 'connected' || state === 'completed'
}
