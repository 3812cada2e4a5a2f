/** The program of a page: one agent on the browser's own objects; events are fetched by a call that waits for them. */
import { Agent } from '../agent.js'
import type { AgentCommand, AgentEvent } from '../agent-protocol.js'
import type { Api } from '../w3c-subset.js'

const events: AgentEvent[] = []
let recorded = 0
let wake: () => void = () => {}
const agent = new Agent(globalThis as unknown as Api, (event) => {
  events.push(event)
  recorded++
  wake()
})

export interface CommandOutcome {
  readonly result: unknown
  /** Events so far, those of the command itself with them: they are fetched by another call, which may be answered later. */
  readonly recorded: number
}

export interface PageAgent {
  run(command: AgentCommand): Promise<CommandOutcome>
  /** The events that were not fetched yet, at least one. */
  take(): Promise<AgentEvent[]>
}

export const pageAgent: PageAgent = {
  run: async (command) => ({ result: await agent.run(command), recorded }),
  take: async () => {
    if (events.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    return events.splice(0)
  },
}
