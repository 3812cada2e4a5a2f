/** The program of a page: one agent on the browser's own objects; notes go to the other page over a BroadcastChannel. */
import { Agent } from './agent.js'
import type { Command, Note } from './protocol.js'
import { w3cStack } from './w3c-stack.js'
import type { W3cApi } from './w3c-stack.js'

interface Broadcast {
  onmessage: ((event: { data: unknown }) => void) | null
  postMessage(data: unknown): void
}
declare const BroadcastChannel: new (name: string) => Broadcast

const tasks = new MessageChannel()
const waiting: (() => void)[] = []
tasks.port1.addEventListener('message', () => waiting.shift()?.())
tasks.port1.start()

/** Processes and memory of a browser are looked at from outside. */
const unknownUsage = { cpuMicros: 0, rssBytes: 0 }

export function begin(pair: string, role: 'offerer' | 'answerer'): (command: Command) => Promise<unknown> {
  const other = role === 'offerer' ? 'answerer' : 'offerer'
  const outgoing = new BroadcastChannel(`${pair} to ${other}`)
  const incoming = new BroadcastChannel(`${pair} to ${role}`)
  const agent = new Agent(
    w3cStack(globalThis as unknown as W3cApi),
    {
      usage: () => unknownUsage,
      later: (callback) => {
        waiting.push(callback)
        tasks.port2.postMessage(null)
      },
    },
    (note) => outgoing.postMessage(note),
  )
  incoming.onmessage = ({ data }) => agent.receive(data as Note)
  return async (command) => await agent.run(command)
}
