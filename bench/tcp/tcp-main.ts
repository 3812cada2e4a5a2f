/** One end of a TCP connection in a network namespace of its own: a sink that counts, or a source that sends flat out. */
import { createSocket } from 'node:dgram'
import { createServer, connect } from 'node:net'
import type { Socket } from 'node:net'

export interface TcpStart {
  readonly role: 'sink' | 'source'
  readonly address: string
  readonly port: number
  /** Of the source. */
  readonly otherAddress: string
}

export interface TcpCount {
  readonly bytes: number
  readonly atMillis: number
}

const { role, address, port, otherAddress } = JSON.parse(process.env['TINCAN_BENCH_TCP']!) as TcpStart
const DISCARD_PORT = 9
let bytes = 0

function sendAll(socket: Socket): void {
  const block = new Uint8Array(64 << 10)
  const fill = (): void => {
    while (socket.write(block));
  }
  socket.on('drain', fill)
  fill()
}

process.on('disconnect', () => process.exit())
process.on('message', () => process.send!({ bytes, atMillis: performance.now() } satisfies TcpCount))
if (role === 'sink') {
  const server = createServer((socket) => {
    socket.on('data', (data) => (bytes += data.length))
    // The source is killed when it is done.
    socket.on('error', () => {})
  })
  server.listen(port, address, () => {
    // The relay learns of an end by what that sends, and a server sends nothing before it is asked.
    const socket = createSocket('udp4')
    socket.send('', DISCARD_PORT, otherAddress, () => socket.close())
    process.send!({ listening: true })
  })
} else {
  const socket = connect(port, address, () => {
    process.send!({ connected: true })
    sendAll(socket)
  })
}
