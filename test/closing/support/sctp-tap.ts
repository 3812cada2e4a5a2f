import { onTestFinished, vi } from 'vitest'
import { SctpAssociation } from '../../../src/sctp/index.js'
import { CHUNK_RECONFIG } from '../../../src/sctp/packet/chunk-type.js'
import { ChunkWalker } from '../../../src/sctp/packet/chunk-walker.js'
import { parseReconfig } from '../../../src/sctp/packet/chunk/reconfig.js'
import type { ReconfigParameter } from '../../../src/sctp/packet/reconfig-parameter.js'

/**
 * Sees every SCTP packet as it comes out of DTLS, for the rest of a test, and may change its bytes; those for which `passes`
 * says false never arrive. What a peer says can be changed in this way, with both ends ours and what they say encrypted.
 */
export function tapSctp(passes: (packet: Uint8Array) => boolean): void {
  const { receive } = SctpAssociation.prototype
  const spy = vi.spyOn(SctpAssociation.prototype, 'receive').mockImplementation(function (
    this: SctpAssociation,
    now,
    packet,
  ) {
    if (passes(packet)) receive.call(this, now, packet)
  })
  onTestFinished(() => spy.mockRestore())
}

export interface FoundParameter {
  readonly parameter: ReconfigParameter
  /** Where the chunk ends in the packet. */
  readonly end: number
}

/** The RE-CONFIG parameters of a packet (RFC 6525 §4). */
export function reconfigParameters(packet: Uint8Array): FoundParameter[] {
  const walker = new ChunkWalker(packet)
  const found: FoundParameter[] = []
  while (walker.next()) {
    if (walker.type !== CHUNK_RECONFIG) continue
    for (const parameter of parseReconfig(walker.body) ?? []) found.push({ parameter, end: walker.end })
  }
  return found
}
