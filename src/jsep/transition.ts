import type { DescriptionType, SignalingState } from './types.js'

export type Side = 'local' | 'remote'

/**
 * The signaling state machine (W3C WebRTC §4.3.1, RFC 9429 §3.2), as a table: what is not in it is an InvalidStateError.
 * A remote offer that meets ours stands here too: ours is rolled back first (W3C setRemoteDescription, "glare").
 */
const TRANSITIONS: Readonly<
  Record<Side, Readonly<Record<DescriptionType, Partial<Record<SignalingState, SignalingState>>>>>
> = {
  local: {
    offer: { stable: 'have-local-offer', 'have-local-offer': 'have-local-offer' },
    pranswer: { 'have-remote-offer': 'have-local-pranswer', 'have-local-pranswer': 'have-local-pranswer' },
    answer: { 'have-remote-offer': 'stable', 'have-local-pranswer': 'stable' },
    rollback: { 'have-local-offer': 'stable' },
  },
  remote: {
    offer: {
      stable: 'have-remote-offer',
      'have-remote-offer': 'have-remote-offer',
      'have-local-offer': 'have-remote-offer',
    },
    pranswer: { 'have-local-offer': 'have-remote-pranswer', 'have-remote-pranswer': 'have-remote-pranswer' },
    answer: { 'have-local-offer': 'stable', 'have-remote-pranswer': 'stable' },
    rollback: { 'have-remote-offer': 'stable' },
  },
}

/** The state after the description, or `undefined` where it must not come. */
export function transition(from: SignalingState, side: Side, type: DescriptionType): SignalingState | undefined {
  return TRANSITIONS[side][type][from]
}
