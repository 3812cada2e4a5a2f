import { DataChannelSlots, type ChannelConnection } from './data-channel-slots.js'
import { createDataChannel, SEND_BUFFER_BYTES } from './rtc-data-channel.js'

/** A channel on a connection that only writes down what it is asked for. */
export function recordedChannel() {
  const calls: string[] = []
  const sent: Uint8Array[] = []
  const tasks: (() => void)[] = []
  const held = { bytes: 0 }
  const connection: ChannelConnection & { maxMessageSizeBytes: number; sendBufferBytes: number } = {
    maxMessageSizeBytes: 262_144,
    sendBufferBytes: SEND_BUFFER_BYTES,
    transmit: (_handle, kind, data) => {
      calls.push(`${kind} ${data.length}`)
      sent.push(data)
    },
    startClosing: () => calls.push('startClosing'),
    queueTask: (steps) => tasks.push(steps),
    forget: () => calls.push('forget'),
    hold: (deltaBytes) => void (held.bytes += deltaBytes),
    countOpen: () => undefined,
  }
  const parameters = { label: 'l', protocol: 'p', ordered: true, priority: 'low' } as const
  const slots = new DataChannelSlots(connection, 1, parameters, false, null)
  const channel = createDataChannel(slots)
  const events: string[] = []
  for (const type of ['open', 'message', 'bufferedamountlow', 'error', 'closing', 'close']) {
    channel.addEventListener(type, () => events.push(`${type} ${channel.readyState}`))
  }
  const runTasks = () => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task()
  }
  return { slots, channel, connection, calls, sent, held, events, runTasks }
}

export function openChannel() {
  const recorded = recordedChannel()
  recorded.slots.announceOpen()
  recorded.events.splice(0)
  return recorded
}
