/** Signalling between two peers of a test: descriptions and candidates carried by hand, as an application would. */
import { onTestFailed } from 'vitest'
import { sideBySide } from './peer-log.js'
import type { Host, RemotePeer } from './remote-peer.js'
import type { Creation } from './agent-protocol.js'
import type { Candidate, Description } from './w3c-subset.js'

export interface Negotiation {
  /** Candidates one by one as they are found, or all inside the descriptions. */
  readonly trickle: boolean
  /** What the road does to a description, for the bad cases. */
  readonly alter?: (description: Description) => Description
  readonly iceRestart?: boolean
}

/** How the two connections are made. */
export interface Creations {
  readonly ours?: Creation
  readonly theirs?: Creation
}

export interface Pair {
  /** The implementation under test. */
  readonly ours: RemotePeer
  readonly theirs: RemotePeer
  readonly offerer: RemotePeer
  readonly answerer: RemotePeer
}

export type Role = 'offerer' | 'answerer'

/** A connection object on each side. If the test fails, both logs are printed beside each other. */
export async function createPair(ours: Host, theirs: Host, ourRole: Role, made: Creations = {}): Promise<Pair> {
  const left = await ours.connection('ours', made.ours)
  const right = await theirs.connection('theirs', made.theirs)
  onTestFailed(({ task }) => console.log(`\n${task.name}\n${sideBySide(left.log, right.log)}`))
  const [offerer, answerer] = ourRole === 'offerer' ? [left, right] : [right, left]
  return { ours: left, theirs: right, offerer, answerer }
}

/** Carries candidates in order, those after a point of the log, until one side closes or the test is over. */
function carryCandidates(from: RemotePeer, to: RemotePeer, since: number): void {
  let carried = 0
  let last = Promise.resolve()
  from.log.listen(since, (event) => {
    if (event.type !== 'icecandidate') return
    const candidate = event.detail?.['candidate'] as Candidate | null
    // An empty candidate ends a generation; some implementations only say null. One end mark is enough.
    if (candidate !== null && candidate.candidate === '') return
    carried++
    last = last
      .then(async () => await to.addCandidate(candidate))
      .catch((error: unknown) => {
        // Candidates that were on their way when a side closed.
        if (to.log.find('call close') !== undefined) return
        to.log.note(`candidate ${carried} was not taken: ${error instanceof Error ? error.message : String(error)}`)
      })
  })
}

/** One round of offer and answer; a later round carries the candidates that it makes, and no others. */
export async function negotiate(
  { offerer, answerer }: Pick<Pair, 'offerer' | 'answerer'>,
  { trickle, alter = (same) => same, iceRestart = false }: Negotiation,
): Promise<void> {
  const since = { offerer: offerer.log.events.length, answerer: answerer.log.events.length }
  const offer = await offerer.offer(!trickle, iceRestart)
  const answer = await answerer.answer(alter(offer), !trickle)
  if (trickle) carryCandidates(offerer, answerer, since.offerer)
  await offerer.applyAnswer(alter(answer))
  if (trickle) carryCandidates(answerer, offerer, since.answerer)
}

/** RFC 8841 §6: absent is 65536 and zero no limit. Ours is capped by what the browsers take by default. */
export function maxMessageSize(description: Description): number {
  const advertised = /^a=max-message-size:(\d+)/m.exec(description.sdp)?.[1]
  const size = advertised === undefined ? 65_536 : Number(advertised)
  return size === 0 ? 262_144 : Math.min(size, 262_144)
}
