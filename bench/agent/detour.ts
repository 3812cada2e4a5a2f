/**
 * Candidates that lead to a relay: the first IPv4 host candidate over UDP with another port, and no other. The relay listens on
 * all addresses of this machine, so the address stays: a socket that is bound to it need not reach another.
 */
import type { Candidate, Description } from './stack.js'

const USABLE = /^(candidate:\S+ 1 udp \d+ \d+\.\d+\.\d+\.\d+) (\d+)( typ host)/i

export function detouredCandidate(candidate: Candidate, port: number): Candidate | undefined {
  const text = candidate.candidate.replace(/^a=/, '')
  if (!USABLE.test(text)) return undefined
  return { ...candidate, candidate: text.replace(USABLE, `$1 ${port}$3`) }
}

export interface DetouredDescription {
  readonly description: Description
  readonly hasCandidate: boolean
}

/** `hasCandidate`: one was told already, so that none is left here. */
export function detouredDescription(
  { type, sdp }: Description,
  port: number,
  hasCandidate: boolean,
): DetouredDescription {
  let found = hasCandidate
  const lines = sdp.split('\r\n').flatMap((line) => {
    if (!line.startsWith('a=candidate:')) return [line]
    const text = line.slice('a='.length)
    if (found || !USABLE.test(text)) return []
    found = true
    return [`a=${text.replace(USABLE, `$1 ${port}$3`)}`]
  })
  return { description: { type, sdp: lines.join('\r\n') }, hasCandidate: found }
}
