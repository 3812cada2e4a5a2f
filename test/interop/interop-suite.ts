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

export function interopSuite(name: PeerName): void {
  const other = peer(name)
  describe.skipIf(isAbsent(other)).each(['offerer', 'answerer'] as const)(`${name}, we are the %s`, (ourRole) => {
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
