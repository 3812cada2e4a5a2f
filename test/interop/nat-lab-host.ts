/** Starts our stack, with an agent that tells more of ICE, in a process on a host of the lab. */
import { bundledProgram } from './bundled-program.js'
import { startProgram } from './hosts/child-process.js'
import type { LabHost } from './nat-lab.js'
import { Host } from './remote-peer.js'
import type { RemotePeer } from './remote-peer.js'

/** What a candidate says of itself through the W3C API. */
export interface CandidateFields {
  readonly type: string | null
  readonly protocol: string | null
  readonly address: string | null
  readonly port: number | null
  readonly relatedAddress: string | null
  readonly relatedPort: number | null
  readonly url: string | null
  readonly relayProtocol: string | null
}

export interface SelectedPairFields {
  readonly local: CandidateFields
  readonly remote: CandidateFields
}

export interface CandidateErrorFields {
  readonly address: string | null
  readonly port: number | null
  readonly url: string
  readonly errorCode: number
  readonly errorText: string
}

/** The candidates over UDP that its application was told of so far; what ICE over TCP opens has no port yet. */
export function gathered({ log }: RemotePeer, type?: 'host' | 'srflx' | 'relay'): CandidateFields[] {
  const told = log.events.filter((event) => event.type === 'gathered').map(({ detail }) => detail)
  const candidates = (told as unknown as CandidateFields[]).filter(({ protocol }) => protocol === 'udp')
  return type === undefined ? candidates : candidates.filter((candidate) => candidate.type === type)
}

/**
 * The last pair that it was told to use, as it was then: a remote candidate that checks found before it was told stands here as
 * peer-reflexive. What it is by now says {@link RemotePeer.selectedPair}.
 */
export function selectedPair({ log }: RemotePeer): SelectedPairFields | undefined {
  return log.events.findLast(({ type }) => type === 'selected')?.detail as SelectedPairFields | undefined
}

export function candidateErrors({ log }: RemotePeer): CandidateErrorFields[] {
  const errors = log.events.filter(({ type }) => type === 'icecandidateerror').map(({ detail }) => detail)
  return errors as unknown as CandidateErrorFields[]
}

export async function launchOn(host: LabHost, name: string): Promise<Host> {
  const code = bundledProgram('./nat-lab-child.ts')
  return await Host.launch(name, async (events) => await startProgram(code, events, { enter: host.enter }))
}
