import type { PortRange } from './io.js'

/** Every port of the range once, from a random one on, so that many sockets do not all try the same ones first. */
export function* portsToTry(range: PortRange | undefined): Generator<number> {
  if (range === undefined) {
    yield 0
    return
  }
  const count = range.max - range.min + 1
  const first = Math.floor(Math.random() * count)
  for (let i = 0; i < count; i++) yield range.min + ((first + i) % count)
}

export function isPortTaken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'EADDRINUSE' || code === 'EACCES'
}
