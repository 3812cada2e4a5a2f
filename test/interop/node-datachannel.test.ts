import { afterEach, describe, expect, test } from 'vitest'
import { Bed, opened } from './bed.js'
import { interopSuite } from './interop-suite.js'
import { negotiate } from './negotiate.js'
import { isAbsent, peer } from './peers.js'

interopSuite('node-datachannel')

describe.skipIf(isAbsent(peer('node-datachannel')))('attributes that it does not know', () => {
  const bed = new Bed(peer('node-datachannel'))
  bed.install()
  afterEach(async () => await bed.closeConnections())

  // https://github.com/paullouisageneau/libdatachannel/issues/1620: until then they stand in its answers as they stood in the offer.
  test('our a=sctp-init, sent back, is no a=sctp-init of its own: there is a handshake', async () => {
    const pair = await bed.pair('offerer')
    await pair.offerer.createChannel('chat')
    const said = new Map<string, string | undefined>()
    const alter = <T extends { type: string; sdp: string }>(description: T): T => {
      said.set(description.type, /^a=sctp-init:(\S+)/m.exec(description.sdp)?.[1])
      return description
    }
    await negotiate(pair, { trickle: true, alter })
    await opened(pair, 'chat')
    expect(said.get('offer')).toBeDefined()
    expect([said.get('offer'), undefined]).toContain(said.get('answer'))
  })
})
