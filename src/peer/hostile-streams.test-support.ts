import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { concatBytes } from '../core/index.js'
import { DataChannels } from '../datachannel/index.js'
import { Pair } from '../sctp/association.test-support.js'
import { encodeChunk } from '../sctp/packet/chunk-walker.js'
import * as types from '../sctp/packet/chunk-type.js'
import { encodeForwardTsn, type SkippedMessages } from '../sctp/packet/chunk/forward-tsn.js'
import { encodeIForwardTsn } from '../sctp/packet/chunk/i-forward-tsn.js'
import { encodeReconfig, parseReconfig } from '../sctp/packet/chunk/reconfig.js'
import { COMMON_HEADER_LENGTH, putCommonHeader } from '../sctp/packet/common-header.js'
import { type ReconfigParameter, RESULT_DENIED } from '../sctp/packet/reconfig-parameter.js'
import { putUint16, putUint32, uint32At } from '../sctp/packet/wire.js'
import { ChunkWalker } from '../sctp/packet/chunk-walker.js'

const PACKET_BYTES = 1163

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What the process holds, in its heap and beside it. */
export function heldBytes(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export interface Fragment {
  readonly streamId: number
  readonly ppid: number
  readonly data: Uint8Array
  readonly flags?: number
  readonly sequence?: number
  readonly fsn?: number
}

/** Association and channels of one side, and a peer that says what it likes to them and never answers. */
export class Attacked {
  readonly channels = new DataChannels({ maxMessageSizeBytes: 262_144 })
  /** Bytes of SCTP that the peer has sent, and that it was sent. */
  spent = 0
  answered = 0
  /** The next ones of the peer. */
  tsn = 0
  request = 0
  readonly interleaving: boolean
  readonly #pair: Pair
  #tag = 0
  /** Of requests that were not answered. */
  #asked: number[] = []
  #heardTsn = 0
  #waiting: Uint8Array[] = []
  #waitingBytes = 0

  constructor(interleaving: boolean) {
    this.interleaving = interleaving
    this.#pair = new Pair({ a: { interleaving }, b: { interleaving } })
    const { a, b } = this.#pair
    this.#pair.filter = (packet, to) => {
      if (to === b) this.#read(packet)
      return true
    }
    this.channels.setDtlsRole('server')
    this.channels.attach(b.association)
    b.onEvent = (event) => this.channels.handleSctpEvent(this.#pair.now, event)
    this.#pair.connected()
    a.association.send(this.#pair.now, { streamId: 0, ppid: 53, data: Uint8Array.of(1), ordered: true })
    this.#pair.run(() => b.messages.length > 0)
    this.#drain()
  }

  /** Everything there is of it goes with this. */
  get association() {
    return this.#pair.b.association
  }

  /** Chunks, together in packets until {@link flush}. */
  chunk(chunk: Uint8Array): void {
    if (this.#waitingBytes + chunk.length > PACKET_BYTES - COMMON_HEADER_LENGTH) this.flush()
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
  }

  flush(): void {
    if (this.#waiting.length === 0) return
    const packet = concatBytes(new Uint8Array(COMMON_HEADER_LENGTH), ...this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    putCommonHeader(packet, 0, 5000, 5000, this.#tag)
    this.spent += packet.length
    this.association.receive(this.#pair.now, packet)
    this.#drain()
  }

  data({ streamId, ppid, data, flags = 3, sequence = 0, fsn = 0 }: Fragment): void {
    const body = new Uint8Array((this.interleaving ? 16 : 12) + data.length)
    putUint32(body, 0, this.tsn++)
    putUint16(body, 4, streamId)
    if (this.interleaving) putUint32(body, 8, sequence)
    else putUint16(body, 6, sequence)
    putUint32(body, this.interleaving ? 12 : 8, this.interleaving && (flags & 2) === 0 ? fsn : ppid)
    body.set(data, body.length - data.length)
    this.chunk(encodeChunk(this.interleaving ? types.CHUNK_I_DATA : types.CHUNK_DATA, flags, body))
  }

  reconfig(parameter: Record<string, unknown> & { readonly type: ReconfigParameter['type'] }): void {
    const rest = { requestSequence: this.request++ >>> 0, responseSequence: 0, lastAssignedTsn: this.tsn - 1 }
    this.chunk(encodeReconfig({ ...rest, ...parameter } as ReconfigParameter))
    this.flush()
  }

  /** Has got all that was sent, and answers what it is asked for with "denied". */
  denyResets(): void {
    const sack = new Uint8Array(12)
    putUint32(sack, 0, this.#heardTsn)
    putUint32(sack, 4, 1_048_576)
    this.chunk(encodeChunk(types.CHUNK_SACK, 0, sack))
    this.flush()
    for (const responseSequence of this.#asked) {
      this.chunk(encodeReconfig({ type: 'response', responseSequence, result: RESULT_DENIED }))
    }
    this.#asked = []
    this.flush()
  }

  forward(skipped: readonly SkippedMessages[]): void {
    const encode = this.interleaving ? encodeIForwardTsn : encodeForwardTsn
    this.chunk(encode({ newCumulativeTsn: this.tsn++, skipped }))
    this.flush()
  }

  #read(packet: Uint8Array): void {
    this.#tag = uint32At(packet, 4)
    const walker = new ChunkWalker(packet)
    while (walker.next()) {
      if (walker.type !== types.CHUNK_DATA && walker.type !== types.CHUNK_I_DATA) continue
      this.request = uint32At(packet, walker.bodyStart)
      this.tsn = this.request + 1
    }
  }

  #drain(): void {
    const { association, channels } = this
    const { now } = this.#pair
    for (let run = association.pollMessages(); run; run = association.pollMessages()) channels.handleMessages(now, run)
    for (let event = association.pollEvent(); event; event = association.pollEvent())
      channels.handleSctpEvent(now, event)
    for (let event = channels.pollEvent(); event; event = channels.pollEvent())
      if (event.type === 'closing') channels.close(now, event.handle)
    channels.flush(now)
    for (let packet = association.pollTransmit(now); packet; packet = association.pollTransmit(now)) {
      this.answered += packet.length
      const walker = new ChunkWalker(packet)
      while (walker.next()) {
        if (walker.type === types.CHUNK_DATA || walker.type === types.CHUNK_I_DATA)
          this.#heardTsn = uint32At(packet, walker.bodyStart)
        if (walker.type !== types.CHUNK_RECONFIG) continue
        for (const parameter of parseReconfig(walker.body) ?? [])
          if (parameter.type === 'outgoingReset') this.#asked.push(parameter.requestSequence)
      }
    }
  }
}
