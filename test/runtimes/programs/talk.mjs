// One end of a conversation with another process: signals are lines of JSON on standard input and output.
// Offers when told so, sends 1 MiB and a word, expects the same, closes its channel, then its connection.
import { createInterface } from 'node:readline'
import { RTCPeerConnection } from 'tincan-rtc'

const BLOCKS = 16
const BLOCK_BYTES = 65_536
const isOfferer = process.argv.includes('--offer')

const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)
const connection = new RTCPeerConnection({ tincan: { includeLoopback: true } })
const received = { bytes: 0, words: [] }
const events = []

function use(channel) {
  channel.onmessage = ({ data }) => {
    if (typeof data !== 'string') received.bytes += data.byteLength
    else {
      received.words.push(data)
      // The answerer has the last word, so that nothing is on its way any more when the offerer closes.
      if (isOfferer) channel.close()
      else send(channel)
    }
  }
  for (const type of ['closing', 'error', 'close']) channel.addEventListener(type, () => events.push(type))
  channel.onclose = () => {
    tell({ result: { ...received, events } })
    connection.close()
    signals.close()
    process.stdin.unref?.()
  }
  if (isOfferer) channel.onopen = () => send(channel)
}

function send(channel) {
  for (let i = 0; i < BLOCKS; i++) channel.send(new Uint8Array(BLOCK_BYTES).fill(i))
  channel.send('grüß dich')
}

connection.onicecandidate = ({ candidate }) => tell({ candidate })
connection.ondatachannel = ({ channel }) => use(channel)

// Lines come while promises are pending: one after another.
let last = Promise.resolve()
const signals = createInterface({ input: process.stdin })
signals.on('line', (line) => (last = last.then(() => take(JSON.parse(line)))))

async function take({ description, candidate }) {
  if (description === undefined) return await connection.addIceCandidate(candidate)
  await connection.setRemoteDescription(description)
  if (description.type !== 'offer') return
  await connection.setLocalDescription()
  tell({ description: connection.localDescription })
}

if (isOfferer) {
  use(connection.createDataChannel('talk'))
  await connection.setLocalDescription()
  tell({ description: connection.localDescription })
}
