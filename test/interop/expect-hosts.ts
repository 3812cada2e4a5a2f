import { expect } from 'vitest'
import type { RemotePeer } from './remote-peer.js'

/** Candidates are on their way by then. */
const TOLD_MILLIS = 5000

/**
 * Connected from host to host. A check may be here before the candidate that it comes from (RFC 8445 §7.3.1.3): until that is told, it
 * is peer-reflexive, and a pair may be selected and a channel open by then; so once in 150 connections between two hosts of the lab.
 */
export async function expectHosts(side: RemotePeer): Promise<void> {
  const pair = async () => await side.selectedPair()
  await expect.poll(pair, { timeout: TOLD_MILLIS }).toMatchObject({ local: { type: 'host' }, remote: { type: 'host' } })
}
