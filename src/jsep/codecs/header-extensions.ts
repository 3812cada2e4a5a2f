/** `a=extmap` of offers and answers (RFC 8285 §5, §6). Lists are those that hold for a section, its own or the session's. */
import type { Direction, Extmap, MediaDescription, SessionDescription } from '../../sdp/index.js'
import type { HeaderExtension, NumberedHeaderExtension } from '../media-types.js'
import { offeredExtensionIds, type Numbering } from './numbering.js'

/** RFC 8285 §4.3: what fits into two-byte headers. Above it an offer asks for another number (§6: 4096 to 4351). */
const MAX_ID = 255
const FIRST_PLACEHOLDER = 4096
const LAST_PLACEHOLDER = 4351

/** RFC 8285 §5: those of the section, or of the session where it has none of its own. */
export function extmapsOf(session: SessionDescription, section: MediaDescription): readonly Extmap[] {
  return section.attributes.extmaps ?? session.attributes.extmaps ?? []
}

/** All that are not stopped, and for which the peer's numbers leave an id. */
export function offeredHeaderExtensions(
  extensions: readonly HeaderExtension[],
  numbering: Numbering,
): readonly Extmap[] {
  const ids = offeredExtensionIds(numbering)
  return extensions.flatMap(({ uri, direction }) => {
    const id = ids.get(uri)
    return id === undefined || direction === 'stopped' ? [] : [extmapOf(id, uri, direction)]
  })
}

/** What was offered and is not stopped here, with the ids of the offer. */
export function answeredHeaderExtensions(
  extensions: readonly HeaderExtension[],
  offered: readonly Extmap[],
): readonly Extmap[] {
  const wanted = new Map(extensions.map(({ uri, direction }) => [uri, direction]))
  const taken = new Set(offered.map(({ id }) => id))
  const answered: Extmap[] = []
  for (const { id, uri, direction } of firstOfEach(offered)) {
    const ours = wanted.get(uri)
    const answerId = isPlaceholder(id) ? freeId(taken) : id
    if (ours === undefined || ours === 'stopped' || answerId === undefined || !isId(answerId)) continue
    taken.add(answerId)
    answered.push(extmapOf(answerId, uri, both(ours, reversed(direction ?? 'sendrecv'))))
  }
  return answered
}

/** What both descriptions say, with directions from our view. */
export function negotiatedHeaderExtensions(
  local: readonly Extmap[],
  remote: readonly Extmap[],
): readonly NumberedHeaderExtension[] {
  const theirs = new Map(firstOfEach(remote).map((extmap) => [extmap.uri, extmap]))
  return firstOfEach(local).flatMap((ours): NumberedHeaderExtension[] => {
    const their = theirs.get(ours.uri)
    if (their === undefined) return []
    // RFC 8285 §6: the answer keeps the offer's id, unless that was only a placeholder.
    const id = isPlaceholder(ours.id) ? their.id : ours.id
    if (!isId(id) || (id !== their.id && !isPlaceholder(their.id))) return []
    const direction = both(ours.direction ?? 'sendrecv', reversed(their.direction ?? 'sendrecv'))
    return [{ id, uri: ours.uri, direction, encrypted: false }]
  })
}

/** RFC 8285 §6: an id keeps its meaning for as long as the stream lives. In words what does not; `before` is the same section. */
export function renumberedExtension(before: readonly Extmap[], now: readonly Extmap[]): string | undefined {
  const meaning = new Map(before.map(({ id, uri }) => [id, uri]))
  const changed = now.find(({ id, uri }) => !isPlaceholder(id) && (meaning.get(id) ?? uri) !== uri)
  return (
    changed &&
    `the header extension id ${changed.id} was ${meaning.get(changed.id) ?? ''}, and cannot be ${changed.uri}`
  )
}

function firstOfEach(extmaps: readonly Extmap[]): readonly Extmap[] {
  const [ids, uris] = [new Set<number>(), new Set<string>()]
  return extmaps.filter(({ id, uri }) => {
    if (ids.has(id) || uris.has(uri)) return false
    ids.add(id)
    uris.add(uri)
    return true
  })
}

function isId(id: number): boolean {
  return id >= 1 && id <= MAX_ID
}

function isPlaceholder(id: number): boolean {
  return id >= FIRST_PLACEHOLDER && id <= LAST_PLACEHOLDER
}

function freeId(taken: ReadonlySet<number>): number | undefined {
  for (let id = 1; id <= 14; id++) if (!taken.has(id)) return id
  return undefined
}

function extmapOf(id: number, uri: string, direction: Direction): Extmap {
  return direction === 'sendrecv' ? { id, uri } : { id, direction, uri } // RFC 8285 §5: sendrecv goes without saying
}

/** The same, seen from the other side. */
export function reversed(direction: Direction): Direction {
  if (direction === 'sendonly') return 'recvonly'
  return direction === 'recvonly' ? 'sendonly' : direction
}

function both(a: Direction, b: Direction): Direction {
  const sends = [a, b].every((one) => one === 'sendrecv' || one === 'sendonly')
  const receives = [a, b].every((one) => one === 'sendrecv' || one === 'recvonly')
  if (sends) return receives ? 'sendrecv' : 'sendonly'
  return receives ? 'recvonly' : 'inactive'
}
