import { RTCPeerConnection } from '../../index.js'
import type { ChannelMessage } from '../demo-protocol.js'
import { parseChannelMessage } from '../demo-protocol.js'
import { sendBlocks } from '../flow.js'
import { GeneratedFile } from '../generated-file.js'
import { negotiate } from '../negotiation.js'
import { epochMillis, observeChannel, observeConnection } from '../observe.js'
import { onSignal, tellParent } from './process-messages.js'

// The sending process: offers, sends the file, and closes the connection once its peer has closed the channel.

const sizeBytes = Number(process.argv[2])
const fail = (reason: unknown) => {
  tellParent({ type: 'failed', reason: reason instanceof Error ? reason.message : String(reason) })
}

const connection = new RTCPeerConnection()
const channel = connection.createDataChannel('file')
const report = (what: string) => {
  tellParent({ type: 'step', step: { what, at: epochMillis() } })
}
observeChannel(channel, (step) => {
  tellParent({ type: 'step', step })
})
observeConnection(connection, (step) => {
  tellParent({ type: 'step', step })
})
onSignal(
  negotiate(
    connection,
    (signal) => {
      tellParent({ type: 'signal', signal })
    },
    fail,
  ),
)

connection.addEventListener('connectionstatechange', () => {
  if (connection.connectionState === 'failed') fail('the connection failed')
})
channel.addEventListener('open', () => {
  tellPath()
  send().catch(fail)
})
channel.addEventListener('message', ({ data }) => {
  const message = parseChannelMessage(String(data))
  if (message?.type === 'fileVerdict' && !message.ok) fail('the receiver got other bytes than were sent')
})
channel.addEventListener('close', () => {
  report('connection.close() …')
  connection.close()
  report(`… returned: connectionState "${connection.connectionState}"`)
  // The channel to the parent is the last thing that keeps this process alive, and it is not WebRTC's.
  process.disconnect()
})

async function send(): Promise<void> {
  const file = new GeneratedFile(sizeBytes, 1)
  const say = (message: ChannelMessage) => {
    channel.send(JSON.stringify(message))
  }
  say({ type: 'file', name: 'generated.bin', sizeBytes })
  await sendBlocks(channel, file.blocks(), () => undefined)
  say({ type: 'fileEnd', sha256: file.digest() })
}

function tellPath(): void {
  const pair = connection.sctp?.transport.iceTransport.getSelectedCandidatePair()
  if (!pair) return
  const { local, remote } = pair
  tellParent({ type: 'path', path: `${local.address}:${local.port} ⇄ ${remote.address}:${remote.port}` })
}
