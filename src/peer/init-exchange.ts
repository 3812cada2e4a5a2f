import { decodeBase64, encodeBase64 } from '../core/index.js'
import type { DescribedData, SctpPlan } from '../jsep/types.js'
import { initiateTagOf, isExchangeableInit, newExchangeableInit, readExchangedInits } from '../sctp/index.js'
import type { ExchangedInits, SctpOptions } from '../sctp/index.js'
import type { TransportId } from './contract.js'

/** More than the peer sends before it hears of us: its first window, and probes. */
const MAX_EARLY_PACKETS = 32
const MAX_EARLY_BYTES = 32 * 1500

/** The association that there is, as far as descriptions go. */
export interface AssociationInForce {
  readonly mid: string | undefined
  readonly remotePort: number
  /** Our INIT, as our description said it, if the association needed no handshake. */
  readonly localInit: string | undefined
}

interface Proposal {
  readonly text: string
  readonly initiateTag: number
}

interface EarlyPacket {
  readonly transportId: TransportId
  readonly packet: Uint8Array
}

/**
 * a=sctp-init (draft-hancke-tsvwg-snap): what our descriptions say, and what comes of it. An association that both sides said their
 * INITs for is up without a handshake; where one did not, or said what cannot be used, there is the handshake.
 */
export class InitExchange {
  readonly #options: SctpOptions
  /** Of ours, for an association that is not there yet. */
  #proposal: Proposal | undefined
  #early: EarlyPacket[] = []
  #earlyBytes = 0

  /** The options of the associations that there will be, but for their ports. */
  constructor(options: SctpOptions) {
    this.#options = options
  }

  /**
   * "Modifying the Session": for as long as the association lives what was said for it is said again, and nothing where it had
   * its handshake. For one that is still to come there is one INIT, however often it is offered or answered.
   */
  describe({ mid, offered }: DescribedData, inForce: AssociationInForce | undefined): string | undefined {
    if (offered !== undefined && !this.#isUsable(offered.init, inForce)) return undefined
    const goesOn =
      inForce !== undefined && mid === inForce.mid && (offered === undefined || offered.port === inForce.remotePort)
    if (goesOn && mid !== undefined) return inForce.localInit
    return (this.#proposal ??= this.#propose()).text
  }

  /** The answer is there: what both said, if an association can be made of it. */
  settle(plan: SctpPlan): ExchangedInits | undefined {
    this.#proposal = undefined
    return initsOf(plan)
  }

  /**
   * A packet for the association that we proposed: an answerer may send over a DTLS association that is up before its answer is
   * here. True when it is held, or dropped as there are too many.
   */
  hold(transportId: TransportId, packet: Uint8Array): boolean {
    if (this.#proposal === undefined || verificationTagOf(packet) !== this.#proposal.initiateTag) return false
    const bytes = this.#earlyBytes + packet.length
    if (this.#early.length < MAX_EARLY_PACKETS && bytes <= MAX_EARLY_BYTES) {
      this.#early.push({ transportId, packet: packet.slice() })
      this.#earlyBytes = bytes
    }
    return true
  }

  /** What was held of this transport, oldest first; nothing is kept. */
  takeEarly(transportId: TransportId): readonly Uint8Array[] {
    const early = this.#early
    this.#early = []
    this.#earlyBytes = 0
    return early.filter((held) => held.transportId === transportId).map(({ packet }) => packet)
  }

  /** Our own, sent back, is of nobody who knows what it is. */
  #isUsable(init: string, inForce: AssociationInForce | undefined): boolean {
    if (init === this.#proposal?.text || init === inForce?.localInit) return false
    const bytes = decodeBase64(init)
    return bytes !== undefined && isExchangeableInit(bytes)
  }

  #propose(): Proposal {
    const chunk = newExchangeableInit(this.#options)
    return { text: encodeBase64(chunk), initiateTag: initiateTagOf(chunk) }
  }
}

/** What both descriptions say, if an association can be made of it. */
export function initsOf({ localInit, remoteInit }: SctpPlan): ExchangedInits | undefined {
  const ours = localInit === undefined ? undefined : decodeBase64(localInit)
  const theirs = remoteInit === undefined ? undefined : decodeBase64(remoteInit)
  return ours && theirs && readExchangedInits(ours, theirs)
}

/** RFC 9260 §3.1: after the two ports. */
export function verificationTagOf(packet: Uint8Array): number {
  if (packet.length < 8) return 0
  return ((packet[4]! << 24) | (packet[5]! << 16) | (packet[6]! << 8) | packet[7]!) >>> 0
}
