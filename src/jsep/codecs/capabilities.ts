import type { Codec, HeaderExtension, MediaKind } from '../media-types.js'
import { roleOf, rowsFor, type Use } from './codec-table.js'
import { EXTENSION_TABLE } from './header-extension-table.js'

export interface Capabilities {
  readonly codecs: readonly Codec[]
  /** With the directions that a new transceiver has. */
  readonly headerExtensions: readonly HeaderExtension[]
}

/**
 * What sections of a kind may be made of (W3C RTCRtpCapabilities): the same tables that offers are written from, with
 * retransmissions once, after the first codec that has them, as browsers list them.
 */
export function capabilitiesOf(kind: MediaKind, use: Exclude<Use, 'both'>): Capabilities {
  const rows = rowsFor(kind, use)
  const first = rows.find(({ rtxPayloadType }) => rtxPayloadType !== undefined)
  const codecs = rows.flatMap((row): Codec[] => {
    return row === first ? [row.codec, { mimeType: `${kind}/rtx`, clockRate: row.codec.clockRate }] : [row.codec]
  })
  return { codecs, headerExtensions: EXTENSION_TABLE[kind].map(({ uri, direction }) => ({ uri, direction })) }
}

/** Whether a codec carries media by itself, and not only retransmissions, redundancy, noise or events. */
export function isMediaCodec(codec: Pick<Codec, 'mimeType'>): boolean {
  return roleOf(codec) === 'media'
}

/** RFC 4733: neither media nor a way to repair it. */
export function isTelephoneEvent(codec: Pick<Codec, 'mimeType'>): boolean {
  return roleOf(codec) === 'telephone-event'
}

/** Whether an extension must be negotiated as it is by default. */
export function isMandatoryExtension(kind: MediaKind, uri: string): boolean {
  return EXTENSION_TABLE[kind].some((row) => row.uri === uri && row.isMandatory === true)
}
