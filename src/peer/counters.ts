/** Counts what was dropped, by reason. */
export class Counters {
  readonly #counts: Record<string, number> = {}

  count(reason: string): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1
  }

  get counts(): Readonly<Record<string, number>> {
    return this.#counts
  }
}

/** Adds the counters of one layer up, under its name. */
export function addCounts(total: Record<string, number>, prefix: string, counts: object): void {
  for (const [reason, count] of Object.entries(counts) as [string, unknown][]) {
    if (typeof count !== 'number') continue
    const name = `${prefix}.${reason}`
    total[name] = (total[name] ?? 0) + count
  }
}

/** All counters: those of its own, and those of the layers below, which have names for them. */
export function totalCounts(
  prefix: string,
  own: Counters,
  layers: readonly { addCountsTo(total: Record<string, number>): void }[],
): Readonly<Record<string, number>> {
  const total: Record<string, number> = {}
  addCounts(total, prefix, own.counts)
  for (const layer of layers) layer.addCountsTo(total)
  return total
}
