/** A section on its way into a description of ours. */
import type { MediaAttributes, MediaDescription } from '../sdp/index.js'
import { DATA_CHANNEL_FORMAT } from './section.js'
import type { DescribeInputs, TransceiverKeys } from './types.js'

export interface Draft {
  readonly mid: string
  /** The name of its transport. */
  readonly transportMid: string
  /** The section before, ours or the peer's: a rejected one keeps its form. */
  readonly like: MediaDescription | undefined
  /** The transceiver that it is for, also where it is rejected. */
  readonly transceiver?: number
  /** Inside its group or not at all (RFC 9143 §6). */
  readonly bundleOnly?: boolean
  /** The section, without transport and mid; none where it is rejected. */
  readonly content?: SectionContent
}

/** What a section says beyond its transport and its mid. */
export interface SectionContent {
  readonly kind: string
  readonly protocol: string
  readonly formats: readonly string[]
  readonly attributes: MediaAttributes
}

export type SetupOf = (draft: Draft) => 'actpass' | 'active' | 'passive'

/** No address is known yet, or it is said by candidates (RFC 8840 §4.1.1). */
const NOWHERE = { connection: { addressType: 'IP4', address: '0.0.0.0' }, bandwidths: [] } as const

/**
 * Every section says its transport, also where another of its group does: RFC 9143 §7.1.3 would have it said once, but all
 * browsers repeat it, and endpoints that look for it in each section have come to rely on that.
 */
export function describeAll(drafts: readonly Draft[], inputs: DescribeInputs, setupOf: SetupOf): MediaDescription[] {
  const transports = new Map<string, MediaAttributes>()
  return drafts.map((draft) => {
    const { mid, transportMid, bundleOnly = false, content } = draft
    if (content === undefined) return rejectedSection(draft)
    const transport = transports.get(transportMid) ?? transportSection(transportMid, inputs, setupOf(draft))
    transports.set(transportMid, transport)
    const flags = bundleOnly ? { mid, bundleOnly: true as const } : { mid }
    const attributes: MediaAttributes = Object.assign({}, transport, flags, said(content.attributes))
    // Not spread: an object that is spread gets a shape of its own, and descriptions are kept.
    // RFC 8840 §4.1.1: port 9, discard, until candidates say better.
    return Object.assign({}, content, { port: bundleOnly ? 0 : 9, ...NOWHERE, attributes })
  })
}

/** A list without entries stands in no line: it is left out, as from a description that was read. */
function said(attributes: MediaAttributes): MediaAttributes {
  const isSaid = (value: unknown): boolean => !Array.isArray(value) || value.length > 0
  if (Object.values(attributes).every(isSaid)) return attributes
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => isSaid(value)))
}

function transportSection(
  transportMid: string,
  inputs: DescribeInputs,
  setup: 'actpass' | 'active' | 'passive',
): MediaAttributes {
  const { usernameFragment, password, fingerprints } = inputs.transportOf(transportMid)
  return { iceUfrag: usernameFragment, icePwd: password, iceOptions: ['trickle'], fingerprints, setup }
}

/** RFC 9429 §5.3.1: port 0, the formats that were offered, and no transport. */
function rejectedSection({ mid, like }: Draft): MediaDescription {
  return {
    kind: like?.kind ?? 'application',
    port: 0,
    protocol: like?.protocol ?? 'UDP/DTLS/SCTP',
    formats: like?.formats ?? [DATA_CHANNEL_FORMAT],
    ...NOWHERE,
    attributes: { mid, direction: 'inactive' },
  }
}

/** Of all connections that have channels alone. */
const NO_KEYS: TransceiverKeys = new Map()

export function transceiverKeys(drafts: readonly Draft[]): TransceiverKeys {
  const entries = drafts.flatMap(({ mid, transceiver }) => {
    return transceiver === undefined ? [] : [[mid, transceiver] as const]
  })
  return entries.length === 0 ? NO_KEYS : new Map(entries)
}
