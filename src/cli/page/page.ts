import type { ChannelMessage, PageMessage, ServerMessage, Step } from '../demo-protocol.js'
import { parseChannelMessage, parseServerMessage } from '../demo-protocol.js'
import { epochMillis, observeChannel, observeConnection } from '../observe.js'
import { FileExchange } from './file-exchange.js'
import type { End } from './timeline.js'
import { Timeline } from './timeline.js'

const GET_FILE_BYTES = 8 * 1024 * 1024

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} "${id}"`)
  return found
}

const timeline = new Timeline(element('timeline', HTMLTableSectionElement))

interface Link {
  readonly connection: RTCPeerConnection
  readonly channel: RTCDataChannel
  readonly files: FileExchange
  readonly tellNode: (message: PageMessage) => void
  /** Into the timeline, unless a newer connection has taken it over. */
  readonly record: (end: End, observed: Step) => void
  readonly socket: WebSocket
}

let link: Link | undefined

element('connect', HTMLElement).addEventListener('click', connect)
click('close-channel', ({ channel }) => {
  step('channel.close() …')
  channel.close()
  step(`… returned: readyState "${channel.readyState}"`)
})
click('close-channel-node', ({ tellNode }) => {
  tellNode({ type: 'closeChannel' })
})
click('close-connection', ({ connection }) => {
  step('connection.close() …')
  connection.close()
  step(`… returned: connectionState "${connection.connectionState}"`)
  showStates()
})
click('close-connection-node', ({ tellNode }) => {
  tellNode({ type: 'closeConnection' })
})
click('get-file', ({ channel }) => {
  say(channel, { type: 'sendMeAFile', sizeBytes: GET_FILE_BYTES })
})
element('chat-form', HTMLElement).addEventListener('submit', (event) => {
  event.preventDefault()
  const input = element('chat-text', HTMLInputElement)
  const text = input.value.trim()
  if (link?.channel.readyState !== 'open' || text === '') return
  say(link.channel, { type: 'chat', text })
  log('chat', 'you', text)
  input.value = ''
})
element('file', HTMLInputElement).addEventListener('change', ({ target }) => {
  const file = (target as HTMLInputElement).files?.[0]
  link?.files.send(file!).catch((error: unknown) => {
    log('files', 'stopped', String(error))
  })
})

function click(id: string, action: (current: Link) => void): void {
  element(id, HTMLElement).addEventListener('click', () => {
    if (link !== undefined) action(link)
  })
}

/** A new connection to the same Node process; what an earlier one left behind goes. */
function connect(): void {
  link?.connection.close()
  link?.socket.close()
  timeline.clear()
  const socket = new WebSocket(`ws://${location.host}/signal`)
  const connection = new RTCPeerConnection()
  const channel = connection.createDataChannel('tincan')
  channel.binaryType = 'arraybuffer'
  const tellNode = (message: PageMessage) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }
  const files = new FileExchange(channel, { progress, note: noteFile })
  const record = (end: End, observed: Step) => {
    if (link?.connection === connection) timeline.add(end, observed)
  }
  link = { connection, channel, files, tellNode, record, socket }
  observe(link)
  signal(link)
}

function observe({ connection, channel, files, record }: Link): void {
  observeConnection(connection, (observed) => {
    record('browser', observed)
    showStates()
  })
  observeChannel(channel, (observed) => {
    record('browser', observed)
    showStates()
  })
  channel.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
    const message = typeof data === 'string' ? parseChannelMessage(data) : data
    if (message === undefined || files.take(message)) return
    if (!(message instanceof ArrayBuffer) && message.type === 'chat') log('chat', 'Node', message.text)
  })
}

function signal({ socket, connection, tellNode, record }: Link): void {
  const observed = (what: string) => {
    record('browser', { what, at: epochMillis() })
  }
  const failed = (error: unknown) => {
    observed(`negotiation failed: ${String(error)}`)
  }
  connection.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate === null) return
    const { sdpMid, sdpMLineIndex } = candidate
    tellNode({ type: 'candidate', candidate: { candidate: candidate.candidate, sdpMid, sdpMLineIndex } })
  })
  const offer = async () => {
    await connection.setLocalDescription()
    const { type, sdp } = connection.localDescription!
    tellNode({ type: 'description', description: { type, sdp } })
  }
  const take = async (message: ServerMessage) => {
    if (message.type === 'step') record('node', message.step)
    else if (connection.signalingState === 'closed') return
    else if (message.type === 'candidate') await connection.addIceCandidate(message.candidate)
    else await connection.setRemoteDescription(message.description)
  }
  socket.addEventListener('open', () => {
    offer().catch(failed)
  })
  socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const message = parseServerMessage(data)
    if (message !== undefined) take(message).catch(failed)
  })
  socket.addEventListener('close', () => {
    observed('signalling: the WebSocket to Node has closed')
  })
}

function step(what: string): void {
  timeline.add('browser', { what, at: epochMillis() })
}

function say(channel: RTCDataChannel, message: ChannelMessage): void {
  channel.send(JSON.stringify(message))
}

function showStates(): void {
  if (link === undefined) return
  const { connection, channel } = link
  show('connection-state', connection.connectionState, connection.connectionState)
  show('channel-state', channel.readyState, `channel ${channel.readyState}`)
  enable('open', channel.readyState === 'open')
  enable('connected', connection.connectionState === 'connected')
}

function show(id: string, state: string, text: string): void {
  const badge = element(id, HTMLElement)
  badge.dataset['state'] = state
  badge.textContent = text
}

/** Each control says in the page which state it needs. */
function enable(state: 'open' | 'connected', enabled: boolean): void {
  const controls = document.querySelectorAll<HTMLButtonElement | HTMLInputElement>(`[data-while="${state}"]`)
  for (const control of controls) control.disabled = !enabled
}

function log(id: string, who: string, text: string): HTMLLIElement {
  const item = document.createElement('li')
  const name = document.createElement('b')
  name.textContent = `${who}: `
  item.append(name, text)
  element(id, HTMLElement).append(item)
  item.scrollIntoView({ block: 'nearest' })
  return item
}

function progress(fraction: number): void {
  element('file-progress', HTMLProgressElement).value = fraction
}

function noteFile(text: string, download?: { readonly url: string; readonly name: string }): void {
  const item = log('files', download === undefined ? 'sent' : 'received', text)
  if (download === undefined) return
  const anchor = document.createElement('a')
  anchor.href = download.url
  anchor.download = download.name
  anchor.textContent = 'save'
  item.append(' ', anchor)
}
