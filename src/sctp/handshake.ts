import { ByteReader, ByteWriter, EMPTY_BYTES, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import { CHUNK_INIT, CHUNK_INIT_ACK } from './packet/chunk-type.js'
import { encodeAbort, encodeError } from './packet/chunk/abort.js'
import { encodeCookieEcho } from './packet/chunk/cookie.js'
import { encodeInit, type InitChunk, parseInit } from './packet/chunk/init.js'
import {
  CAUSE_INVALID_MANDATORY_PARAMETER,
  CAUSE_STALE_COOKIE,
  CAUSE_UNRESOLVABLE_ADDRESS,
  type ErrorCause,
} from './packet/error-cause.js'
import {
  COOKIE_LIFETIME_MILLIS,
  openCookie,
  type PeerParameters,
  sealCookie,
  type StateCookie,
} from './state-cookie.js'
import type { SctpOptions } from './types.js'

export type HandshakeOptions = Pick<
  Required<SctpOptions>,
  'crypto' | 'receiveWindowBytes' | 'maxStreams' | 'zeroChecksum' | 'interleaving'
>

/** A chunk, and the verification tag of the packet that it goes into. */
export interface Reply {
  readonly verificationTag: number
  readonly chunk: Uint8Array
}

export type InitAckResult =
  | { readonly type: 'accepted' | 'malformed' }
  | { readonly type: 'refused'; readonly verificationTag: number; readonly cause: ErrorCause; readonly message: string }

export type CookieVerdict =
  | { readonly type: 'invalid' }
  | ({ readonly type: 'stale' } & Reply)
  | { readonly type: 'same' | 'restart'; readonly cookie: StateCookie }

/** RFC 9260 §3.3.2: a smaller window is of no use, and not allowed. */
const MIN_WINDOW_BYTES = 1500

/**
 * What is said at the beginning (RFC 9260 §5): our INIT, answers to the peer's, cookies. One tag and one initial TSN
 * for as long as this association lives, whoever begins: that makes INITs that cross (§5.2.1) one association.
 */
export class Handshake {
  readonly #options: HandshakeOptions
  #cookieKey: Uint8Array | undefined
  #localTag: number
  #initialTsn: number
  #peer: PeerParameters | undefined
  #cookie: Uint8Array = EMPTY_BYTES

  constructor(options: HandshakeOptions) {
    this.#options = options
    this.#localTag = randomTag(options.crypto)
    this.#initialTsn = randomTag(options.crypto)
  }

  get localTag(): number {
    return this.#localTag
  }

  get initialTsn(): number {
    return this.#initialTsn
  }

  /** What INIT ACK told. */
  get peer(): PeerParameters | undefined {
    return this.#peer
  }

  forgetPeer(): void {
    this.#peer = undefined
  }

  /** What the peer was told by other means. */
  announced(localTag: number, initialTsn: number): void {
    this.#localTag = localTag
    this.#initialTsn = initialTsn
  }

  init(): Uint8Array {
    return encodeInit(CHUNK_INIT, describeInit(this.#options, this.#localTag, this.#initialTsn))
  }

  cookieEcho(): Uint8Array {
    return encodeCookieEcho(this.#cookie)
  }

  /**
   * Answers INIT with INIT ACK, keeping nothing (RFC 9260 §5.1 B); with ABORT when it cannot be accepted.
   * @param current the peer of the association that is up, if one is: then this may become a restart (§5.2.2)
   */
  answerInit(now: Millis, body: Uint8Array, current: PeerParameters | undefined): Reply | undefined {
    const init = parseInit(body)
    if (init === undefined || init.initiateTag === 0) return undefined
    const cause = refusal(init)
    if (cause !== undefined) return { verificationTag: init.initiateTag, chunk: encodeAbort([cause], false) }
    const isNew = current !== undefined
    const localTag = isNew ? randomTag(this.#options.crypto) : this.#localTag
    const localInitialTsn = isNew ? randomTag(this.#options.crypto) : this.#initialTsn
    const cookie = sealCookie(this.#options.crypto, this.#key, {
      createdAt: now,
      localTag,
      localInitialTsn,
      localTieTag: isNew ? this.#localTag : 0,
      peerTieTag: current?.verificationTag ?? 0,
      peer: peerOf(init),
    })
    const answer = describeInit(this.#options, localTag, localInitialTsn)
    const parameters = { ...answer.parameters, cookie, unrecognized: init.parameters.unrecognized }
    return { verificationTag: init.initiateTag, chunk: encodeInit(CHUNK_INIT_ACK, { ...answer, parameters }) }
  }

  takeInitAck(body: Uint8Array): InitAckResult {
    const init = parseInit(body)
    if (init === undefined || init.initiateTag === 0) return { type: 'malformed' }
    const cause = refusal(init)
    const { cookie } = init.parameters
    if (cause !== undefined || cookie === undefined) {
      const information = new ByteWriter(8).uint32(1).uint16(7).finish()
      return {
        type: 'refused',
        verificationTag: init.initiateTag,
        cause: cause ?? { code: 2, information }, // Missing Mandatory Parameter: one, type 7, the State Cookie
        message: cause === undefined ? 'it has no state cookie' : 'its parameters are invalid',
      }
    }
    this.#peer = peerOf(init)
    this.#cookie = cookie.slice()
    return { type: 'accepted' }
  }

  /** RFC 9260 §5.1.5 and §5.2.4: is this a cookie of ours, for the association that there is, or for a new one? */
  judgeCookie(
    now: Millis,
    sealed: Uint8Array,
    verificationTag: number,
    current: PeerParameters | undefined,
  ): CookieVerdict {
    const cookie = this.#cookieKey && openCookie(this.#options.crypto, this.#cookieKey, sealed)
    if (cookie === undefined || cookie.localTag !== verificationTag) return { type: 'invalid' }
    const isSame = cookie.localTag === this.#localTag && cookie.peer.verificationTag === current?.verificationTag
    const staleMillis = now - cookie.createdAt - COOKIE_LIFETIME_MILLIS
    // §5.2.4: for the association that is up already, age does not matter (case D).
    if (staleMillis > 0 && !isSame) {
      const information = new ByteWriter(4).uint32(Math.min(2 ** 32 - 1, Math.ceil(staleMillis) * 1000)).finish()
      const chunk = encodeError([{ code: CAUSE_STALE_COOKIE, information }])
      return { type: 'stale', verificationTag: cookie.peer.verificationTag, chunk }
    }
    // Cases B (INITs crossed) and D (the same again): our tag is the one that we gave.
    if (cookie.localTag === this.#localTag) {
      return current === undefined || isSame ? { type: 'same', cookie } : { type: 'invalid' }
    }
    // Case A: both tags are new, and the tie-tags say that the cookie was made for the association that is up.
    const isRestart =
      current !== undefined &&
      cookie.localTieTag === this.#localTag &&
      cookie.peerTieTag === current.verificationTag &&
      cookie.peer.verificationTag !== current.verificationTag
    if (!isRestart) return { type: 'invalid' } // case C and whatever fits nothing: silently discarded
    this.#localTag = cookie.localTag
    this.#initialTsn = cookie.localInitialTsn
    return { type: 'restart', cookie }
  }

  /** Never leaves this association; nobody has a cookie of ours before it is there. */
  get #key(): Uint8Array {
    return (this.#cookieKey ??= this.#options.crypto.randomBytes(32))
  }
}

/** What our INIT, or INIT ACK without its cookie, says. */
export function describeInit(options: HandshakeOptions, initiateTag: number, initialTsn: number): InitChunk {
  const { receiveWindowBytes, maxStreams, zeroChecksum, interleaving } = options
  return {
    initiateTag,
    advertisedWindowBytes: receiveWindowBytes,
    outboundStreams: maxStreams,
    inboundStreams: maxStreams,
    initialTsn,
    parameters: { forwardTsn: true, reconfig: true, interleaving, zeroChecksum, unrecognized: [] },
  }
}

/** A verification tag is never 0 (RFC 9260 §5.3.1); that suits an initial TSN too. */
export function randomTag(crypto: Crypto): number {
  for (;;) {
    const tag = new ByteReader(crypto.randomBytes(4)).uint32()
    if (tag !== 0) return tag
  }
}

/** Who says this, if an association can be made with it. */
export function acceptedPeer(init: InitChunk): PeerParameters | undefined {
  return refusal(init) === undefined ? peerOf(init) : undefined
}

/** RFC 9260 §3.3.2, §5.1.2: what makes an INIT impossible to accept. */
function refusal(init: InitChunk): ErrorCause | undefined {
  const { hostName } = init.parameters
  if (hostName !== undefined) return { code: CAUSE_UNRESOLVABLE_ADDRESS, information: hostName.subarray(0, 256) }
  const isInvalid =
    init.outboundStreams === 0 || init.inboundStreams === 0 || init.advertisedWindowBytes < MIN_WINDOW_BYTES
  return isInvalid ? { code: CAUSE_INVALID_MANDATORY_PARAMETER, information: EMPTY_BYTES } : undefined
}

function peerOf(init: InitChunk): PeerParameters {
  const { forwardTsn, reconfig, interleaving, zeroChecksum } = init.parameters
  return {
    verificationTag: init.initiateTag,
    initialTsn: init.initialTsn,
    windowBytes: init.advertisedWindowBytes,
    outboundStreams: init.outboundStreams,
    inboundStreams: init.inboundStreams,
    forwardTsn,
    reconfig,
    interleaving,
    zeroChecksum,
  }
}
