/**
 * Constraints on tracks (https://www.w3.org/TR/mediacapture-streams/#constrainable-interface) whose settings are given:
 * there is one settings dictionary to select from, so that constraints are met by it or not at all.
 */
import type { MediaTrackCapabilities, MediaTrackConstraintSet, MediaTrackSettings } from './media-track-constraints.js'

type Value = number | boolean | string

interface Parameters {
  readonly exact?: Value | readonly string[]
  readonly min?: number
  readonly max?: number
}

/** Properties whose capability is a range. */
const RANGES: ReadonlySet<string> = new Set([
  'aspectRatio',
  'channelCount',
  'frameRate',
  'height',
  'latency',
  'sampleRate',
  'sampleSize',
  'width',
])
/** Properties whose capability is a single value, as a setting is. */
const SINGLE: ReadonlySet<string> = new Set(['deviceId', 'groupId'])

/** What a track that cannot be set to anything else is capable of. */
export function capabilitiesOf(settings: Readonly<MediaTrackSettings>): MediaTrackCapabilities {
  const capabilities: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(settings)) {
    capabilities[name] = RANGES.has(name) ? { max: value, min: value } : SINGLE.has(name) ? value : [value]
  }
  return capabilities
}

/**
 * The ApplyConstraints algorithm: the name of a required constraint that the settings do not meet. Bare values are ideals
 * and never fail; a set in `advanced` that cannot be met is ignored.
 */
export function failedConstraint(
  settings: Readonly<MediaTrackSettings>,
  constraints: MediaTrackConstraintSet,
): string | undefined {
  for (const [name, constraint] of Object.entries(constraints) as [string, unknown][]) {
    if (name === 'advanced' || typeof constraint !== 'object' || Array.isArray(constraint)) continue
    const actual = (settings as Readonly<Record<string, Value | undefined>>)[name]
    if (!isMet(actual, constraint as Parameters)) return name
  }
  return undefined
}

/** Whether the fitness distance is finite. */
function isMet(actual: Value | undefined, { exact, min, max }: Parameters): boolean {
  // An empty list is no constraint.
  const required = Array.isArray(exact) && exact.length === 0 ? undefined : exact
  if (required === undefined && min === undefined && max === undefined) return true
  if (actual === undefined) return false
  if (required !== undefined && !equals(actual, required)) return false
  return (min === undefined || Number(actual) >= min) && (max === undefined || Number(actual) <= max)
}

function equals(actual: Value, required: Value | readonly string[]): boolean {
  return typeof required === 'object' ? required.includes(String(actual)) : actual === required
}
