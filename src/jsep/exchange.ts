import type { Side } from './transition.js'
import type { Description, JsepState } from './types.js'

/** The offer at hand (the pending one, else the one that is in force) with what answered it so far. */
export interface Exchange {
  readonly offer: Description
  readonly offerBy: Side
  readonly answer: Description | undefined
}

export function exchangeOf(state: JsepState): Exchange | undefined {
  const pending = exchangeOfPair(state.pendingLocal, state.pendingRemote)
  return pending ?? exchangeOfPair(state.currentLocal, state.currentRemote)
}

function exchangeOfPair(local: Description | undefined, remote: Description | undefined): Exchange | undefined {
  if (local?.type === 'offer') return { offer: local, offerBy: 'local', answer: remote }
  if (remote?.type === 'offer') return { offer: remote, offerBy: 'remote', answer: local }
  return undefined
}
