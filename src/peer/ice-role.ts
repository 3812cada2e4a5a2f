import type { IceRole } from '../ice/types.js'

/**
 * RFC 8445 §6.1.1: a full agent controls a lite one, and of two of a kind who made the first offer. A peer that has not said
 * what it is counts as full, which nearly all are.
 */
export function iceRole(firstOfferBy: 'local' | 'remote' | undefined, isLite: boolean, peerIsLite = false): IceRole {
  if (isLite !== peerIsLite) return isLite ? 'controlled' : 'controlling'
  return firstOfferBy === 'remote' ? 'controlled' : 'controlling'
}
