import type { NatBehavior } from '../../index.js'
import type { ServerReport } from './report.js'

const OUT_OF_REACH = { code: 701, text: 'No address of this machine reaches it.' }
const NOT_KNOWN = {
  code: 701,
  text: 'Whether it answers was not known when the time was over; a longer --timeout tells.',
}

/**
 * A STUN server that sees the address that we have makes no candidate: what the NAT tests heard of it tells that it is there.
 *
 * @param nat `undefined` where they did not come to an end
 */
export function withObservation(report: ServerReport, nat: readonly NatBehavior[] | undefined): ServerReport {
  if (report.kind !== 'stun' || report.hasAnswered) return report
  const seen = nat?.flatMap(({ servers }) => servers).find(({ url }) => url === report.url)
  // Over DTLS no other test asks it, and a server that does not answer is told as an error.
  if (seen === undefined && report.transport === 'dtls' && report.error === null)
    return { ...report, hasAnswered: true }
  if (seen === undefined) return { ...report, error: report.error ?? (nat === undefined ? NOT_KNOWN : OUT_OF_REACH) }
  const mapped = { address: seen.mappedAddress, port: seen.mappedPort }
  return { ...report, hasAnswered: true, millis: Math.round(seen.roundTripMillis * 10) / 10, mapped, error: null }
}
