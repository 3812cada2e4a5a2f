/** One end of a connection that looks for larger datagrams: told what to do by its parent, and tells what came of it. */
import { RTCPeerConnection, type RTCDataChannel, type RTCSessionDescriptionInit } from '../../src/index.js'

export type ToEnd =
  { readonly offer: true } | { readonly description: RTCSessionDescriptionInit } | { readonly send: number }

export interface FromEnd {
  readonly description?: RTCSessionDescriptionInit
  readonly isOpen?: true
  /** Messages so far. */
  readonly received?: number
  /** Of all that was sent to the end, after the last message was acknowledged. */
  readonly sent?: { readonly packets: number; readonly bytes: number }
}

const MESSAGE_BYTES = 65_536

const connection = new RTCPeerConnection({ tincan: { pathMtuDiscovery: true } })
let received = 0
let channel: RTCDataChannel | undefined
const tell = (message: FromEnd): void => void process.send!(message)

async function described(): Promise<void> {
  await connection.setLocalDescription()
  while (connection.iceGatheringState !== 'complete') {
    await new Promise((changed) => connection.addEventListener('icegatheringstatechange', changed, { once: true }))
  }
  tell({ description: connection.localDescription!.toJSON() })
}

connection.ondatachannel = ({ channel: theirs }) => {
  theirs.onmessage = () => {
    tell({ received: ++received })
    theirs.send('') // so that the sender knows, too
  }
}

async function send(count: number): Promise<void> {
  let left = count
  const all = new Promise<void>((resolve) => (channel!.onmessage = () => --left === 0 && resolve()))
  for (let i = 0; i < count; i++) channel!.send(new Uint8Array(MESSAGE_BYTES))
  await all
  const stats = [...(await connection.getStats()).values()] as {
    type: string
    packetsSent: number
    bytesSent: number
  }[]
  const { packetsSent, bytesSent } = stats.find(({ type }) => type === 'transport')!
  tell({ sent: { packets: packetsSent, bytes: bytesSent } })
}

async function obey(message: ToEnd): Promise<void> {
  if ('offer' in message) {
    channel = connection.createDataChannel('path')
    channel.onopen = () => tell({ isOpen: true })
    await described()
  } else if ('send' in message) await send(message.send)
  else {
    await connection.setRemoteDescription(message.description)
    if (message.description.type === 'offer') await described()
  }
}

process.on('message', (message: ToEnd) => void obey(message))
process.on('disconnect', () => connection.close())
