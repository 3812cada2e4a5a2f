import type { Fingerprint } from '../crypto/types.js'

/** `o=` (RFC 8866 §5.2). Both numbers are 64 bits wide and stay text. */
export interface Origin {
  readonly username: string
  readonly sessionId: string
  readonly sessionVersion: string
  readonly addressType: 'IP4' | 'IP6'
  readonly address: string
}

/** `c=` (RFC 8866 §5.7). Multicast ttl and range stay in the address. */
export interface ConnectionData {
  readonly addressType: 'IP4' | 'IP6'
  readonly address: string
}

/** `b=` (RFC 8866 §5.8). */
export interface Bandwidth {
  readonly type: string
  readonly value: number
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'
/** RFC 4145 §4; `holdconn` parses, and DTLS forbids it (RFC 8842 §5.1). */
export type Setup = 'active' | 'passive' | 'actpass' | 'holdconn'

/** `a=group` (RFC 5888 §5): BUNDLE (RFC 9143), LS … */
export interface Group {
  readonly semantics: string
  readonly mids: readonly string[]
}

export interface MsidSemantic {
  readonly semantic: string
  readonly ids: readonly string[]
}

/** `a=extmap` (RFC 8285 §8). */
export interface Extmap {
  readonly id: number
  readonly direction?: Direction
  readonly uri: string
  readonly parameters?: string
}

/** `a=rtcp` (RFC 3605 §2.1). */
export interface RtcpAddress {
  readonly port: number
  readonly connection?: ConnectionData
}

/** `a=msid` (RFC 8830 §2). `-` as the stream says that there is none. */
export interface Msid {
  readonly stream: string
  readonly track?: string
}

export interface Rtpmap {
  readonly payloadType: number
  readonly encodingName: string
  readonly clockRate: number
  readonly channels?: number
}

/** `a=fmtp`: the parameters are the codec's own language and stay text. */
export interface Fmtp {
  readonly format: string
  readonly parameters: string
}

/** `a=rtcp-fb` (RFC 4585 §4.2): `*` is every payload type. */
export interface RtcpFeedback {
  readonly payloadType: number | '*'
  readonly feedback: string
}

/** `a=ssrc` (RFC 5576 §4.1). */
export interface SsrcAttribute {
  readonly ssrc: number
  readonly attribute: string
  readonly value?: string
}

export interface SsrcGroup {
  readonly semantics: string
  readonly ssrcs: readonly number[]
}

/** `a=rid` (RFC 8851 §10). */
export interface Rid {
  readonly id: string
  readonly direction: 'send' | 'recv'
  readonly restrictions?: string
}

export interface SimulcastRid {
  readonly id: string
  readonly paused: boolean
}

/** `a=simulcast` (RFC 8853 §5.1): streams, each a list of alternatives. */
export interface Simulcast {
  readonly send?: readonly (readonly SimulcastRid[])[]
  readonly recv?: readonly (readonly SimulcastRid[])[]
}

/** `a=imageattr` (RFC 6236 §3.1.1); what it says of sizes stays text. */
export interface Imageattr {
  readonly payloadType: number | '*'
  readonly value: string
}

/** `a=sctpmap` of the drafts before RFC 8841, with `m=application … DTLS/SCTP <port>`. */
export interface Sctpmap {
  readonly port: number
  readonly application: string
  readonly streams?: number
}

/** Attributes that may stand at both levels; what a section says of itself wins. */
export interface SharedAttributes {
  readonly iceUfrag?: string
  readonly icePwd?: string
  readonly iceOptions?: readonly string[]
  readonly endOfCandidates?: true
  readonly fingerprints?: readonly Fingerprint[]
  readonly setup?: Setup
  readonly tlsId?: string
  readonly direction?: Direction
  readonly extmaps?: readonly Extmap[]
  readonly extmapAllowMixed?: true
}

export interface SessionAttributes extends SharedAttributes {
  readonly groups?: readonly Group[]
  readonly msidSemantics?: readonly MsidSemantic[]
  readonly iceLite?: true
  readonly icePacingMillis?: number
  readonly identity?: string
}

export interface MediaAttributes extends SharedAttributes {
  readonly mid?: string
  readonly bundleOnly?: true
  /** With the attribute's name, as RTCIceCandidate shows it: `candidate:…`. */
  readonly candidates?: readonly string[]
  readonly remoteCandidates?: string
  readonly rtcp?: RtcpAddress
  readonly rtcpMux?: true
  readonly rtcpMuxOnly?: true
  readonly rtcpRsize?: true
  readonly msids?: readonly Msid[]
  readonly rtpmaps?: readonly Rtpmap[]
  readonly fmtps?: readonly Fmtp[]
  readonly rtcpFeedbacks?: readonly RtcpFeedback[]
  readonly ptime?: number
  readonly maxptime?: number
  readonly framerate?: number
  readonly imageattrs?: readonly Imageattr[]
  readonly rids?: readonly Rid[]
  readonly simulcast?: Simulcast
  readonly ssrcGroups?: readonly SsrcGroup[]
  readonly ssrcs?: readonly SsrcAttribute[]
  readonly sctpPort?: number
  readonly sctpmaps?: readonly Sctpmap[]
  /** As it stands there: 0 means that there is no limit (RFC 8841 §6). */
  readonly maxMessageSizeBytes?: number
  /** An INIT chunk of SCTP in base 64 (draft-hancke-tsvwg-snap). */
  readonly sctpInit?: string
}

/** One m-section (RFC 8866 §5.14). */
export interface MediaDescription {
  /** `audio`, `video`, `application` … */
  readonly kind: string
  readonly port: number
  readonly portCount?: number
  readonly protocol: string
  readonly formats: readonly string[]
  readonly connection?: ConnectionData
  readonly bandwidths: readonly Bandwidth[]
  readonly attributes: MediaAttributes
  /** 1-based line of its `m=`, in a description that was parsed: for error messages. */
  readonly line?: number
}

/** A whole description (RFC 8866 §5). */
export interface SessionDescription {
  readonly origin: Origin
  readonly sessionName: string
  readonly connection?: ConnectionData
  readonly bandwidths: readonly Bandwidth[]
  readonly timing: { readonly start: number; readonly stop: number }
  readonly attributes: SessionAttributes
  readonly media: readonly MediaDescription[]
  /** Attribute lines that nobody here knows; a bounded number of them, and `writeSdp` never says them. */
  readonly unknown?: readonly string[]
}

export type ParsedSdp =
  { readonly ok: true; readonly value: SessionDescription } | { readonly ok: false; readonly error: SdpSyntaxError }

export interface SdpSyntaxError {
  /** 1-based. */
  readonly line: number
  readonly message: string
}
