/** Directions as arithmetic (RFC 3264 §6.1): what one side sends is what the other receives. */
import type { Direction, MediaDescription, SessionDescription } from '../sdp/index.js'

export function sends(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly'
}

export function receives(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly'
}

function directionOf(send: boolean, receive: boolean): Direction {
  if (send) return receive ? 'sendrecv' : 'sendonly'
  return receive ? 'recvonly' : 'inactive'
}

/** The same from the view of the other side. */
export function reversed(direction: Direction): Direction {
  return directionOf(receives(direction), sends(direction))
}

export function intersection(one: Direction, other: Direction): Direction {
  return directionOf(sends(one) && sends(other), receives(one) && receives(other))
}

/** RFC 8866 §6.7: the section's own, else that of the session, else both ways. */
export function directionIn(session: SessionDescription, section: MediaDescription): Direction {
  return section.attributes.direction ?? session.attributes.direction ?? 'sendrecv'
}
