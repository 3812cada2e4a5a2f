import type { StatsDictionary } from './dictionaries.js'

/**
 * https://www.w3.org/TR/webrtc/#dfn-stats-selection-algorithm: the statistics objects with these ids, and all that they
 * reference directly or indirectly. References are the members whose names end in `Id` (webrtc-stats, "Guidelines for
 * design of stats objects").
 */
export function selectStats(
  all: ReadonlyMap<string, StatsDictionary>,
  roots: Iterable<string>,
): Map<string, StatsDictionary> {
  const selected = new Map<string, StatsDictionary>()
  const pending = [...roots]
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const stats = selected.has(id) ? undefined : all.get(id)
    if (stats === undefined) continue
    selected.set(id, stats)
    for (const [member, value] of Object.entries(stats) as [string, unknown][]) {
      if (member.endsWith('Id') && typeof value === 'string') pending.push(value)
    }
  }
  return selected
}
