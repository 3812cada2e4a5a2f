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

/**
 * The ends of a range of numbers, both included. An end that is absent is none.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-doublerange
 */
export interface DoubleRange {
  /** The largest value that fits. */
  max?: number
  /** The smallest value that fits. */
  min?: number
}

/**
 * The ends of a range of whole numbers, 0 to 4,294,967,295, both included. An end that is absent is none.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-ulongrange
 */
export interface ULongRange {
  /** The largest value that fits. */
  max?: number
  /** The smallest value that fits. */
  min?: number
}

/**
 * What a number has to be, or had better be.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-constraindoublerange
 */
export interface ConstrainDoubleRange extends DoubleRange {
  /** Required: no other value fits. */
  exact?: number
  /** Wished for: kept, and without effect, as sources cannot be set. */
  ideal?: number
}

/**
 * What a whole number has to be, or had better be.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-constrainulongrange
 */
export interface ConstrainULongRange extends ULongRange {
  /** Required: no other value fits. */
  exact?: number
  /** Wished for: kept, and without effect, as sources cannot be set. */
  ideal?: number
}

/**
 * What a switch has to be, or had better be.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-constrainbooleanparameters
 */
export interface ConstrainBooleanParameters {
  /** Required: no other value fits. */
  exact?: boolean
  /** Wished for: kept, and without effect, as sources cannot be set. */
  ideal?: boolean
}

/**
 * What a name has to be, or had better be.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-constraindomstringparameters
 */
export interface ConstrainDOMStringParameters {
  /** Required: one of these; an empty list requires nothing. */
  exact?: string | string[]
  /** Wished for: kept, and without effect, as sources cannot be set. */
  ideal?: string | string[]
}

/**
 * What a switch with named positions has to be, or had better be.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-constrainbooleanordomstringparameters
 */
export interface ConstrainBooleanOrDOMStringParameters {
  /** Required: no other value fits. */
  exact?: boolean | string
  /** Wished for: kept, and without effect, as sources cannot be set. */
  ideal?: boolean | string
}

/**
 * A whole number wished for (clamped to 0 to 4,294,967,295), or a range.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-constrainulong
 */
export type ConstrainULong = number | ConstrainULongRange
/** A number wished for, or a range. @see https://www.w3.org/TR/mediacapture-streams/#dom-constraindouble */
export type ConstrainDouble = number | ConstrainDoubleRange
/** A switch wished for, or required. @see https://www.w3.org/TR/mediacapture-streams/#dom-constrainboolean */
export type ConstrainBoolean = boolean | ConstrainBooleanParameters
/**
 * A name wished for, one of several, or required.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-constraindomstring
 */
export type ConstrainDOMString = string | string[] | ConstrainDOMStringParameters
/**
 * A switch wished for, by its position or its name, or required.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-constrainbooleanordomstring
 */
export type ConstrainBooleanOrDOMString = boolean | string | ConstrainBooleanOrDOMStringParameters

/**
 * One set of constraints. Sources cannot be set: `exact`, `min` and `max` are compared with what the source says of
 * itself, and nothing fits what it does not say. Bare values are wishes, and without effect.
 * @see https://www.w3.org/TR/mediacapture-streams/#media-track-constraints
 */
export interface MediaTrackConstraintSet {
  /** Width divided by height, rounded to ten decimals; of video. */
  aspectRatio?: ConstrainDouble
  /** Whether the loudness is levelled; of audio. */
  autoGainControl?: ConstrainBoolean
  /** Whether the background is blurred; of video. */
  backgroundBlur?: ConstrainBoolean
  /** 1 is mono, 2 is stereo; of audio. */
  channelCount?: ConstrainULong
  /** Names the device, or whatever else the source is. */
  deviceId?: ConstrainDOMString
  /** Whether, or by which of `all` and `remote-only`, what is played is taken out; of audio. */
  echoCancellation?: ConstrainBooleanOrDOMString
  /** `user`, `environment`, `left` or `right`; of video. */
  facingMode?: ConstrainDOMString
  /** Frames per second; of video. */
  frameRate?: ConstrainDouble
  /** The same for sources of one physical device. */
  groupId?: ConstrainDOMString
  /** Pixels; of video. */
  height?: ConstrainULong
  /** Seconds from a sound to its samples; of audio. */
  latency?: ConstrainDouble
  /** Whether noise is taken out; of audio. */
  noiseSuppression?: ConstrainBoolean
  /** `none` or `crop-and-scale`; of video. */
  resizeMode?: ConstrainDOMString
  /** Hertz; of audio. */
  sampleRate?: ConstrainULong
  /** Bits of a linear sample; of audio. */
  sampleSize?: ConstrainULong
  /** Pixels; of video. */
  width?: ConstrainULong
}

/** What `applyConstraints()` takes. @see https://www.w3.org/TR/mediacapture-streams/#media-track-constraints */
export interface MediaTrackConstraints extends MediaTrackConstraintSet {
  /**
   * Sets to be met in turn where that is possible, in which bare values are required: kept, and without effect, as
   * sources cannot be set.
   */
  advanced?: MediaTrackConstraintSet[]
}

/**
 * What a track is set to: what its source was constructed with. Empty for tracks of the peer; a track that has ended
 * keeps `deviceId`, `facingMode` and `groupId`.
 * @see https://www.w3.org/TR/mediacapture-streams/#media-track-settings
 */
export interface MediaTrackSettings {
  /** Width divided by height, rounded to ten decimals; of video. */
  aspectRatio?: number
  /** Whether the loudness is levelled; of audio. */
  autoGainControl?: boolean
  /** Whether the background is blurred; of video. */
  backgroundBlur?: boolean
  /** 1 is mono, 2 is stereo; of audio. */
  channelCount?: number
  /** Names the device, or whatever else the source is. */
  deviceId?: string
  /** Whether, or by which of `all` and `remote-only`, what is played is taken out; of audio. */
  echoCancellation?: boolean | string
  /** `user`, `environment`, `left` or `right`; of video. */
  facingMode?: string
  /** Frames per second; of video. */
  frameRate?: number
  /** The same for sources of one physical device. */
  groupId?: string
  /** Pixels; of video. */
  height?: number
  /** Seconds from a sound to its samples; of audio. */
  latency?: number
  /** Whether noise is taken out; of audio. */
  noiseSuppression?: boolean
  /** `none` or `crop-and-scale`; of video. */
  resizeMode?: string
  /** Hertz; of audio. */
  sampleRate?: number
  /** Bits of a linear sample; of audio. */
  sampleSize?: number
  /** Pixels; of video. */
  width?: number
}

/**
 * What a track can be set to: of each setting of its source the one value. Empty for tracks of the peer.
 * @see https://www.w3.org/TR/mediacapture-streams/#media-track-capabilities
 */
export interface MediaTrackCapabilities {
  /** Width divided by height, rounded to ten decimals; of video. */
  aspectRatio?: DoubleRange
  /** Whether the loudness is levelled; of audio. */
  autoGainControl?: boolean[]
  /** Whether the background is blurred; of video. */
  backgroundBlur?: boolean[]
  /** 1 is mono, 2 is stereo; of audio. */
  channelCount?: ULongRange
  /** Names the device, or whatever else the source is. */
  deviceId?: string
  /** Whether, or by which of `all` and `remote-only`, what is played is taken out; of audio. */
  echoCancellation?: (boolean | string)[]
  /** `user`, `environment`, `left` or `right`; of video. */
  facingMode?: string[]
  /** Frames per second; of video. */
  frameRate?: DoubleRange
  /** The same for sources of one physical device. */
  groupId?: string
  /** Pixels; of video. */
  height?: ULongRange
  /** Seconds from a sound to its samples; of audio. */
  latency?: DoubleRange
  /** Whether noise is taken out; of audio. */
  noiseSuppression?: boolean[]
  /** `none` or `crop-and-scale`; of video. */
  resizeMode?: string[]
  /** Hertz; of audio. */
  sampleRate?: ULongRange
  /** Bits of a linear sample; of audio. */
  sampleSize?: ULongRange
  /** Pixels; of video. */
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
