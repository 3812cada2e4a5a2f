import type { Millis } from '../core/index.js'
import {
  ERROR_CODE,
  readAttribute,
  TRANSACTION_ID_BYTES,
  XOR_MAPPED_ADDRESS,
  type RetransmissionSchedule,
  type StunMessage,
  type Transaction,
} from '../stun/index.js'
import { priorityOf, sameAddress, toldRelated, type Base } from './base.js'
import { buildCheck, isAuthentic, keyOf } from './binding.js'
import type { CandidatePair } from './candidate-pair.js'
import { Consent } from './consent.js'
import type { CheckPurpose, IceContext, IceTransaction } from './context.js'
import type { EarlyCheck, Generation } from './generation.js'
import { proposeNomination, proposeProvisional } from './nomination.js'
import { comparePairs } from './priority.js'
import { CONSENT_SCHEDULE, RoutineChecks } from './routine-checks.js'
import { Selection } from './selection.js'
import { MIN_RTO_MILLIS } from './timings.js'
import type { IceCandidate, IceDatagram, IceTransmit, SocketId, TransportAddress } from './types.js'

/**
 * RFC 8489 §6.2.1: Rc = 7, Rm = 16. Doubling stops at 4 RTO, so that all seven (at 0, 500, 1500, 3500, 5500, 7500 and
 * 9500 ms) are out before checking has failed; with the doubling of the RFC two would come too late.
 */
const MAX_CHECK_TRANSMISSIONS = 7
const MAX_INTERVAL_RTOS = 4
const LAST_WAIT_RTOS = 16
/** A pair that is nominated has answered before, so only loss is between us: 20 × 500 ms, without backing off. */
const MAX_NOMINATION_TRANSMISSIONS = 20

/** RFC 8489 §6.2.2: TCP repeats by itself, so one waits as long as all of these would take. The time to connect is in it. */
const STREAM_WAIT_MILLIS = { check: 39_500, nomination: 10_000, consent: 11_500 } as const

/** In a row, without an answer to a check. */
const MAX_BROKEN_CONNECTIONS = 2

/** What is known of a path that leads nowhere any more. */
export interface PathLoss {
  readonly socketId: SocketId
  readonly to: TransportAddress
  /** The connection that it was is gone; else it could not be had (RFC 6544 §7.1). */
  readonly broke: boolean
  /** The peer has left for another place; what answers here may be what it leaves behind. */
  readonly isLeft?: boolean
}

/** Connectivity checks as their client: sends them, reads the answers, nominates and selects (RFC 8445 §7.2, §8). */
export class Connectivity {
  readonly #context: IceContext
  readonly selection: Selection
  readonly routine: RoutineChecks

  constructor(context: IceContext) {
    this.#context = context
    this.selection = new Selection(context)
    this.routine = new RoutineChecks(context, this.selection)
  }

  /** When {@link take} has something to send, or the generation has to be looked after; but for retransmissions and checks for consent. */
  next(generation: Generation): Millis {
    const { pacer } = this.#context
    let next = Math.min(generation.failAt, generation.nominateAt)
    if (this.#context.isLite || !generation.canCheck) return next
    if (generation.checkList.hasTriggered) next = Math.min(next, pacer.triggeredAt)
    if (this.#mayCheckOrdinarily(generation) && generation.checkList.hasOrdinary)
      next = Math.min(next, pacer.ordinaryAt)
    return next
  }

  take(now: Millis, generation: Generation): IceTransmit | undefined {
    if (this.#context.isLite) return undefined
    return this.#takeTriggered(now, generation) ?? this.#takeOrdinary(now, generation) ?? this.#takeConsent(now)
  }

  /** An authenticated check of the peer, already answered (RFC 8445 §7.3.1.3 to §7.3.1.5). */
  receiveCheck(now: Millis, generation: Generation, check: EarlyCheck): void {
    const pair = generation.pairOfCheck(check.base, check.from, check.priority, this.#context.role)
    if (pair === undefined) return this.#context.count('checksWithoutPair')
    pair.counts.replied()
    this.selection.heard(now, pair)
    const nominate = check.nominate && this.#context.role === 'controlled'
    if (this.#context.isLite) return this.#receiveAsLite(now, generation, pair, nominate)
    if (pair.validLocal !== undefined) {
      if (nominate) this.selection.nominatedByPeer(now, generation, pair)
      else if (generation.selected === undefined) this.#encourage(now, generation, pair)
      // The check may have turned our role (RFC 8445 §7.3.1.1), and then it is ours to nominate.
      this.considerNomination(now, generation)
      return
    }
    if (nominate) pair.nominateOnSuccess = true
    this.#trigger(now, generation, pair)
  }

  /** RFC 8445 §7.3.2: nothing is asked back. What the peer has nominated is sent over, and nothing else. */
  #receiveAsLite(now: Millis, generation: Generation, pair: CandidatePair, nominate: boolean): void {
    pair.state = 'succeeded'
    pair.validLocal = pair.local
    generation.firstValidAt ??= now
    if (nominate) this.selection.nominatedByPeer(now, generation, pair)
  }

  /** RFC 8445 §8.1.2: two lite agents have the same pairs, and use the best of them, whether or not it works. */
  #selectUnchecked(now: Millis, generation: Generation): void {
    if (!generation.canCheck || !generation.remoteIsLite) return
    const pairs = generation.checkList.pairs.filter(({ base }) => base.tcpType === undefined)
    for (const pair of pairs) {
      pair.state = 'succeeded'
      pair.validLocal = pair.local
    }
    const [best] = pairs.toSorted((a, b) => comparePairs(a, b, this.#context.role))
    const { current } = this.selection
    if (best !== undefined && current?.pair !== best) this.selection.select(now, generation, best)
  }

  /** Those that came ahead of the peer's parameters (RFC 8445 §7.3), over bases that are still there. */
  receiveEarlyChecks(now: Millis, generation: Generation, isThere: (base: Base) => boolean): void {
    const fragment = generation.remote!.usernameFragment
    for (const check of generation.earlyChecks.splice(0)) {
      if (check.remoteFragment === fragment && isThere(check.base)) this.receiveCheck(now, generation, check)
    }
  }

  /** The peer is still in the generation that we are about to leave: it is answered, and may move its nomination. */
  receiveOldCheck(now: Millis, generation: Generation, check: EarlyCheck): void {
    const pair = generation.checkList.find(check.base.socketId, check.from)
    if (pair === undefined) return
    pair.counts.replied()
    this.selection.heard(now, pair)
    const nominate = check.nominate && this.#context.role === 'controlled' && pair.validLocal !== undefined
    const { current } = this.selection
    const isInUse = current === undefined || current.generation === generation || now >= current.consent.lateAt
    if (nominate && isInUse) this.selection.nominatedByPeer(now, generation, pair)
  }

  /** The peer was told to give up a pair of former credentials: those of now are free to be checked there. */
  checkAnew(now: Millis, generation: Generation, check: EarlyCheck): void {
    const pair = generation.pairOfCheck(check.base, check.from, check.priority, this.#context.role)
    pair?.counts.replied()
    if (pair?.validLocal !== undefined) generation.checkList.trigger(pair)
    else if (pair !== undefined) this.#trigger(now, generation, pair)
  }

  receiveResponse(
    now: Millis,
    datagram: IceDatagram,
    message: StunMessage,
    transaction: IceTransaction<CheckPurpose>,
  ): void {
    const { purpose } = transaction
    // RFC 8489 §9.1.4: a response without the right integrity was never received.
    if (!isAuthentic(this.#context.crypto, message, purpose.key)) return this.#context.count('responsesUnauthenticated')
    // RFC 8445 §7.2.5.2.1: the way back must be the way there. Deviation: what comes another way does not fail the pair, it
    // is ignored, and the pair fails by its silence. Whoever sees our packets can send a copy of an answer from elsewhere,
    // ahead of it, and could keep us from ever connecting.
    const { request } = transaction
    if (datagram.socketId !== request.socketId || !sameAddress(datagram.from, request.to)) {
      return this.#context.count('responsesAsymmetric')
    }
    this.#context.transactions.end(transaction)
    purpose.pair.counts.responded(now, transaction)
    if (message.class === 'error') return this.#receiveError(now, message, purpose)
    const mapped = readAttribute(message, XOR_MAPPED_ADDRESS)
    if (mapped === undefined) return this.#context.count('responsesMalformed')
    this.#succeed(now, purpose, mapped)
  }

  timedOut(now: Millis, purpose: CheckPurpose): void {
    this.#failCheck(now, purpose)
  }

  /**
   * What was asked over it is answered no more. Where it was a connection (RFC 6544 §7.1), who opened it opens another one, unless
   * it could not be had or that was tried.
   */
  pathLost(now: Millis, generation: Generation, { socketId, to, broke, isLeft = false }: PathLoss): void {
    const pair = generation.checkList.find(socketId, to)
    if (pair === undefined) return
    pair.isLeft ||= isLeft
    const { current } = this.selection
    pair.brokenConnections = pair.validLocal === undefined ? pair.brokenConnections + 1 : 0
    this.#context.transactions.forget((purpose) => purpose.kind !== 'gather' && purpose.pair === pair)
    pair.state = 'failed'
    pair.validLocal = undefined
    if (generation.nominating === pair) generation.nominating = undefined
    const isSelected = current?.pair === pair && current.isNominated
    if (isSelected) current.consent.revoke()
    const isNeeded = isSelected ? current.isReplaceable : this.#needsPair(generation)
    const isTried = !broke || pair.brokenConnections > MAX_BROKEN_CONNECTIONS
    if (!isTried && isNeeded && pair.base.tcpType === 'active') generation.checkList.trigger(pair)
    this.considerNomination(now, generation)
  }

  /** Checking has taken its time: no pair of the generation is any good, unless something changes. */
  failChecking(now: Millis, generation: Generation): void {
    // A pair that works only waits for its nomination: while data may flow over it, and else not for ever.
    const { current } = this.selection
    const provisional = current?.generation === generation ? current : undefined
    const { firstValidAt = -Infinity } = generation
    generation.failAt = firstValidAt + this.#context.timings.consentExpiryMillis
    if (provisional?.consent.revoked === false) generation.failAt = provisional.consent.expiresAt
    if (now < generation.failAt && generation.checkList.hasValid) return
    if (provisional !== undefined) this.selection.drop()
    generation.failed = true
    generation.failAt = Infinity
    generation.nominateAt = Infinity
    generation.firstValidAt = undefined
    generation.nominating = undefined
    generation.checkList.fail()
    this.#context.transactions.forget((purpose) => purpose.kind === 'check' && purpose.generation === generation)
  }

  /** The controlling side looks whether it should nominate now (RFC 8445 §8.1.1). */
  considerNomination(now: Millis, generation: Generation): void {
    if (this.#context.isLite) return this.#selectUnchecked(now, generation)
    this.#provide(now, generation)
    generation.nominateAt = Infinity
    if (this.#context.role !== 'controlling') generation.nominating = undefined
    if (this.#context.role !== 'controlling' || !this.#needsPair(generation) || generation.nominating) return
    // The selected pair is lost; over a connection that was made anew it may be nominated anew.
    const canReturn = this.selection.current?.consent.revoked === true
    const { selected } = generation
    const isBetter = (pair: CandidatePair): boolean => pair !== selected && !(selected?.isLeft === true && pair.isLeft)
    const candidates = generation.checkList.pairs.filter((pair) => canReturn || isBetter(pair))
    const proposal = proposeNomination(candidates, 'controlling')
    if (proposal === undefined) return
    const at = (generation.firstValidAt ?? now) + proposal.waitMillis
    if (now < at) {
      generation.nominateAt = at
      return
    }
    generation.nominating = proposal.pair
    generation.checkList.trigger(proposal.pair)
  }

  /** Data need not wait for a nomination. The pair of former credentials, as long as it works, is no worse. */
  #provide(now: Millis, generation: Generation): void {
    const { current } = this.selection
    const isOfFormer = current !== undefined && current.generation !== generation
    if (generation.selected !== undefined || generation.failed || !generation.canCheck) return
    if (isOfFormer ? now < current.consent.lateAt : current?.isReplaceable === false) return
    const { consentExpiryMillis } = this.#context.timings
    const limits = { role: this.#context.role, consentExpiryMillis }
    const pair = proposeProvisional(now, generation.checkList.pairs, isOfFormer ? undefined : current, limits)
    if (pair !== undefined) this.selection.provide(generation, pair)
    else if (!isOfFormer && current?.pair.validLocal === undefined) current?.consent.revoke()
  }

  /**
   * Deviation: RFC 8445 §8.1.1 keeps a nominated pair until ICE restarts. Where it seems lost, we check on and nominate the
   * next one that works, as libwebrtc does.
   */
  selectedIsLost(now: Millis, generation: Generation, isLost: boolean): void {
    const { current } = this.selection
    if (current === undefined || current.generation !== generation || this.#context.isLite) return
    current.isLost = isLost && current.isReplaceable
    if (!current.isLost) return
    if (!current.isNominated) return this.considerNomination(now, generation)
    const { alternative } = current
    if (this.#context.role === 'controlled' && alternative?.validLocal !== undefined) {
      this.selection.select(now, generation, alternative)
      return
    }
    generation.checkList.resume(current.pair)
    this.considerNomination(now, generation)
  }

  /**
   * The peer still asks over a pair that works for us, so our answers to it may be getting lost. A check of ours makes
   * it try again at once (RFC 8445 §7.3.1.4) and not only when it would repeat its own.
   */
  #encourage(now: Millis, generation: Generation, pair: CandidatePair): void {
    if (now < pair.checkedAt + MIN_RTO_MILLIS) return
    generation.checkList.trigger(pair)
  }

  #needsPair(generation: Generation): boolean {
    const { selected } = generation
    return selected === undefined || selected.isLeft || this.selection.current?.isLost === true
  }

  /** RFC 8445 §8.1.2: after a nomination only what the peer triggers is checked. */
  #mayCheckOrdinarily(generation: Generation): boolean {
    return generation.canCheck && this.#needsPair(generation) && !generation.failed
  }

  #trigger(now: Millis, generation: Generation, pair: CandidatePair): void {
    if (pair.state === 'in-progress') this.#context.transactions.cancel(now, isCheckOf(pair))
    pair.state = 'waiting'
    generation.checkList.trigger(pair)
  }

  #takeTriggered(now: Millis, generation: Generation): IceTransmit | undefined {
    if (!generation.canCheck || now < this.#context.pacer.triggeredAt) return undefined
    const pair = generation.checkList.takeTriggered()
    if (pair === undefined) return undefined
    this.#context.pacer.sentTriggered(now)
    return this.#check(now, generation, pair)
  }

  #takeOrdinary(now: Millis, generation: Generation): IceTransmit | undefined {
    if (!this.#mayCheckOrdinarily(generation) || now < this.#context.pacer.ordinaryAt) return undefined
    const pair = generation.checkList.takeOrdinary(this.#context.role)
    if (pair === undefined) return undefined
    this.#context.pacer.sentOrdinary(now)
    return this.#check(now, generation, pair)
  }

  #check(now: Millis, generation: Generation, pair: CandidatePair): IceTransmit {
    const nominate = generation.nominating === pair && this.#context.role === 'controlling'
    if (pair.state !== 'succeeded') pair.state = 'in-progress'
    pair.checkedAt = now
    const rtoMillis = this.#context.rtoMillis(generation.checkList.activeCount, MIN_RTO_MILLIS)
    const datagrams = {
      rtoMillis,
      maxIntervalMillis: nominate ? rtoMillis : MAX_INTERVAL_RTOS * rtoMillis,
      maxTransmissions: nominate ? MAX_NOMINATION_TRANSMISSIONS : MAX_CHECK_TRANSMISSIONS,
      lastWaitMillis: LAST_WAIT_RTOS * rtoMillis,
    }
    const schedule = scheduleOver(pair, datagrams, nominate ? 'nomination' : 'check')
    return this.#send(now, generation, pair, nominate, 'check', schedule)
  }

  #takeConsent(now: Millis): IceTransmit | undefined {
    const { current } = this.selection
    if (!(current?.consent instanceof Consent) || now < current.consent.nextCheckAt) return undefined
    const again = this.routine.repeat(now, current.consent, current)
    if (again !== undefined) return again
    current.consent.sentCheck(now, this.#context.jitter())
    const schedule = scheduleOver(current.pair, CONSENT_SCHEDULE, 'consent')
    return this.#send(now, current.generation, current.pair, false, 'consent', schedule)
  }

  #send(
    now: Millis,
    generation: Generation,
    pair: CandidatePair,
    nominate: boolean,
    kind: 'check' | 'consent',
    schedule: RetransmissionSchedule,
  ): IceTransmit {
    const { crypto, role, tieBreaker } = this.#context
    const local = generation.local!
    const remote = generation.remote!
    const transactionId = crypto.randomBytes(TRANSACTION_ID_BYTES)
    // RFC 8445 §7.1.1: as if the candidate were peer-reflexive.
    const priority = priorityOf(pair.base, 'prflx')
    const data = buildCheck(crypto, { transactionId, local, remote, priority, role, tieBreaker, nominate })
    const { address, port } = pair.remote
    const request = { socketId: pair.base.socketId, to: { address, port }, data }
    const key = keyOf(remote)
    const transaction = {
      transactionId,
      request,
      purpose: { kind, generation, pair, priority, role, nominate, key },
    }
    if (kind === 'consent') this.routine.asks(transaction)
    return this.#start(now, transaction, schedule)
  }

  #start(
    now: Millis,
    transaction: Transaction<CheckPurpose, IceTransmit>,
    schedule: RetransmissionSchedule,
  ): IceTransmit {
    const { request, purpose } = transaction
    this.#context.transactions.start(now, transaction, schedule)
    purpose.pair.counts.requested(purpose.kind)
    return request
  }

  /** RFC 8445 §7.2.5.3. */
  #succeed(now: Millis, purpose: CheckPurpose, mapped: TransportAddress): void {
    const { generation, pair, priority } = purpose
    if (this.selection.granted(now, pair) || purpose.kind === 'consent') return
    const isNew = pair.validLocal === undefined
    generation.firstValidAt ??= now
    pair.state = 'succeeded'
    pair.validAt = now
    pair.validLocal = localCandidateAt(generation, pair, mapped, priority)
    generation.checkList.unfreeze(pair.foundation)
    if (isNew) {
      const from = { address: pair.remote.address, port: pair.remote.port }
      this.#context.emit({ type: 'pathValidated', socketId: pair.base.socketId, from })
    }
    if (purpose.nominate && this.#context.role === 'controlling') {
      generation.nominating = undefined
      this.selection.select(now, generation, pair)
    } else if (pair.nominateOnSuccess && this.#context.role === 'controlled') {
      this.selection.nominatedByPeer(now, generation, pair)
    }
    this.considerNomination(now, generation)
  }

  #receiveError(now: Millis, message: StunMessage, purpose: CheckPurpose): void {
    const error = readAttribute(message, ERROR_CODE)
    if (error?.code !== 487) return this.#failCheck(now, purpose)
    // RFC 8445 §7.2.5.1: change to the role that the request did not have, unless that has happened already.
    if (this.#context.role === purpose.role) {
      this.#context.changeRole(purpose.role === 'controlling' ? 'controlled' : 'controlling')
      this.#context.renewTieBreaker()
    }
    if (purpose.kind === 'consent') return
    purpose.generation.nominating = undefined
    if (purpose.pair.validLocal === undefined) this.#trigger(now, purpose.generation, purpose.pair)
    this.considerNomination(now, purpose.generation)
  }

  /** RFC 8445 §7.2.5.2. A pair that was valid and whose nomination nobody answers is valid no more. */
  #failCheck(now: Millis, { kind, generation, pair }: CheckPurpose): void {
    const { current } = this.selection
    if (kind === 'consent' || (current?.pair === pair && current.isNominated)) return
    pair.state = 'failed'
    pair.validLocal = undefined
    if (generation.nominating === pair) generation.nominating = undefined
    this.considerNomination(now, generation)
  }
}

function scheduleOver(
  { base }: CandidatePair,
  datagrams: RetransmissionSchedule,
  kind: keyof typeof STREAM_WAIT_MILLIS,
): RetransmissionSchedule {
  if (base.tcpType === undefined) return datagrams
  return { rtoMillis: datagrams.rtoMillis, maxTransmissions: 1, lastWaitMillis: STREAM_WAIT_MILLIS[kind] }
}

function isCheckOf(pair: CandidatePair): (purpose: { kind: string; pair?: CandidatePair }) => boolean {
  return (purpose) => purpose.kind === 'check' && purpose.pair === pair
}

/** RFC 8445 §7.2.5.3.1: the candidate whose address the peer saw, maybe a new peer-reflexive one. */
function localCandidateAt(
  generation: Generation,
  pair: CandidatePair,
  mapped: TransportAddress,
  priority: number,
): IceCandidate {
  const known = generation.localCandidates.find(
    ({ base, candidate }) =>
      base === pair.base &&
      (sameAddress(candidate, mapped) || isItself(base, candidate, mapped) || isOpenedFrom(base, mapped)),
  )
  if (known !== undefined) return known.candidate
  const related = toldRelated(pair.base)
  return {
    ...pair.local,
    type: 'prflx',
    priority,
    address: mapped.address,
    port: mapped.port,
    relatedAddress: related.address,
    relatedPort: related.port,
  }
}

/** The candidate that the base is, whatever it tells of its address. */
function isItself(base: Base, { type }: IceCandidate, mapped: TransportAddress): boolean {
  return type === base.type && sameAddress(base.local, mapped)
}

/** Connections are opened from any port of the base's address. */
function isOpenedFrom({ tcpType, local }: Base, mapped: TransportAddress): boolean {
  return tcpType === 'active' && local.address === mapped.address
}
