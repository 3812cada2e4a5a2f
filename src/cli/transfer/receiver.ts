import { createHash } from 'node:crypto'
import type { RTCDataChannel } from '../../index.js'
import type { ChannelMessage } from '../demo-protocol.js'
import { parseChannelMessage } from '../demo-protocol.js'
import { hasEnded, observeChannel } from '../observe.js'
import { closeConnection, connection, fail, report, tellParent, tellStep } from './child.js'

// The receiving process: answers, hashes what comes, and closes the channel when the file has come whole.

const PROGRESS_BYTES = 1024 * 1024

connection.addEventListener('connectionstatechange', () => {
  // The sender closes the connection last. What is left here is ours to let go.
  if (hasEnded(connection)) closeConnection()
})
connection.addEventListener('datachannel', ({ channel }) => {
  channel.binaryType = 'arraybuffer'
  observeChannel(channel, tellStep)
  receive(channel)
})

function receive(channel: RTCDataChannel): void {
  const hash = createHash('sha256')
  let announced: { name: string; sizeBytes: number } | undefined
  let receivedBytes = 0
  let reportedBytes = 0
  channel.addEventListener('message', ({ data }) => {
    if (data instanceof ArrayBuffer) {
      hash.update(new Uint8Array(data))
      receivedBytes += data.byteLength
      if (receivedBytes - reportedBytes < PROGRESS_BYTES && receivedBytes !== announced?.sizeBytes) return
      reportedBytes = receivedBytes
      tellParent({ type: 'progress', bytes: receivedBytes })
      return
    }
    const message = parseChannelMessage(String(data))
    if (message?.type === 'file') announced = message
    if (message?.type !== 'fileEnd' || announced === undefined) return
    finish(channel, announced, message.sha256, hash.digest('hex'))
  })
}

function finish(channel: RTCDataChannel, file: { name: string; sizeBytes: number }, expected: string, sha256: string) {
  const ok = sha256 === expected
  tellParent({ type: 'digest', sha256 })
  if (!ok) fail(`the file's SHA-256 is ${sha256}, the sender's is ${expected}`)
  const verdict: ChannelMessage = { type: 'fileVerdict', ...file, ok }
  channel.send(JSON.stringify(verdict))
  report('channel.close() …')
  channel.close()
  report(`… returned: readyState "${channel.readyState}"`)
}
