/**
 * What of `a=fmtp` makes up the media format of a codec. Symmetrical parameters must be the same on both sides, or the
 * codecs are different ones; all others each side says of itself.
 */
import { parseFormatParameters } from './format-parameters.js'
import { DEFAULT_PROFILE_LEVEL_ID, parseProfileLevelId } from './h264-profile.js'

type Parameters = ReadonlyMap<string, string>

/** Codecs by lower-case name: the symmetrical part of their format as text, inferred values filled in. */
const SYMMETRICAL: Readonly<Record<string, (parameters: Parameters) => string>> = {
  // RFC 6184 §8.2.2: the profile, whichever way it is written, and the packetization mode; the level may go down.
  'video/h264': (parameters) => {
    const profileLevelId = parameters.get('profile-level-id') ?? DEFAULT_PROFILE_LEVEL_ID
    const profile = parseProfileLevelId(profileLevelId)?.profile ?? profileLevelId.toLowerCase()
    return `${profile} ${parameters.get('packetization-mode') ?? '0'}`
  },
  // RFC 9628 §6.1: without a profile-id it is 0.
  'video/vp9': (parameters) => parameters.get('profile-id') ?? '0',
  // RFC 7798 §7.1 and §7.2.2: level-id may go down.
  'video/h265': (parameters) => {
    const valueOf = (key: string, inferred: string) => parameters.get(key) ?? inferred
    const profile = `${valueOf('profile-space', '0')} ${valueOf('profile-id', '1')} ${valueOf('tier-flag', '0')}`
    return `${profile} ${valueOf('tx-mode', 'SRST').toUpperCase()}`
  },
}

/** Values that are inferred where a parameter is missing: they are part of the format (W3C codec dictionary match). */
const INFERRED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'video/h264': {
    'packetization-mode': '0',
    'level-asymmetry-allowed': '0',
    'profile-level-id': DEFAULT_PROFILE_LEVEL_ID,
  },
  'video/vp9': { 'profile-id': '0' },
  'video/av1': { profile: '0', 'level-idx': '5', tier: '0' }, // RTP Payload Format For AV1 §7.2.1
  'video/h265': { 'profile-space': '0', 'profile-id': '1', 'tier-flag': '0', 'level-id': '93', 'tx-mode': 'SRST' },
}

/** Two of these that differ are different codecs. `mimeType` in lower case. */
export function symmetricalFormat(mimeType: string, parameters: Parameters): string {
  return SYMMETRICAL[mimeType]?.(parameters) ?? ''
}

/** Whether all parameters are equal, also those that each side says of itself. */
export function hasEqualParameters(mimeType: string, a: Parameters, b: Parameters): boolean {
  const inferred = INFERRED[mimeType] ?? {}
  const keys = new Set([...a.keys(), ...b.keys()])
  const valueOf = (parameters: Parameters, key: string) => (parameters.get(key) ?? inferred[key])?.toLowerCase()
  return [...keys].every((key) => valueOf(a, key) === valueOf(b, key))
}

const NONE: Parameters = new Map()

/** What is not of the form `key=value` says nothing that would have to be symmetrical. */
export function parametersOf(sdpFmtpLine: string | undefined): Parameters {
  return sdpFmtpLine === undefined ? NONE : (parseFormatParameters(sdpFmtpLine) ?? NONE)
}
