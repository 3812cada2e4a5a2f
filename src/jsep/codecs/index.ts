/**
 * codecs: what audio and video sections say of codecs, header extensions and simulcast, as tables and pure functions
 * (RFC 3264 and RFC 9429 for offers and answers; RFC 6184, 7587, 7741, 7798, 9628 … for what makes two codecs the same;
 * RFC 8285, 8851, 8853). The W3C layer asks the same tables for capabilities. Deliberately absent: codecs themselves
 * (nothing here encodes or decodes), redundant audio of anything but Opus, and rid restrictions in what we write.
 */
export { answeredCodecs, hasMediaCodec } from './answered-codecs.js'
export { conflictingNumbers } from './bundle-numbers.js'
export {
  capabilitiesOf,
  isMandatoryExtension,
  isMediaCodec,
  isTelephoneEvent,
  type Capabilities,
} from './capabilities.js'
export { attributesOfCodecs, type CodecAttributes } from './codec-attributes.js'
export {
  answeredHeaderExtensions,
  extmapsOf,
  negotiatedHeaderExtensions,
  offeredHeaderExtensions,
  renumberedExtension,
} from './header-extensions.js'
export { MID_URI } from './header-extension-table.js'
export { isSameCodec, matchesCodec } from './match.js'
export { negotiatedCodecs, type NegotiatedCodecs } from './negotiated-codecs.js'
export { INITIAL_NUMBERING, learnedNumbering, type Numbering } from './numbering.js'
export { offeredCodecs } from './offered-codecs.js'
export { parseRidRestrictions, type RidRestrictions } from './rid-restrictions.js'
export { scalabilityModesOf } from './scalability-modes.js'
export { codecsOf, forbiddenPayloadType } from './section-codecs.js'
export {
  acceptedSimulcast,
  answeredSimulcast,
  isRid,
  offeredSimulcast,
  simulcastOf,
  type SimulcastAttributes,
  type SimulcastView,
} from './simulcast.js'
