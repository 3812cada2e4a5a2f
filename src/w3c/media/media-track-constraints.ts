/**
 * The dictionaries of constrainable properties (https://www.w3.org/TR/mediacapture-streams/#constrainable-interface), and
 * the conversion of those that scripts pass.
 */
import {
  boolean,
  clampedUnsignedLong,
  dictionary,
  domString,
  double,
  isIterable,
  isObject,
  optional,
  sequence,
  type Conversion,
  type Members,
} from '../webidl/index.js'

export interface DoubleRange {
  max?: number
  min?: number
}

export interface ULongRange {
  max?: number
  min?: number
}

export interface ConstrainDoubleRange extends DoubleRange {
  exact?: number
  ideal?: number
}

export interface ConstrainULongRange extends ULongRange {
  exact?: number
  ideal?: number
}

export interface ConstrainBooleanParameters {
  exact?: boolean
  ideal?: boolean
}

export interface ConstrainDOMStringParameters {
  exact?: string | string[]
  ideal?: string | string[]
}

export interface ConstrainBooleanOrDOMStringParameters {
  exact?: boolean | string
  ideal?: boolean | string
}

export type ConstrainULong = number | ConstrainULongRange
export type ConstrainDouble = number | ConstrainDoubleRange
export type ConstrainBoolean = boolean | ConstrainBooleanParameters
export type ConstrainDOMString = string | string[] | ConstrainDOMStringParameters
export type ConstrainBooleanOrDOMString = boolean | string | ConstrainBooleanOrDOMStringParameters

/** One set of constraints; a bare value is an ideal, or in `advanced` a required one. */
export interface MediaTrackConstraintSet {
  aspectRatio?: ConstrainDouble
  autoGainControl?: ConstrainBoolean
  backgroundBlur?: ConstrainBoolean
  channelCount?: ConstrainULong
  deviceId?: ConstrainDOMString
  echoCancellation?: ConstrainBooleanOrDOMString
  facingMode?: ConstrainDOMString
  frameRate?: ConstrainDouble
  groupId?: ConstrainDOMString
  height?: ConstrainULong
  latency?: ConstrainDouble
  noiseSuppression?: ConstrainBoolean
  resizeMode?: ConstrainDOMString
  sampleRate?: ConstrainULong
  sampleSize?: ConstrainULong
  width?: ConstrainULong
}

export interface MediaTrackConstraints extends MediaTrackConstraintSet {
  advanced?: MediaTrackConstraintSet[]
}

/** What a track is set to. */
export interface MediaTrackSettings {
  /** Width divided by height. */
  aspectRatio?: number
  autoGainControl?: boolean
  backgroundBlur?: boolean
  channelCount?: number
  deviceId?: string
  echoCancellation?: boolean | string
  facingMode?: string
  /** Frames per second. */
  frameRate?: number
  groupId?: string
  /** Pixels. */
  height?: number
  /** Seconds. */
  latency?: number
  noiseSuppression?: boolean
  resizeMode?: string
  /** Hertz. */
  sampleRate?: number
  /** Bits. */
  sampleSize?: number
  /** Pixels. */
  width?: number
}

/** What a track can be set to. */
export interface MediaTrackCapabilities {
  aspectRatio?: DoubleRange
  autoGainControl?: boolean[]
  backgroundBlur?: boolean[]
  channelCount?: ULongRange
  deviceId?: string
  echoCancellation?: (boolean | string)[]
  facingMode?: string[]
  frameRate?: DoubleRange
  groupId?: string
  height?: ULongRange
  latency?: DoubleRange
  noiseSuppression?: boolean[]
  resizeMode?: string[]
  sampleRate?: ULongRange
  sampleSize?: ULongRange
  width?: ULongRange
}

/** A union of a dictionary and something that is no object: null and undefined are an empty dictionary (WebIDL). */
function orDictionary<A, B extends object>(bare: Conversion<A>, parameters: Conversion<B>): Conversion<A | B> {
  return (value, context) =>
    value === undefined || value === null || isObject(value) ? parameters(value, context) : bare(value, context)
}

const strings = sequence(domString)

const stringOrStrings: Conversion<string | string[]> = (value, context) =>
  isIterable(value) ? strings(value, context) : domString(value, context)

const booleanOrString: Conversion<boolean | string> = (value, context) =>
  typeof value === 'boolean' ? value : domString(value, context)

const constrainULong: Conversion<ConstrainULong> = orDictionary(
  clampedUnsignedLong,
  dictionary<ConstrainULongRange>('ConstrainULongRange', {
    max: optional(clampedUnsignedLong),
    min: optional(clampedUnsignedLong),
    exact: optional(clampedUnsignedLong),
    ideal: optional(clampedUnsignedLong),
  }),
)

const constrainDouble: Conversion<ConstrainDouble> = orDictionary(
  double,
  dictionary<ConstrainDoubleRange>('ConstrainDoubleRange', {
    max: optional(double),
    min: optional(double),
    exact: optional(double),
    ideal: optional(double),
  }),
)

const constrainBoolean: Conversion<ConstrainBoolean> = orDictionary(
  boolean,
  dictionary<ConstrainBooleanParameters>('ConstrainBooleanParameters', {
    exact: optional(boolean),
    ideal: optional(boolean),
  }),
)

const constrainBooleanOrDomString: Conversion<ConstrainBooleanOrDOMString> = orDictionary(
  booleanOrString,
  dictionary<ConstrainBooleanOrDOMStringParameters>('ConstrainBooleanOrDOMStringParameters', {
    exact: optional(booleanOrString),
    ideal: optional(booleanOrString),
  }),
)

const stringParameters = dictionary<ConstrainDOMStringParameters>('ConstrainDOMStringParameters', {
  exact: optional(stringOrStrings),
  ideal: optional(stringOrStrings),
})

const constrainDomString: Conversion<ConstrainDOMString> = (value, context) =>
  value === undefined || value === null || (isObject(value) && !isIterable(value))
    ? stringParameters(value, context)
    : stringOrStrings(value, context)

const constraintSetMembers: Members<MediaTrackConstraintSet> = {
  aspectRatio: optional(constrainDouble),
  autoGainControl: optional(constrainBoolean),
  backgroundBlur: optional(constrainBoolean),
  channelCount: optional(constrainULong),
  deviceId: optional(constrainDomString),
  echoCancellation: optional(constrainBooleanOrDomString),
  facingMode: optional(constrainDomString),
  frameRate: optional(constrainDouble),
  groupId: optional(constrainDomString),
  height: optional(constrainULong),
  latency: optional(constrainDouble),
  noiseSuppression: optional(constrainBoolean),
  resizeMode: optional(constrainDomString),
  sampleRate: optional(constrainULong),
  sampleSize: optional(constrainULong),
  width: optional(constrainULong),
}

const constraintSet = dictionary<MediaTrackConstraintSet>('MediaTrackConstraintSet', constraintSetMembers)

export const mediaTrackConstraints = dictionary<MediaTrackConstraints>(
  'MediaTrackConstraints',
  {
    ...constraintSetMembers,
    advanced: optional(sequence(constraintSet)),
  },
  constraintSetMembers,
)
