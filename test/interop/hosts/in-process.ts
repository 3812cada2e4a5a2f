/** The agent in the process of the tests: where our own stack runs. */
import { Agent } from '../agent.js'
import { Host } from '../remote-peer.js'
import type { Api } from '../w3c-subset.js'

export async function launchInProcess(name: string, api: Api): Promise<Host> {
  return await Host.launch(name, async (events) => {
    const agent = new Agent(api, (event) => events.event(event))
    return { run: async (command) => await agent.run(command), dispose: async () => {} }
  })
}
