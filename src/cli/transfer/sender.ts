import type { ChannelMessage } from '../demo-protocol.js'
import { parseChannelMessage } from '../demo-protocol.js'
import { sendBlocks } from '../flow.js'
import { GeneratedFile } from '../generated-file.js'
import { observeChannel } from '../observe.js'
import { closeConnection, connection, fail, tellParent, tellStep } from './child.js'

// The sending process: offers, sends the file, and closes the connection once its peer has closed the channel.

const sizeBytes = Number(process.argv[2])

const channel = connection.createDataChannel('file')
observeChannel(channel, tellStep)
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
channel.addEventListener('close', closeConnection)

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
