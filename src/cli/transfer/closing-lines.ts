import type { ObservedStep, Side } from './process-messages.js'

const TIME_COLUMNS = 11
const SIDE_COLUMNS = 58

/**
 * The closing as a table of two columns, one a side, in the order of time. It begins with the first step that was taken
 * towards a close; what came before is connecting.
 */
export function closingLines(steps: readonly ObservedStep[]): string[] {
  const sorted = [...steps].sort((a, b) => a.at - b.at)
  const first = sorted.findIndex((step) => step.what.includes('.close()'))
  if (first < 0) return []
  const zero = sorted[first]!.at
  const row = (time: string, side: Side, what: string) =>
    `${time.padStart(TIME_COLUMNS - 2)}  ${side === 'receiver' ? what.padEnd(SIDE_COLUMNS) : ''.padEnd(SIDE_COLUMNS)}${side === 'sender' ? what : ''}`.trimEnd()
  return [
    '',
    `${'time'.padStart(TIME_COLUMNS - 2)}  ${'receiver'.padEnd(SIDE_COLUMNS)}sender`,
    ...sorted.slice(first).map((step) => row(`${(step.at - zero).toFixed(1)} ms`, step.side, step.what)),
  ]
}
