import type { MediaDescription, SessionDescription } from '../sdp/index.js'

/** Short, because mids travel in RTP packets (RFC 9429 §5.2.1), and never one that is taken. */
export function nextMid(taken: ReadonlySet<string>, from = 0): string {
  let number = from
  while (taken.has(`${number}`)) number++
  return `${number}`
}

/**
 * The description with a mid in every section. An offer without gets them made up (RFC 9429 §5.10); an answer's sections
 * are those of its offer, by index.
 */
export function withMids(session: SessionDescription, offer?: SessionDescription): SessionDescription {
  if (session.media.every((section) => section.attributes.mid !== undefined)) return session
  const taken = new Set(session.media.flatMap((section) => section.attributes.mid ?? []))
  let from = 0
  const made = (): string => {
    const mid = nextMid(taken, from)
    from = Number(mid) + 1
    return mid
  }
  const media = session.media.map((section, index): MediaDescription => {
    if (section.attributes.mid !== undefined) return section
    const mid = offer?.media[index]?.attributes.mid ?? made()
    taken.add(mid)
    return { ...section, attributes: { ...section.attributes, mid } }
  })
  return { ...session, media }
}
