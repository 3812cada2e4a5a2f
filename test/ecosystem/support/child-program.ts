/** What a process does that is one side of a conversation: runs commands, tells events, and ends when nothing is left to do. */
import type { Adapter, Commands } from './sides.js'

export type Order =
  { readonly start: unknown } | { readonly call: number; readonly command: string; readonly args: never[] }

export type Told =
  | { readonly type: string; readonly detail?: unknown }
  | { readonly call: number; readonly result?: unknown; readonly failure?: string }

function tell(message: Told): void {
  if (process.connected) process.send?.(message)
}

export function serve(adapter: Adapter): void {
  let commands: Commands = {}
  const perform = async (order: Order): Promise<unknown> => {
    if (!('start' in order)) return await commands[order.command]!(...order.args)
    commands = await adapter(order.start as never, (type, detail) => tell({ type, detail }))
    return undefined
  }
  process.on('message', (order: Order) => {
    const call = 'start' in order ? 0 : order.call
    perform(order).then(
      (result) => tell({ call, result }),
      (error: unknown) => tell({ call, failure: String(error) }),
    )
  })
}
