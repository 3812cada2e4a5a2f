/** What is known of a path, a socket of ours and an address of the peer, by the pair that datagrams over it belong to. */
import type { Generation } from './generation.js'
import type { Generations } from './generations.js'
import type { PairCounts } from './pair-counts.js'
import type { Selection } from './selection.js'
import type { PathStatus, SocketId, TransportAddress } from './types.js'

export function statusOfPath(
  { all, retired }: Generations,
  selection: Selection,
  socketId: SocketId,
  from: TransportAddress,
): PathStatus {
  if (selection.isOn(socketId, from) || retired?.isOn(socketId, from) === true) return 'validated'
  let status: PathStatus = 'unknown'
  for (const generation of all) {
    const pair = generation.checkList.find(socketId, from)
    if (pair?.validLocal !== undefined) return 'validated'
    if (pair !== undefined || generation.knowsRemote(socketId, from)) status = 'pending'
  }
  return status
}

/** Where datagrams of a path are counted: with the selected pair while its path it is, else with the newest one. */
export function countsOfPath(
  generations: readonly Generation[],
  selection: Selection,
  socketId: SocketId,
  remote: TransportAddress,
): PairCounts | undefined {
  if (selection.isOn(socketId, remote)) return selection.current!.pair.counts
  for (const { checkList } of generations) {
    const pair = checkList.find(socketId, remote)
    if (pair !== undefined) return pair.counts
  }
  return undefined
}
