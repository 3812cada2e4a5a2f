import type { Millis } from '../core/index.js'
import {
  hasAttribute,
  hasIntegrity,
  hasValidFingerprint,
  ICE_CONTROLLED,
  ICE_CONTROLLING,
  METHOD_BINDING,
  PRIORITY,
  readAttribute,
  unknownRequiredTypes,
  USE_CANDIDATE,
  USERNAME,
  type StunMessage,
} from '../stun/index.js'
import type { Base } from './base.js'
import { buildError, buildSuccess, CHECK_ATTRIBUTE_TYPES, isAuthentic, keyOf, type ErrorReply } from './binding.js'
import type { IceContext } from './context.js'
import type { EarlyCheck, Generation } from './generation.js'
import { RateLimiter } from './rate-limiter.js'
import type { IceDatagram } from './types.js'

/** Error replies to who knows no password: enough for an honest mistake, useless to flood a third party with. */
const UNAUTHENTICATED_BURST = 10
const UNAUTHENTICATED_PER_SECOND = 5

/**
 * How long a restart may take to reach the peer before we refuse what is half of the session before. Until then the peer has
 * no other pair to send over, and signalling is rarely slower.
 */
const RESTART_GRACE_MILLIS = 1000

export interface AuthenticCheck extends EarlyCheck {
  readonly generation: Generation
  /** Answered with an error, because it mixes two sessions. */
  readonly isRefused: boolean
}

/** The server's half of a connectivity check (RFC 8445 §7.3): verify, answer, and say what it tells us. */
export class RequestValidation {
  readonly #context: IceContext
  readonly #unauthenticated = new RateLimiter(UNAUTHENTICATED_BURST, UNAUTHENTICATED_PER_SECOND)

  constructor(context: IceContext) {
    this.#context = context
  }

  /** Answers a request; the check that it was when it was authentic and in order. */
  answer(
    now: Millis,
    datagram: IceDatagram,
    message: StunMessage,
    base: Base,
    generations: readonly Generation[],
  ): AuthenticCheck | undefined {
    // RFC 8445 §7.1.1: checks have a fingerprint. Without it this may be anything.
    if (message.method !== METHOD_BINDING || !hasValidFingerprint(message)) {
      this.#context.count('requestsMalformed')
      return undefined
    }
    const username = readAttribute(message, USERNAME)
    if (username === undefined || !(hasIntegrity(message, 'sha1') || hasIntegrity(message, 'sha256'))) {
      this.#refuseStranger(now, datagram, message, { code: 400, reason: 'Bad Request' })
      return undefined
    }
    const mixed = mixedGeneration(now, username, generations)
    const generation = mixed ?? generationOf(username, generations)
    const local = mixed?.former?.local ?? generation?.local
    const key = local && keyOf(local)
    if (generation === undefined || key === undefined || !isAuthentic(this.#context.crypto, message, key)) {
      this.#refuseStranger(now, datagram, message, { code: 401, reason: 'Unauthorized' })
      return undefined
    }
    const error = this.#objection(message)
    const reply = error ?? (mixed && { code: 400, reason: 'Bad Request' })
    const data = reply
      ? buildError(this.#context.crypto, message, reply, key)
      : buildSuccess(this.#context.crypto, message, key, datagram.from)
    this.#context.reply({ socketId: datagram.socketId, to: datagram.from, data })
    if (error !== undefined) return undefined
    return {
      generation,
      isRefused: mixed !== undefined,
      base,
      from: datagram.from,
      priority: readAttribute(message, PRIORITY)!,
      nominate: hasAttribute(message, USE_CANDIDATE),
      remoteFragment: username.slice(username.indexOf(':') + 1),
    }
  }

  /** What is wrong with an authentic request. */
  #objection(message: StunMessage): ErrorReply | undefined {
    const unknownTypes = unknownRequiredTypes(message, CHECK_ATTRIBUTE_TYPES)
    if (unknownTypes.length > 0) return { code: 420, reason: 'Unknown Attribute', unknownTypes }
    // RFC 8445 §7.1.1: PRIORITY is mandatory.
    if (readAttribute(message, PRIORITY) === undefined) return { code: 400, reason: 'Bad Request' }
    return this.#resolveConflict(message) ? undefined : { code: 487, reason: 'Role Conflict' }
  }

  /** RFC 8445 §7.3.1.1: the larger tie-breaker is the controlling one. False when the peer has to change. */
  #resolveConflict(message: StunMessage): boolean {
    const context = this.#context
    const controlling = readAttribute(message, ICE_CONTROLLING)
    const controlled = readAttribute(message, ICE_CONTROLLED)
    // RFC 8445 §6.1.1: who checks us is a full agent, and has to control.
    if (context.isLite) return controlled === undefined
    if (context.role === 'controlling' && controlling !== undefined) {
      if (context.tieBreaker >= controlling) return false
      context.changeRole('controlled')
    } else if (context.role === 'controlled' && controlled !== undefined) {
      if (context.tieBreaker < controlled) return false
      context.changeRole('controlling')
    }
    return true
  }

  #refuseStranger(now: Millis, { socketId, from }: IceDatagram, message: StunMessage, error: ErrorReply): void {
    this.#context.count('requestsUnauthenticated')
    if (this.#unauthenticated.take(now)) {
      this.#context.reply({ socketId, to: from, data: buildError(this.#context.crypto, message, error) })
    } else {
      this.#context.count('requestsRateLimited')
    }
  }
}

/**
 * Our fragment of the session before an ICE restart, with the peer's of now: no session has such a pair (RFC 8445 §7.2.2).
 * libwebrtc makes it when it gathers before it has our answer, selects it, and then keeps it where a pair of the new session
 * would have the same addresses: our checks get a 401 for ever. At an error other than 401, 420, 487 and 500 it gives it up.
 */
function mixedGeneration(now: Millis, username: string, [current]: readonly Generation[]): Generation | undefined {
  const { former, remote } = current!
  if (former === undefined || remote === undefined || now < former.replacedAt + RESTART_GRACE_MILLIS) return undefined
  return username === `${former.local.usernameFragment}:${remote.usernameFragment}` ? current : undefined
}

/** RFC 8445 §7.3: the first part must be ours. Where generations share it, the second part tells them apart. */
function generationOf(username: string, generations: readonly Generation[]): Generation | undefined {
  const ours = generations.filter(
    ({ local }) => local !== undefined && username.startsWith(`${local.usernameFragment}:`),
  )
  return (
    ours.find(({ local, remote }) => username === `${local!.usernameFragment}:${remote?.usernameFragment}`) ?? ours[0]
  )
}
