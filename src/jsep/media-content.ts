/** What an audio or video section of ours says: codecs, header extensions, direction, streams (RFC 9429 §5.2.1, §5.3.1). */
import type { MediaAttributes, MediaDescription, SessionDescription } from '../sdp/index.js'
import {
  answeredCodecs,
  answeredHeaderExtensions,
  answeredSimulcast,
  attributesOfCodecs,
  extmapsOf,
  hasMediaCodec,
  offeredCodecs,
  offeredHeaderExtensions,
  offeredSimulcast,
  type Numbering,
  type SimulcastAttributes,
} from './codecs/index.js'
import { directionIn, intersection, reversed, sends } from './direction.js'
import type { SectionContent } from './draft.js'
import type { TransceiverInput } from './media-types.js'

/** What the peer said of the section before. */
export interface AcceptedBefore {
  readonly rtcpRsize: boolean
}

/** RFC 9429 §5.2.1: RTCP has no port of its own, and none is known yet. */
const NO_RTCP_ADDRESS = { port: 9, connection: { addressType: 'IP4', address: '0.0.0.0' } } as const

/** RFC 9429 §5.2.1; where the section was accepted before, §5.2.2. */
export function offeredContent(
  transceiver: TransceiverInput,
  numbering: Numbering,
  cname: string,
  before: AcceptedBefore | undefined,
): SectionContent {
  const { kind, direction, preferredCodecs, headerExtensions, sendStreams } = transceiver
  const { formats, ...codecs } = attributesOfCodecs(kind, offeredCodecs(kind, preferredCodecs, direction, numbering))
  const rids = sendStreams.flatMap(({ rid }) => rid ?? [])
  return {
    kind,
    protocol: 'UDP/TLS/RTP/SAVPF',
    formats,
    attributes: {
      ...(before === undefined && { rtcp: NO_RTCP_ADDRESS, rtcpMuxOnly: true as const }),
      extmaps: offeredHeaderExtensions(headerExtensions, numbering),
      extmapAllowMixed: true,
      direction,
      rtcpMux: true,
      ...(before?.rtcpRsize !== false && { rtcpRsize: true as const }),
      ...codecs,
      ...(sends(direction) && senderAttributes(transceiver, cname, offeredSimulcast(rids))),
    },
  }
}

/** RFC 9429 §5.3.1. Nothing when there is no codec in common: the section is then rejected. */
export function answeredContent(
  transceiver: TransceiverInput,
  offer: SessionDescription,
  offered: MediaDescription,
  cname: string,
): SectionContent | undefined {
  const { kind, preferredCodecs, headerExtensions, sendStreams } = transceiver
  const direction = intersection(transceiver.direction, reversed(directionIn(offer, offered)))
  const chosen = answeredCodecs(kind, preferredCodecs, direction, offered)
  if (!hasMediaCodec(chosen)) return undefined
  const { formats, ...codecs } = attributesOfCodecs(kind, chosen, offered)
  const sendRids = sendStreams.flatMap(({ rid }) => rid ?? [])
  // RFC 9429 §3.7: a simulcast that is offered to a JSEP endpoint is not taken up; it receives one stream.
  const simulcast = answeredSimulcast(offered, { sendRids, receives: false })
  const isMixed = offered.attributes.extmapAllowMixed ?? offer.attributes.extmapAllowMixed
  return {
    kind,
    protocol: offered.protocol,
    formats,
    attributes: {
      extmaps: answeredHeaderExtensions(headerExtensions, extmapsOf(offer, offered)),
      ...(isMixed && { extmapAllowMixed: true as const }), // RFC 8285 §6
      direction,
      rtcpMux: true,
      ...(offered.attributes.rtcpRsize && { rtcpRsize: true as const }),
      ...codecs,
      ...(sends(direction) && senderAttributes(transceiver, cname, simulcast)),
    },
  }
}

/**
 * What is sent, and as which streams (RFC 8830 §2, RFC 5576 §4). RFC 9429 §5.2.1 leaves the id of the track out of `a=msid`;
 * browsers and older endpoints say it and name the track by it, and so do we.
 */
function senderAttributes(
  { streamIds, trackId, sendStreams }: TransceiverInput,
  cname: string,
  simulcast: SimulcastAttributes,
): MediaAttributes {
  const streams = streamIds.length === 0 ? ['-'] : streamIds
  const msids = streams.map((stream) => ({ stream, track: trackId }))
  // With rids the streams are told apart by them, and have no a=ssrc.
  if (simulcast.simulcast !== undefined) return { msids, ...simulcast }
  // One stream alone is sent where a simulcast was not asked for.
  const sent = sendStreams.slice(0, 1)
  const ssrcs = sent.flatMap(({ ssrc, rtxSsrc }) => (rtxSsrc === undefined ? [ssrc] : [ssrc, rtxSsrc]))
  const ssrcGroups = sent.flatMap(({ ssrc, rtxSsrc }) =>
    rtxSsrc === undefined ? [] : [{ semantics: 'FID', ssrcs: [ssrc, rtxSsrc] }],
  )
  return { msids, ssrcGroups, ssrcs: ssrcs.map((ssrc) => ({ ssrc, attribute: 'cname', value: cname })) }
}
