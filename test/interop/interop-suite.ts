/** The whole matrix for one peer: messages, closing and bad cases, with us as offerer and as answerer. */
import { describe } from 'vitest'
import { badCasesSuite } from './bad-cases-suite.js'
import { Bed } from './bed.js'
import { closingSuite } from './closing-suite.js'
import { connectionClosingSuite } from './connection-closing-suite.js'
import { lossSuite } from './loss-suite.js'
import { messagesSuite } from './messages-suite.js'
import { isAbsent, peer } from './peers.js'
import type { PeerName } from './peers.js'
import { renegotiationSuite } from './renegotiation-suite.js'
import { WEAKNESSES } from './weaknesses.js'

/** Native stacks have races of their own, an ABORT that does not leave for instance: failing twice in a row counts. */
const RETRIES: Partial<Record<PeerName, number>> = { 'node-datachannel': 1, werift: 1, '@roamhq/wrtc': 1 }

export function interopSuite(name: PeerName): void {
  const other = peer(name)
  const roles = ['offerer', 'answerer'] as const
  describe.skipIf(isAbsent(other)).each(roles)(`${name}, we are the %s`, { retry: RETRIES[name] ?? 0 }, (ourRole) => {
    const bed = new Bed(other)
    bed.install()
    messagesSuite(bed, ourRole, WEAKNESSES[name])
    closingSuite(bed, ourRole, WEAKNESSES[name])
    connectionClosingSuite(bed, ourRole, WEAKNESSES[name])
    badCasesSuite(bed, ourRole, WEAKNESSES[name])
    if (name === 'chromium' || name === 'firefox') renegotiationSuite(bed, ourRole, WEAKNESSES[name])
    lossSuite(bed, ourRole, WEAKNESSES[name])
  })
}
