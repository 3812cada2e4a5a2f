/** An application section with a data channel association, in the form of RFC 8841 or in that of the drafts before. */
import type { MediaAttributes, MediaDescription } from '../sdp/index.js'
import type { SectionContent } from './draft.js'
import { DATA_CHANNEL_FORMAT, SCTP_PORT, isLegacyForm } from './section.js'
import type { DescribeInputs } from './types.js'

/** The most streams there can be, as the drafts' sctpmap and RFC 8831 §6.2 have it. */
const LEGACY_STREAMS = 65535

/** `like`: the section before, whose form is kept. `init`: what the new form says as a=sctp-init. */
export function dataContent(
  like: MediaDescription | undefined,
  { maxMessageSizeBytes }: Pick<DescribeInputs, 'maxMessageSizeBytes'>,
  init: string | undefined,
): SectionContent {
  const isLegacy = like !== undefined && isLegacyForm(like)
  const sctp: MediaAttributes = isLegacy
    ? { sctpmaps: [{ port: SCTP_PORT, application: DATA_CHANNEL_FORMAT, streams: LEGACY_STREAMS }] }
    : // RFC 8841 §6: 0 says that any size is taken.
      {
        sctpPort: SCTP_PORT,
        maxMessageSizeBytes: Number.isFinite(maxMessageSizeBytes) ? maxMessageSizeBytes : 0,
        ...(init !== undefined && { sctpInit: init }),
      }
  return {
    kind: 'application',
    protocol: like?.protocol ?? 'UDP/DTLS/SCTP',
    formats: [isLegacy ? `${SCTP_PORT}` : DATA_CHANNEL_FORMAT],
    attributes: sctp,
  }
}
