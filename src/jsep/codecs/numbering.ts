/**
 * The numbers of a connection: which payload type is which codec, and which id is which header extension. One number
 * means one thing in all sections (RFC 9143 §9.1, §12), and a thing that has a number keeps it (RFC 3264 §8.3.2).
 */
import type { MediaDescription, SessionDescription } from '../../sdp/index.js'
import type { MediaKind } from '../media-types.js'
import { keyOf, rtxKeyOf } from './codec-row.js'
import { CODEC_TABLE } from './codec-table.js'
import { EXTENSION_TABLE } from './header-extension-table.js'
import { knownCodecs } from './known-codecs.js'
import { codecsOf, payloadTypesOf } from './section-codecs.js'

/** Plain data, replaced and never changed. Bounded: codecs and extensions of ours, and what one description can number. */
export interface Numbering {
  /** What our descriptions gave numbers to. */
  readonly payloadTypes: ReadonlyMap<string, number>
  readonly extensionIds: ReadonlyMap<string, number>
  /** What the last description of the peer means by its numbers; `unknown` where we do not know it. */
  readonly peerPayloadTypes: ReadonlyMap<number, string>
  readonly peerExtensionIds: ReadonlyMap<number, string>
  /** Whether one- and two-byte headers may be mixed (RFC 8285 §4.1.2), so that ids above 14 cost the others nothing. */
  readonly peerAllowsMixed: boolean
}

/** What a description of the peer without media means by numbers. */
const NOTHING_OF_PEER = {
  peerPayloadTypes: new Map<number, string>(),
  peerExtensionIds: new Map<number, string>(),
  peerAllowsMixed: true,
}

export const INITIAL_NUMBERING: Numbering = {
  payloadTypes: new Map(),
  extensionIds: new Map(),
  peerPayloadTypes: new Map(),
  peerExtensionIds: new Map(),
  peerAllowsMixed: false,
}

/** The numbering after a description was applied. */
export function learnedNumbering(numbering: Numbering, by: 'local' | 'remote', session: SessionDescription): Numbering {
  const sections = session.media.filter(isMedia)
  if (sections.length === 0) return by === 'local' ? numbering : { ...numbering, ...NOTHING_OF_PEER }
  // RFC 8285 §5: of the session, where a section has none of its own.
  const extmaps = sections.flatMap(({ attributes }) => attributes.extmaps ?? session.attributes.extmaps ?? [])
  if (by === 'remote') {
    const codecs = sections.flatMap((section) => {
      const known = new Map(keysOf(section))
      return payloadTypesOf(section).map((number) => [number, known.get(number) ?? 'unknown'] as const)
    })
    return {
      ...numbering,
      peerPayloadTypes: new Map(codecs),
      peerExtensionIds: new Map(extmaps.map(({ id, uri }) => [id, uri])),
      peerAllowsMixed: sections.every(
        ({ attributes }) => attributes.extmapAllowMixed ?? session.attributes.extmapAllowMixed,
      ),
    }
  }
  const codecs = sections.flatMap(keysOf)
  const ids = extmaps.map(({ id, uri }) => [id, uri] as const)
  return {
    ...numbering,
    payloadTypes: withNumbers(numbering.payloadTypes, codecs),
    extensionIds: withNumbers(numbering.extensionIds, ids),
  }
}

function isMedia(section: MediaDescription): section is MediaDescription & { readonly kind: MediaKind } {
  return section.kind === 'audio' || section.kind === 'video'
}

function keysOf(section: MediaDescription & { readonly kind: MediaKind }): (readonly [number, string])[] {
  return knownCodecs(section.kind, codecsOf(section), 'receive').map(
    ({ codec, key }) => [codec.payloadType, key] as const,
  )
}

/** A number that was in use and still is stays; else the first one that is said. What lost its number has none. */
function withNumbers(
  before: ReadonlyMap<string, number>,
  said: readonly (readonly [number, string])[],
): Map<string, number> {
  const after = new Map<string, number>()
  const meaning = new Map<number, string>()
  for (const [number, name] of said) {
    if (meaning.has(number)) continue
    meaning.set(number, name)
    if (!after.has(name) || before.get(name) === number) after.set(name, number)
  }
  for (const [name, number] of before) if (!after.has(name) && !meaning.has(number)) after.set(name, number)
  return after
}

/** RFC 3551 §3 and RFC 5761 §4: dynamic first, then what is unassigned below 64. */
const PAYLOAD_TYPES = [...range(96, 127), ...range(35, 63)]
/** RFC 8285 §4.2: 15 is reserved; §4.3: above it two-byte headers. */
const ONE_BYTE_IDS = range(1, 14)
const ALL_IDS = [...ONE_BYTE_IDS, ...range(16, 255)]

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

const CODEC_DEFAULTS = new Map(
  [...CODEC_TABLE.audio, ...CODEC_TABLE.video].flatMap((row): (readonly [string, number])[] => {
    const own = [keyOf(row), row.payloadType] as const
    return row.rtxPayloadType === undefined ? [own] : [own, [rtxKeyOf(row), row.rtxPayloadType]]
  }),
)
const EXTENSION_ROWS = [...EXTENSION_TABLE.audio, ...EXTENSION_TABLE.video]
const EXTENSION_DEFAULTS = new Map(EXTENSION_ROWS.map(({ uri, id }) => [uri, id]))
const MANDATORY_DEFAULTS = new Map(EXTENSION_ROWS.filter((row) => row.isMandatory).map(({ uri, id }) => [uri, id]))

/** A payload type for everything that we could offer, by key; what the peer left no number for is missing. */
export function offeredPayloadTypes({ payloadTypes, peerPayloadTypes }: Numbering): ReadonlyMap<string, number> {
  return completed(CODEC_DEFAULTS, payloadTypes, peerPayloadTypes, PAYLOAD_TYPES)
}

/** An id for every header extension that we could offer, by URI. */
export function offeredExtensionIds(numbering: Numbering): ReadonlyMap<string, number> {
  const { extensionIds, peerExtensionIds, peerAllowsMixed } = numbering
  const pool = peerAllowsMixed ? ALL_IDS : ONE_BYTE_IDS
  // Mandatory ones get an id though it be the last.
  const mandatory = completed(MANDATORY_DEFAULTS, extensionIds, peerExtensionIds, pool)
  return completed(EXTENSION_DEFAULTS, mandatory, peerExtensionIds, pool)
}

/** What has a number keeps it, then each gets its usual one where that is free, then the others what is left. */
function completed(
  defaults: ReadonlyMap<string, number>,
  given: ReadonlyMap<string, number>,
  peer: ReadonlyMap<number, string>,
  pool: readonly number[],
): ReadonlyMap<string, number> {
  const numbers = new Map(given)
  const taken = new Set(given.values())
  const isFree = (name: string, number: number) => !taken.has(number) && (peer.get(number) ?? name) === name
  const give = (name: string, number: number | undefined) => {
    if (number === undefined) return
    numbers.set(name, number)
    taken.add(number)
  }
  for (const [name, number] of defaults) if (!numbers.has(name) && isFree(name, number)) give(name, number)
  for (const name of defaults.keys()) {
    if (!numbers.has(name))
      give(
        name,
        pool.find((number) => isFree(name, number)),
      )
  }
  return numbers
}
