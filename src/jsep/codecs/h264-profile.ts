/** `profile-level-id` of H.264 (RFC 6184 §8.1): profile_idc, profile-iop and level_idc, a byte each. */

export interface H264Level {
  readonly profile: string
  /** In the order of levels; 1b lies between 1 and 1.1. */
  readonly rank: number
}

/** RFC 6184 §8.1: Baseline, level 1, is inferred where nothing is said. */
export const DEFAULT_PROFILE_LEVEL_ID = '42000a'

/** RFC 6184 §8.1, table 5: `profile-iop & mask` tells the profile; bit 4, constraint_set3, is free in the old ones. */
const PROFILES: readonly (readonly [profile: string, idc: number, mask: number, bits: number])[] = [
  ['Constrained Baseline', 0x42, 0x4f, 0x40],
  ['Constrained Baseline', 0x4d, 0x8f, 0x80],
  ['Constrained Baseline', 0x58, 0xcf, 0xc0],
  ['Baseline', 0x42, 0x4f, 0x00],
  ['Baseline', 0x58, 0xcf, 0x80],
  ['Main', 0x4d, 0xaf, 0x00],
  ['Extended', 0x58, 0xcf, 0x00],
  ['High', 0x64, 0xff, 0x00],
  ['Constrained High', 0x64, 0xff, 0x0c], // H.264 (2012) A.2.4.2: constraint_set4 and constraint_set5
  ['High 10', 0x6e, 0xff, 0x00],
  ['High 4:2:2', 0x7a, 0xff, 0x00],
  ['High 4:4:4', 0xf4, 0xff, 0x00],
  ['High 10 Intra', 0x6e, 0xff, 0x10],
  ['High 4:2:2 Intra', 0x7a, 0xff, 0x10],
  ['High 4:4:4 Intra', 0xf4, 0xff, 0x10],
  ['CAVLC 4:4:4 Intra', 0x2c, 0xff, 0x10],
]

const CONSTRAINT_SET3 = 0x10
const OLD_PROFILES: readonly number[] = [0x42, 0x4d, 0x58]

/** Undefined for what is no profile of RFC 6184. */
export function parseProfileLevelId(text: string): H264Level | undefined {
  if (!/^[0-9a-f]{6}$/i.test(text)) return undefined
  const [idc, iop, level] = [0, 2, 4].map((at) => Number.parseInt(text.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ]
  const row = PROFILES.find(([, wanted, mask, bits]) => wanted === idc && (iop & mask) === bits)
  if (row === undefined) return undefined
  // RFC 6184 §8.1: level 1b is 11 with constraint_set3 in the old profiles, and 9 in the others.
  const is1b = OLD_PROFILES.includes(idc) ? level === 11 && (iop & CONSTRAINT_SET3) !== 0 : level === 9
  return { profile: row[0], rank: is1b ? 21 : level * 2 }
}

/** Our profile-level-id with the lower one of both levels (RFC 6184 §8.2.2: without asymmetry a level only goes down). */
export function lowerLevel(ours: string, theirs: string): string {
  const our = parseProfileLevelId(ours)
  const their = parseProfileLevelId(theirs)
  if (our === undefined || their === undefined || their.rank >= our.rank) return ours
  if (their.rank !== 21) return ours.slice(0, 4) + (their.rank / 2).toString(16).padStart(2, '0')
  const idc = Number.parseInt(ours.slice(0, 2), 16)
  if (!OLD_PROFILES.includes(idc)) return `${ours.slice(0, 4)}09`
  const iop = Number.parseInt(ours.slice(2, 4), 16) | CONSTRAINT_SET3
  return `${ours.slice(0, 2)}${iop.toString(16).padStart(2, '0')}0b`
}
