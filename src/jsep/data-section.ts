/** An application section with a data channel association, in the form of RFC 8841 or in that of the drafts before. */
import type { MediaAttributes, MediaDescription } from '../sdp/index.js'
import type { SectionContent } from './draft.js'
import { DATA_CHANNEL_FORMAT, SCTP_PORT, isLegacyForm } from './section.js'

/** The most streams there can be, as the drafts' sctpmap and RFC 8831 §6.2 have it. */
const LEGACY_STREAMS = 65535

/** `like`: the section before, whose form is kept. */
export function dataContent(like: MediaDescription | undefined, maxMessageSizeBytes: number): SectionContent {
  const isLegacy = like !== undefined && isLegacyForm(like)
  const sctp: MediaAttributes = isLegacy
    ? { sctpmaps: [{ port: SCTP_PORT, application: DATA_CHANNEL_FORMAT, streams: LEGACY_STREAMS }] }
    : // RFC 8841 §6: 0 says that any size is taken.
      { sctpPort: SCTP_PORT, maxMessageSizeBytes: Number.isFinite(maxMessageSizeBytes) ? maxMessageSizeBytes : 0 }
  return {
    kind: 'application',
    protocol: like?.protocol ?? 'UDP/DTLS/SCTP',
    formats: [isLegacy ? `${SCTP_PORT}` : DATA_CHANNEL_FORMAT],
    attributes: sctp,
  }
}
