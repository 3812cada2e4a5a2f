/** The program of a child process: one implementation, one agent, commands and events over IPC. */
import { Agent } from '../agent.js'
import type { Api } from '../w3c-subset.js'
import type { ChildImplementation, FromOurChild, ToOurChild } from './child-process.js'

/** Each is imported only where it is asked for: the natives must not load beside one another. */
async function implementation(name: ChildImplementation): Promise<Api> {
  switch (name) {
    case 'werift': {
      const { RTCPeerConnection: Werift } = (await import('werift')) as unknown as Api
      // Left to itself it asks a public STUN server.
      const RTCPeerConnection = class extends Werift {
        constructor(configuration?: Record<string, unknown>) {
          super({ iceServers: [], ...configuration })
        }
      }
      return { RTCPeerConnection, toSendable: (bytes) => Buffer.from(bytes) }
    }
    case 'node-datachannel':
      return (await import('node-datachannel/polyfill')) as unknown as Api
    case '@roamhq/wrtc': {
      const loaded = (await import('@roamhq/wrtc')) as unknown as { default: Api }
      return loaded.default
    }
    case 'tincan':
      return (await import('../../../src/index.js')) as unknown as Api
  }
}

function tell(message: FromOurChild): void {
  if (process.connected) process.send?.(message)
}

const name = process.env['INTEROP_IMPLEMENTATION'] as ChildImplementation
const agent = new Agent(await implementation(name), (event) => tell({ event }))

process.on('message', (message: ToOurChild) => {
  if ('leave' in message) {
    process.disconnect()
    return
  }
  if ('resources' in message) {
    tell({ resources: process.getActiveResourcesInfo() })
    return
  }
  agent.run(message.command).then(
    (result) => tell({ call: message.call, result: result ?? null }),
    (error: unknown) =>
      tell({ call: message.call, failure: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }),
  )
})
// Without its tests a peer has nothing to live for; ours must end without this.
if (name !== 'tincan') process.on('disconnect', () => process.exit())
tell({ ready: true })
