import { expect } from 'vitest'
import type { Pair } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'

/** Over the channel `chat`: both ways, and more than one packet. May be repeated. */
export async function exchangeMessages({ ours, theirs }: Pair, size = 100_000): Promise<void> {
  const message: MessageRecipe = { kind: 'binary', size, seed: 5 }
  for (const [from, to] of [
    [ours, theirs],
    [theirs, ours],
  ] as const) {
    const before = to.log.digests('chat').length
    await from.send('chat', [message])
    expect((await to.log.messages('chat', before + 1)).slice(before)).toEqual([digestOfRecipe(message)])
  }
}
