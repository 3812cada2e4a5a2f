/** A peer with transceivers: as much of the W3C algorithms as keeps them in step with its descriptions. */
import { capabilitiesOf } from './codecs/index.js'
import { reversed } from './direction.js'
import type { DescribeInputs, DescriptionType, MediaKind, Plan, TransceiverInput } from './index.js'
import { mediaSections, needsNegotiation, negotiatedMedia } from './index.js'
import { TestPeer } from './negotiation.test-support.js'

type Changeable = { -readonly [K in keyof TransceiverInput]: TransceiverInput[K] }

export class MediaPeer extends TestPeer {
  readonly transceivers: Changeable[] = []
  readonly #side: 'a' | 'b'
  #lastKey = 0
  /** Mids before the pending descriptions, for rollback. */
  #settledMids = new Map<number, string | null>()

  constructor(name: 'a' | 'b', inputs: Partial<DescribeInputs> = {}) {
    super(name, { wantsData: false, ...inputs })
    this.#side = name
    this.inputs = { ...this.inputs, transceivers: this.transceivers, ...inputs }
  }

  add(kind: MediaKind, parts: Partial<TransceiverInput> = {}): Changeable {
    const key = ++this.#lastKey
    const base = (this.#side === 'a' ? 1000 : 2000) + key * 10
    const made: Changeable = {
      key,
      kind,
      mid: null,
      isStopping: false,
      isStopped: false,
      direction: 'sendrecv',
      preferredCodecs: [],
      headerExtensions: capabilitiesOf(kind, 'receive').headerExtensions,
      streamIds: [`${this.#side}-stream`],
      trackId: `${this.#side}-track-${key}`,
      sendStreams: [{ ssrc: base, ...(kind === 'video' && { rtxSsrc: base + 1 }) }],
      ...parts,
    }
    this.transceivers.push(made)
    return made
  }

  get needsNegotiation(): boolean {
    return needsNegotiation(this.state, this.inputs)
  }

  media(mid: string): ReturnType<typeof negotiatedMedia> {
    return negotiatedMedia(this.state, mid, this.inputs.cname)
  }

  override local(type: DescriptionType, sdp = ''): Plan {
    const plan = super.local(type, sdp)
    if (type === 'rollback') this.#rollBack()
    else {
      for (const { transceiver, mid } of mediaSections(this.state, 'local')) {
        const own = this.transceivers.find(({ key }) => key === transceiver)
        if (own !== undefined) own.mid = mid
      }
      if (type === 'answer') this.#settle()
    }
    return plan
  }

  override remote(type: DescriptionType, sdp = ''): Plan {
    if (type === 'offer' && this.state.signalingState === 'have-local-offer') this.local('rollback')
    const plan = super.remote(type, sdp)
    if (type === 'rollback') this.#rollBack()
    else if (type === 'offer') this.#associate()
    else if (type === 'answer') this.#settle()
    return plan
  }

  #associate(): void {
    for (const { mid, kind, isRejected, direction } of mediaSections(this.state, 'remote')) {
      if (isRejected || (kind !== 'audio' && kind !== 'video')) continue
      if (this.transceivers.some((transceiver) => transceiver.mid === mid)) continue
      const suits = (one: TransceiverInput) => one.mid === null && one.kind === kind && !one.isStopping
      const own = this.transceivers.find(suits) ?? this.add(kind, { direction: 'recvonly', sendStreams: [] })
      own.mid = mid
      if (reversed(direction) === 'inactive') own.direction = 'inactive'
    }
  }

  #settle(): void {
    const rejected = new Set(
      (['local', 'remote'] as const)
        .flatMap((side) => mediaSections(this.state, side))
        .flatMap(({ isRejected, mid }) => (isRejected ? [mid] : [])),
    )
    for (const transceiver of this.transceivers) {
      if (transceiver.mid === null || !rejected.has(transceiver.mid)) continue
      transceiver.isStopping = transceiver.isStopped = true
    }
    const left = this.transceivers.filter((transceiver) => !(transceiver.isStopped && transceiver.mid !== null))
    this.transceivers.splice(0, Infinity, ...left)
    this.#settledMids = new Map(this.transceivers.map(({ key, mid }) => [key, mid]))
  }

  #rollBack(): void {
    for (const transceiver of this.transceivers) transceiver.mid = this.#settledMids.get(transceiver.key) ?? null
  }
}

/** One m-section of a text. */
export function sectionOf(sdp: string, index: number): string {
  return sdp.split(/(?=^m=)/m)[index + 1] ?? ''
}
