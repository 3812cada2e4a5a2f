import type { SparseMap } from '../core/index.js'
import type { Fingerprint } from '../crypto/types.js'
import type { SessionDescription } from '../sdp/types.js'
import type { Numbering } from './codecs/index.js'
import type { TransceiverInput } from './media-types.js'

export type DescriptionType = 'offer' | 'pranswer' | 'answer' | 'rollback'
export type SignalingState =
  'stable' | 'have-local-offer' | 'have-remote-offer' | 'have-local-pranswer' | 'have-remote-pranswer' | 'closed'
export type BundlePolicy = 'balanced' | 'max-compat' | 'max-bundle'

/** A description that was applied: what it says, and the text that said it. */
export interface Description {
  readonly type: Exclude<DescriptionType, 'rollback'>
  readonly session: SessionDescription
  /** As it was applied: `textOf` has what was trickled since. */
  readonly sdp: string
  /** In remote ones: candidates that came later, and that there are no more, by the index of their section. */
  readonly trickled?: readonly (Trickled | undefined)[]
  /** In descriptions of ours: the key of the transceiver that each section was written for, by mid. */
  readonly transceivers?: TransceiverKeys
}

export interface Trickled {
  /** `candidate:…` */
  readonly candidates: readonly string[]
  readonly hasEnded: boolean
  /** Attribute lines in the order in which they came. */
  readonly lines: readonly string[]
}

export type TransceiverKeys = ReadonlyMap<string, number>

/** What createOffer or createAnswer made last. */
export interface Created {
  readonly sdp: string
  /** What the text says: it need not be read to be applied. */
  readonly session: SessionDescription
  readonly transceivers: TransceiverKeys
}

/** Why a description or a call was refused. The W3C layer turns the kind into the exception that browsers throw. */
export interface JsepError {
  readonly kind: 'InvalidState' | 'InvalidAccess' | 'InvalidModification' | 'SdpSyntax' | 'Operation' | 'Type'
  readonly message: string
  /** 1-based line of the description, for `SdpSyntax`. */
  readonly line?: number
}

export type JsepResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: JsepError }

/** What one transport of ours says about itself in a description. */
export interface LocalTransportParameters {
  readonly usernameFragment: string
  readonly password: string
  readonly fingerprints: readonly Fingerprint[]
}

/** What createOffer and createAnswer need to know beyond the negotiation so far. */
export interface DescribeInputs {
  /** Whether the application wants data channels: an offer then has an application section. */
  readonly wantsData: boolean
  /** All that the connection has, in the order of its set. */
  readonly transceivers: readonly TransceiverInput[]
  /** Ours (RFC 7022), one for the connection. */
  readonly cname: string
  readonly bundlePolicy: BundlePolicy
  /** Whether we are a lite agent (RFC 8445 §2.5): a=ice-lite. */
  readonly iceLite?: boolean
  /** What we can receive in one message: a=max-message-size. */
  readonly maxMessageSizeBytes: number
  /** What the data section says as a=sctp-init, if anything; absent where it never says that. */
  readonly sctpInit?: (section: DescribedData) => string | undefined
  /**
   * Parameters of a transport by its name (`TransportPlan.mid`: the mid that it was or will be made for); made when first
   * asked for. After `restartIce()`, or when `remoteRestartsIce` says so, with a new fragment and password.
   */
  readonly transportOf: (mid: string) => LocalTransportParameters
}

/** The data section that is described. */
export interface DescribedData {
  /** None where it is new. */
  readonly mid?: string
  /** What is answered. */
  readonly offered?: { readonly init: string; readonly port: number }
}

/** One m-section after a description was applied. */
export interface SectionPlan {
  readonly index: number
  readonly mid: string
  readonly kind: string
  readonly rejected: boolean
  /** The mid whose transport carries it: its own, or the BUNDLE tag (RFC 9143 §7). */
  readonly transportMid: string
}

/** What one transport must be like now. */
export interface TransportPlan {
  /** The mid it was made for: its name for as long as it lives. */
  readonly mid: string
  readonly sectionIndex: number
  readonly local?: { readonly usernameFragment: string; readonly password: string }
  readonly remote?: {
    readonly usernameFragment: string
    readonly password: string
    readonly iceLite: boolean
    readonly fingerprints: readonly Fingerprint[]
    /** Another one than before asks for a new DTLS association, also where the fingerprints stay (RFC 8842 §3.1). */
    readonly tlsId?: string
    /** Candidate attribute values (`candidate:…`) that stood in the description. */
    readonly candidates: readonly string[]
    readonly endOfCandidates: boolean
  }
  /**
   * Known once an answer of either kind has been applied (RFC 8842 §5); another one than before asks for a new association.
   * An answer to our offer cannot turn it while fingerprints and tls-id stay.
   */
  readonly dtlsRole?: 'client' | 'server'
  /** What an association would have that begins with the answer, whatever there was before it. */
  readonly freshDtlsRole?: 'client' | 'server'
}

/** What SCTP must be like now; absent while no application section is accepted. */
export interface SctpPlan {
  readonly mid: string
  readonly transportMid: string
  readonly localPort: number
  /** Known once the peer's section has been applied; another one than before asks for a new SCTP association. */
  readonly remotePort?: number
  /** What the peer receives in one message; Infinity for 0, 65536 where it says nothing (RFC 8841 §6). */
  readonly remoteMaxMessageSizeBytes?: number
  /** INIT chunks in base 64, as the newest description of each side has them (draft-hancke-tsvwg-snap). */
  readonly localInit?: string
  readonly remoteInit?: string
}

export interface Plan {
  readonly sections: readonly SectionPlan[]
  readonly transports: readonly TransportPlan[]
  readonly sctp?: SctpPlan
}

/** What outlives the descriptions that agreed on it: re-offers leave out what is settled, or change who would be first. */
export interface Agreement {
  /** The transport that carries each accepted section, by mid (RFC 9143 §7). */
  readonly transportOf: SparseMap<string, string>
  /** Our DTLS role on each transport (RFC 8842 §5). */
  readonly roleOf: SparseMap<string, 'client' | 'server'>
}

/** The negotiation so far: plain data, replaced and never changed. `index.ts` exports the first one. */
export interface JsepState {
  readonly signalingState: SignalingState
  readonly pendingLocal?: Description
  readonly currentLocal?: Description
  readonly pendingRemote?: Description
  readonly currentRemote?: Description
  /** o= line of our descriptions (RFC 9429 §5.2.1): id fixed for the connection, version grows with each new text. */
  readonly sessionId: string
  readonly sessionVersion: number
  /** The last text made by createOffer or createAnswer; the version grows when the next one differs (RFC 9429 §5.2.2). */
  readonly lastCreated?: string
  /** Which payload type is which codec, and which id which header extension. */
  readonly numbering: Numbering
  /** What finished answers agreed on, beyond what the current descriptions say. */
  readonly agreed: Agreement
  /** The text of the last createOffer/createAnswer: setLocalDescription takes nothing else (RFC 9429 §5.4). */
  readonly lastOffer?: Created
  readonly lastAnswer?: Created
  /** True once we were offered or offered: who offers first is controlling (RFC 8445 §6.1.1). */
  readonly firstOfferBy?: 'local' | 'remote'
  /** Whether the remote description says ice-options:trickle; absent before there is one. */
  readonly remoteTrickles?: boolean
}

/** What `addIceCandidate` was given (W3C RTCIceCandidateInit). */
export interface RemoteCandidate {
  /** `candidate:…`, with or without `a=`; empty says that there are no more in this generation. */
  readonly candidate: string
  readonly sdpMid?: string | null
  readonly sdpMLineIndex?: number | null
  readonly usernameFragment?: string | null
}

/** What we gathered for one section. */
export interface GatheredCandidates {
  /** `candidate:…` */
  readonly candidates: readonly string[]
  readonly complete: boolean
}

/*
 * The functions of this room, exported by index.ts:
 *
 *   initialState(sessionId: string): JsepState
 *   createOffer(state, inputs: DescribeInputs): JsepResult<{ state: JsepState; sdp: string }>
 *   createAnswer(state, inputs: DescribeInputs): JsepResult<{ state: JsepState; sdp: string }>
 *   applyLocal(state, type: DescriptionType, sdp: string): JsepResult<{ state: JsepState; plan: Plan }>
 *   applyRemote(state, type: DescriptionType, sdp: string): JsepResult<{ state: JsepState; plan: Plan }>
 *     (rollback ignores sdp; state after an answer moves pending to current, RFC 9429 §4.1.10; a remote offer while ours
 *     is pending rolls ours back first)
 *   planOf(state): Plan                       what both sides agreed on so far, also after a rollback
 *   planBesidesCandidates(state): Plan        the same without what was trickled, and the same object for as long as nothing
 *     else changes
 *   textOf(description): string               the text of a remote description with what was trickled since
 *   withLocalCandidates(description, gathered: ReadonlyMap<mid, GatheredCandidates>): string
 *     the text of a local description with what was gathered since (W3C: localDescription shows candidates)
 *   withRemoteCandidate(state, candidate: RemoteCandidate): JsepResult<{ state: JsepState; transportMids: string[] }>
 *     the same for addIceCandidate, and the transports that are to learn of it
 *   needsNegotiation(state, inputs: { wantsData: boolean, transceivers }): boolean
 *   mediaSections(state, side): MediaSectionView[]    what the newest description of a side says of its sections
 *   negotiatedMedia(state, mid, cname): NegotiatedMedia | undefined
 *   remoteRestartsIce(state, transportMid: string): boolean   whether the remote offer at hand asks for new credentials
 */
