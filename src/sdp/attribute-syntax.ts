/** How the values of session and transport attributes are read and written. */
import type { Fingerprint } from '../crypto/types.js'
import { parseNumber, TOKEN } from './fields.js'
import { text } from './attribute-row.js'
import type { Group, Msid, MsidSemantic, Setup } from './types.js'

export const midToken = text(TOKEN)

export const ice = {
  candidate: {
    parse: (value: string): string | undefined => (/^\S+ /.test(value) ? `candidate:${value}` : undefined),
    write: (value: string): string => value.replace(/^candidate:/, ''),
  },
  /** Which characters it may have is a question of content for jsep: browsers answer it with another error. */
  credential: text(/^\S{1,256}$/),
}

/** RFC 8839 §5.6 has spaces between options; libdatachannel writes `ice2,trickle`. */
export const iceOptions = {
  parse: (value: string): readonly string[] | undefined => {
    const list = splitWords(value.replaceAll(',', ' '))
    return list.length > 0 ? list : undefined
  },
  write: (list: readonly string[]): string => list.join(' '),
}

/** Several spaces, and some at the ends, are forgiven. Without the room that V8 gives to lists that grow. */
export function splitWords(value: string): string[] {
  const words = value.split(' ')
  return words.includes('') ? words.filter((word) => word !== '').slice() : words.slice()
}

export function integer(max: number): {
  parse: (value: string) => number | undefined
  write: (value: number) => string
} {
  return { parse: (value) => parseNumber(value, max), write: String }
}

export const group = {
  parse(value: string): Group | undefined {
    const [semantics, ...mids] = splitWords(value)
    return semantics === undefined || !mids.every((mid) => TOKEN.test(mid))
      ? undefined
      : { semantics, mids: mids.slice() }
  },
  write: ({ semantics, mids }: Group): string => [semantics, ...mids].join(' '),
}

export const msidSemantic = {
  parse(value: string): MsidSemantic | undefined {
    const [semantic, ...ids] = splitWords(value)
    return semantic === undefined ? undefined : { semantic, ids }
  },
  // Chromium and Firefox write a space after the colon, and parsers out there have come to expect it.
  write: ({ semantic, ids }: MsidSemantic): string => ` ${[semantic, ...ids].join(' ')}`,
}

export const msid = {
  parse(value: string): Msid | undefined {
    const [stream, track, ...rest] = splitWords(value)
    if (stream === undefined || rest.length > 0) return undefined
    return track === undefined ? { stream } : { stream, track }
  },
  write: ({ stream, track }: Msid): string => (track === undefined ? stream : `${stream} ${track}`),
}

const SETUPS: readonly string[] = ['active', 'passive', 'actpass', 'holdconn'] satisfies Setup[]

export const setup = {
  parse: (value: string): Setup | undefined => (SETUPS.includes(value) ? (value as Setup) : undefined),
  write: (value: Setup): string => value,
}

/** Bytes of each hash that a fingerprint is registered for (RFC 8122 §5, IANA hash function textual names). */
const HASH_BYTES = new Map([
  ['md2', 16],
  ['md5', 16],
  ['sha-1', 20],
  ['sha-224', 28],
  ['sha-256', 32],
  ['sha-384', 48],
  ['sha-512', 64],
])

export const fingerprint = {
  /** Hashes of other names are kept: several may stand there, and jsep looks whether one is of use. */
  parse(value: string): Fingerprint | undefined {
    const [name, digest, ...rest] = splitWords(value)
    if (name === undefined || digest === undefined || rest.length > 0 || !TOKEN.test(name)) return undefined
    if (!/^[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})*$/.test(digest)) return undefined
    const algorithm = name.toLowerCase()
    const bytes = HASH_BYTES.get(algorithm)
    if (bytes !== undefined && digest.length !== bytes * 3 - 1) return undefined
    return { algorithm, value: digest }
  },
  write: ({ algorithm, value }: Fingerprint): string => `${algorithm} ${value}`,
}
