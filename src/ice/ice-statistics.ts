import type { CandidatePair } from './candidate-pair.js'
import type { Generation } from './generation.js'
import type { PairCounts } from './pair-counts.js'
import type { Selection } from './selection.js'
import type { SelectedPair } from './types.js'

/** A pair as statistics see it: a live object, to be read and not kept. */
export interface PairView extends Pick<CandidatePair, 'state' | 'nominated'> {
  readonly counts: Readonly<PairCounts>
  /** The same object until one of the candidates changes. */
  describe(): SelectedPair
}

export interface IceStatistics {
  /** Of the current generation; during a restart with the pair that is still in use, last. */
  readonly pairs: readonly PairView[]
  readonly selected: PairView | undefined
  /** How often a pair was selected, or lost without another one. */
  readonly selectedPairChanges: number
}

export function iceStatistics([current]: readonly Generation[], selection: Selection): IceStatistics {
  const selected = selection.current
  const { pairs } = current!.checkList
  return {
    pairs: selected === undefined || selected.generation === current ? pairs : [...pairs, selected.pair],
    selected: selected?.consent.revoked === false ? selected.pair : undefined,
    selectedPairChanges: selection.changes,
  }
}
