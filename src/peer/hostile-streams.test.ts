import { describe, expect, test } from 'vitest'
import { writeDataChannelOpen } from '../datachannel/data-channel-open.js'
import { PPID_BINARY, PPID_BINARY_PARTIAL, PPID_DCEP } from '../datachannel/ppid.js'
import { encodeChunk } from '../sctp/packet/chunk-walker.js'
import { CHUNK_HEARTBEAT } from '../sctp/packet/chunk-type.js'
import { Attacked, heldBytes } from './hostile-streams.test-support.js'

/** A quarter of what there are: what an id costs is asked for, and time is short. */
const STREAMS = Array.from({ length: 16_000 }, (_, index) => index + 1)
const IDS_PER_REQUEST = 560
const FIXED_BYTES = 1_048_576
const WINDOW_BYTES = 4 * 1_048_576
/** RFC 5061, which nothing here knows. */
const CHUNK_ASCONF = 0xc1
const BEGINNING = 2
const ENDING = 1

function* requests(ids: readonly number[]): Generator<readonly number[]> {
  for (let at = 0; at < ids.length; at += IDS_PER_REQUEST) yield ids.slice(at, at + IDS_PER_REQUEST)
}

const text = 'x'.repeat(65_535)
const open = (label: string, protocol = '') => writeDataChannelOpen({ label, protocol, ordered: true, priority: 'low' })
const byte = Uint8Array.of(7)

/** In fragments, as long as it is. */
function say(attacked: Attacked, streamId: number, ppid: number, data: Uint8Array): void {
  for (let at = 0, fsn = 0; at < data.length; at += 1000, fsn++) {
    const flags = (at === 0 ? BEGINNING : 0) | (at + 1000 >= data.length ? ENDING : 0)
    attacked.data({ streamId, ppid, data: data.subarray(at, at + 1000), flags, fsn })
  }
  attacked.flush()
}

interface Attack {
  readonly name: string
  /** For each stream that is named, or each thing that is said; over DATA and over I-DATA. */
  readonly most: readonly [data: number, iData: number]
  readonly run: (attacked: Attacked) => number
}

const attacks: readonly Attack[] = [
  {
    name: 'streams that no channel has are reset one by one, and our resets never answered',
    most: [20, 20],
    run: (attacked) => {
      for (const streamIds of requests(STREAMS)) attacked.reconfig({ type: 'outgoingReset', streamIds })
      expect(attacked.channels.idsInUse).toBe(STREAMS.length)
      return STREAMS.length
    },
  },
  {
    name: 'we are asked to reset streams of ours that were never used',
    most: [20, 20],
    run: (attacked) => {
      for (const streamIds of requests(STREAMS)) attacked.reconfig({ type: 'incomingReset', streamIds })
      return STREAMS.length
    },
  },
  {
    name: 'channels are refused, and our resets never answered',
    most: [150, 300],
    run: (attacked) => {
      for (const streamId of STREAMS) attacked.data({ streamId, ppid: PPID_DCEP, data: byte })
      attacked.flush()
      expect(attacked.channels.idsInUse).toBe(STREAMS.length)
      return STREAMS.length
    },
  },
  {
    name: 'messages come on streams that no channel has',
    most: [150, 300],
    run: (attacked) => {
      for (const streamId of STREAMS) attacked.data({ streamId, ppid: PPID_BINARY, data: byte })
      attacked.flush()
      return STREAMS.length
    },
  },
  {
    name: 'messages are skipped on streams that had none',
    most: [100, 300],
    run: (attacked) => {
      const rows = attacked.interleaving ? [true, false] : [true]
      for (let at = 0; at < STREAMS.length; at += 70) {
        const ids = STREAMS.slice(at, at + 70)
        attacked.forward(ids.flatMap((streamId) => rows.map((ordered) => ({ streamId, ordered, sequence: 5 }))))
      }
      return STREAMS.length
    },
  },
  {
    name: 'channels with long names are closed, and our resets refused',
    most: [4096, 4096],
    run: (attacked) => {
      for (let streamId = 2; streamId <= 160; streamId += 2) {
        say(attacked, streamId, PPID_DCEP, open(text, text))
        attacked.reconfig({ type: 'outgoingReset', streamIds: [streamId] })
        attacked.denyResets()
      }
      expect(attacked.channels.idsInUse).toBe(80)
      return 80
    },
  },
  {
    name: 'channels are opened',
    most: [2048, 2048],
    run: (attacked) => {
      for (let streamId = 2; streamId <= 8000; streamId += 2)
        attacked.data({ streamId, ppid: PPID_DCEP, data: open('') })
      attacked.flush()
      expect(attacked.channels.size).toBe(4000)
      return 4000
    },
  },
  {
    name: 'messages come in parts of a byte (RFC 8831 §6.6, deprecated), and never end',
    most: [100, 100],
    run: (attacked) => {
      for (let streamId = 2; streamId <= 20; streamId += 2) {
        attacked.data({ streamId, ppid: PPID_DCEP, data: open('') })
        for (let part = 1; part <= 5000; part++)
          attacked.data({ streamId, ppid: PPID_BINARY_PARTIAL, data: byte, sequence: part })
      }
      attacked.flush()
      return 50_000
    },
  },
  {
    name: 'heartbeats come, and chunks that nobody knows, as ASCONF',
    most: [10, 10],
    run: (attacked) => {
      for (let i = 0; i < 10_000; i++) {
        attacked.chunk(encodeChunk(CHUNK_HEARTBEAT, 0, new Uint8Array(8)))
        attacked.chunk(encodeChunk(CHUNK_ASCONF, 0, new Uint8Array(8)))
      }
      attacked.flush()
      expect(attacked.answered).toBeLessThan(attacked.spent)
      return 20_000
    },
  },
]

describe.each([
  ['DATA', false],
  ['I-DATA', true],
])('SECURITY 21, over %s: what it costs us when', (_, interleaving) => {
  test.each(attacks)('$name', ({ most, run }) => {
    const before = heldBytes()
    const attacked = new Attacked(interleaving)
    const count = run(attacked)
    const held = heldBytes() - before
    // What is compiled meanwhile, made once, or held by few objects, is not counted.
    const bytesEach = Math.max(0, held - FIXED_BYTES) / count
    expect(attacked.association.state).toBe('connected')
    expect(bytesEach).toBeLessThan(most[interleaving ? 1 : 0])
  })

  test('fragments come that never make a message: no more than the window', () => {
    for (const flags of [BEGINNING, ENDING]) {
      const before = heldBytes()
      const attacked = new Attacked(interleaving)
      for (const streamId of STREAMS) {
        attacked.tsn++ // what fills a hole is always taken, or ends the association
        attacked.data({ streamId, ppid: PPID_BINARY, data: byte, flags, fsn: flags === ENDING ? 1 : 0 })
      }
      attacked.flush()
      const held = heldBytes() - before
      expect(attacked.association.state).toBe('connected')
      expect(held - FIXED_BYTES).toBeLessThan(2 * WINDOW_BYTES)
      const { droppedOutsideWindow, droppedNoBuffer } = attacked.association.counters
      expect(droppedOutsideWindow! + droppedNoBuffer!).toBeGreaterThan(STREAMS.length / 2)
    }
  })
})
