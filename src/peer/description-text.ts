/** Descriptions as their readers see them. */
import { planOf, withLocalCandidates } from '../jsep/index.js'
import type { Description, JsepState } from '../jsep/types.js'
import type { TextDescription } from './contract.js'
import type { Transport } from './transport.js'

/** One of ours, with what its transports have gathered. */
export function localText(
  description: Description | undefined,
  negotiation: JsepState,
  transports: readonly Transport[],
): TextDescription | null {
  if (description === undefined) return null
  const { sections } = planOf(negotiation)
  const gathered = new Map<string, Transport['gathering']['gathered']>()
  for (const transport of transports) {
    // RFC 9143 §7.1.3: the first section of a transport speaks for all that share it.
    const speaker = sections.find((section) => section.transportMid === transport.mid && !section.rejected)
    if (speaker !== undefined) gathered.set(speaker.mid, transport.gathering.gathered)
  }
  return { type: description.type, sdp: withLocalCandidates(description, gathered) }
}

export function textOf(description: Description | undefined): TextDescription | null {
  return description === undefined ? null : { type: description.type, sdp: description.sdp }
}
