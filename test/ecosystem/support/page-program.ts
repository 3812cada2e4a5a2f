/** What every program of a page exports to its test. */
import type { Tell } from './event-log.js'
import type { Commands } from './sides.js'

/** Given to the page by the test. */
declare global {
  var tell: (type: string, detail?: unknown) => Promise<void>
}

export interface PageProgram<Options> {
  start(options: Options): Promise<void>
  run(command: string, args: never[]): Promise<unknown>
}

export function pageProgram<Options>(
  adapter: (options: Options, tell: Tell) => Commands | Promise<Commands>,
): PageProgram<Options> {
  let commands: Commands = {}
  return {
    async start(options) {
      commands = await adapter(options, (type, detail) => void globalThis.tell(type, detail))
    },
    run: async (command, args) => await commands[command]!(...args),
  }
}
