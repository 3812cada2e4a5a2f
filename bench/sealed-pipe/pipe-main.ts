/**
 * One end of the sealed pipe: records of DTLS 1.2 with AES-128-GCM in datagrams of 1,200 bytes, batched both ways, and nothing else of
 * a protocol. The source keeps a window full; the sink opens and checks each record and tells how many there were.
 */
import { bindUdp } from '../../src/node/bind-udp.js'
import { runtimeCrypto } from '../../src/crypto/index.js'

export interface PipeStart {
  readonly role: 'source' | 'sink'
  /** Of the sink, for the source. */
  readonly port: number
}

export interface PipeCount {
  readonly bytes: number
  readonly cpuMicros: number
  readonly atMillis: number
}

const DATAGRAM_BYTES = 1200
const HEADER_BYTES = 13
const NONCE_BYTES = 8
const TAG_BYTES = 16
const PLAIN_BYTES = DATAGRAM_BYTES - HEADER_BYTES - NONCE_BYTES - TAG_BYTES
/** Sealed and sent by one system call. */
const BURST = 44
/** Half a megabyte: receive buffers hold it. */
const WINDOW = 10 * BURST
const STALL_MILLIS = 50

const { role, port } = JSON.parse(process.env['TINCAN_BENCH_PIPE']!) as PipeStart
const aead = runtimeCrypto.recordAead!('aes-128-gcm', new Uint8Array(16).fill(5), new Uint8Array(4))!
/** Begins with the number of the record, which is its nonce. */
const additionalData = new Uint8Array(HEADER_BYTES)
let opened = 0

function count(): PipeCount {
  const { user, system } = process.cpuUsage()
  return { bytes: opened * PLAIN_BYTES, cpuMicros: user + system, atMillis: performance.now() }
}

async function sink(): Promise<void> {
  let told = 0
  const socket = await bindUdp('127.0.0.1', undefined, (data, from) => {
    for (let i = 0; i < NONCE_BYTES; i++) additionalData[i] = data[HEADER_BYTES + i]!
    const plain = aead.open(additionalData, data, HEADER_BYTES, data.length - HEADER_BYTES)
    if (plain?.length !== PLAIN_BYTES) throw new Error('a record that does not open')
    opened++
    if (opened - told < BURST) return
    told = opened
    const answer = new Uint8Array(4)
    new DataView(answer.buffer).setUint32(0, opened)
    socket.send(answer, from)
  })
  process.send!({ port: socket.local.port })
}

async function source(): Promise<void> {
  const to = { address: '127.0.0.1', port }
  const slab = new Uint8Array(new ArrayBuffer(BURST * DATAGRAM_BYTES))
  const datagrams = Array.from({ length: BURST }, (_, at) =>
    slab.subarray(at * DATAGRAM_BYTES, (at + 1) * DATAGRAM_BYTES),
  )
  // Application data of DTLS 1.2 with its length: merged datagrams are taken apart by that.
  const header = Uint8Array.of(23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0)
  for (const datagram of datagrams) {
    datagram.set(header)
    new DataView(slab.buffer, datagram.byteOffset).setUint16(header.length, DATAGRAM_BYTES - HEADER_BYTES)
  }
  const number = new DataView(additionalData.buffer)
  let sent = 0
  let acknowledged = 0
  let heardMillis = performance.now()
  const socket = await bindUdp('127.0.0.1', undefined, (data) => {
    acknowledged = new DataView(data.buffer, data.byteOffset).getUint32(0)
    heardMillis = performance.now()
    fill()
  })
  let lost = 0
  const fill = (): void => {
    while (sent - lost - acknowledged + BURST <= WINDOW) {
      datagrams.forEach(seal)
      socket.flush()
    }
  }
  const seal = (datagram: Uint8Array, at: number): void => {
    number.setUint32(4, sent++)
    aead.sealInPlace(additionalData, slab, at * DATAGRAM_BYTES + HEADER_BYTES, PLAIN_BYTES)
    socket.queue(datagram, to)
  }
  setInterval(() => {
    // What was lost counts as on its way no longer.
    if (performance.now() - heardMillis > STALL_MILLIS) lost = sent - acknowledged
    fill()
  }, STALL_MILLIS)
  fill()
  process.send!({ port: socket.local.port })
}

process.on('disconnect', () => process.exit())
process.on('message', () => process.send!(count()))
await (role === 'sink' ? sink() : source())
