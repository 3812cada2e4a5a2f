import { formatCandidate, parseCandidate } from '../../src/ice/index.js'
import type { Layer } from './layer.js'

/** What a browser trickles: a name of multicast DNS, a reflexive address, a relayed one, and one of TCP. */
const TEXTS = [
  'candidate:401362039 1 udp 2113937151 b8d3747b-9d67-46e2-979f-25992509de7f.local 44281 typ host generation 0 network-cost 999',
  'candidate:842163049 1 udp 1677729535 203.0.113.141 54609 typ srflx raddr 0.0.0.0 rport 0 generation 0 network-cost 999',
  'candidate:3098175849 1 udp 33562367 2001:db8::17 61234 typ relay raddr 203.0.113.141 rport 54609 generation 0 ufrag LBym',
  'candidate:1052353102 1 tcp 1518149375 192.0.2.7 9 typ host tcptype active generation 0',
]

export const ice: Layer = {
  name: 'ice',
  title: 'candidates as browsers write them',
  workloads: [
    {
      title: 'parsed',
      operations: 20_000,
      unit: 'candidates',
      prepare: (operations) => () => {
        let candidates = 0
        for (let i = 0; i < operations; i++) if (parseCandidate(TEXTS[i % TEXTS.length]!) !== undefined) candidates++
        return { candidates }
      },
    },
    {
      title: 'written',
      operations: 50_000,
      unit: 'candidates',
      prepare(operations) {
        const parsed = TEXTS.map((text) => parseCandidate(text)!)
        return () => {
          let candidates = 0
          for (let i = 0; i < operations; i++) if (formatCandidate(parsed[i % parsed.length]!).length > 0) candidates++
          return { candidates }
        }
      },
    },
  ],
}
