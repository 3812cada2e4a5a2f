/** Drives trystero: a room, its peers, and one action for messages in it. */
import { joinRoom, selfId } from 'trystero'
import type { JoinRoomConfig, JsonValue } from 'trystero'
import { block, digestOf } from '../support/payload.js'
import type { Tell } from '../support/event-log.js'
import type { Commands } from '../support/sides.js'

export interface TrysteroOptions {
  readonly config: JoinRoomConfig
  readonly room: string
}

type Payload = JsonValue | ArrayBuffer | ArrayBufferView

export function trysteroAdapter({ config, room: name }: TrysteroOptions, tell: Tell): Commands {
  const room = joinRoom(config, name, { onJoinError: (error) => tell('join error', error) })
  room.onPeerJoin = (id) => tell('join', id)
  room.onPeerLeave = (id) => tell('leave', id)
  const chat = room.makeAction<Payload>('chat')
  chat.onMessage = (data, { metadata }) => {
    if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) {
      const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : viewOf(data)
      tell('binary', { ...digestOf(bytes), metadata })
    } else tell('data', data)
  }
  const upper = room.makeAction<string, string>('upper', { kind: 'request' })
  upper.onRequest = (text) => text.toUpperCase()
  return {
    selfId: () => selfId,
    send: async (data: JsonValue) => await chat.send(data),
    sendBlock: async (bytes: number, seed: number) =>
      await chat.send(block(bytes, seed), {
        metadata: { seed },
        onProgress: (progress) => tell('progress', progress),
      }),
    ask: async (text: string, target: string) => await upper.request(text, { target }),
    ping: async (id: string) => await room.ping(id),
    leave: async () => await room.leave(),
  }
}

function viewOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
