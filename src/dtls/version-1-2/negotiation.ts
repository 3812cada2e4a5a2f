/** What a server makes of a ClientHello (RFC 5246 §7.4.1): the best that both know, in our order. */
import { EMPTY_BYTES, equalBytes } from '../../core/index.js'
import type { LocalCertificate, NamedGroup, SignatureScheme } from '../../crypto/types.js'
import { HANDSHAKE_FAILURE, ILLEGAL_PARAMETER, PROTOCOL_VERSION } from '../alert.js'
import { EMPTY_RENEGOTIATION_INFO_SCSV, type CipherSuite } from '../cipher-suites.js'
import { DTLS_1_2 } from '../code-points.js'
import type { ClientHello } from '../handshake/client-hello.js'
import {
  EMPTY_RENEGOTIATION_INFO,
  EXT_EC_POINT_FORMATS,
  EXT_EXTENDED_MASTER_SECRET,
  EXT_RENEGOTIATION_INFO,
  EXT_SIGNATURE_ALGORITHMS,
  EXT_SUPPORTED_GROUPS,
  EXT_SUPPORTED_VERSIONS,
  EXT_USE_SRTP,
  parseSignatureAlgorithms,
  parseSupportedGroups,
  parseSupportedVersions,
  parseUseSrtp,
  UNCOMPRESSED_POINTS_ONLY,
  writeUseSrtp,
  type Extensions,
} from '../handshake/extensions.js'
import { fail, MALFORMED, type Step } from '../handshake/handshake.js'
import type { SrtpProfile } from '../types.js'
import type { HandshakeOptions } from './session.js'

export interface Selection {
  readonly certificate: LocalCertificate
  readonly suite: CipherSuite
  readonly group: NamedGroup
  /** What ServerKeyExchange is signed with. */
  readonly scheme: SignatureScheme
  readonly extendedMasterSecret: boolean
  readonly srtpProfile: SrtpProfile | undefined
  /** For the ServerHello. */
  readonly extensions: Extensions
}

export type Negotiation =
  { readonly type: 'selected'; readonly selection: Selection } | { readonly type: 'refused'; readonly step: Step }

export function negotiate(options: HandshakeOptions, hello: ClientHello): Negotiation {
  const offer = readOffer(hello)
  if (offer === undefined) return refused(MALFORMED)
  if (!offersVersion(hello.version, offer.versions)) {
    return refused(fail(PROTOCOL_VERSION, 'The client does not offer DTLS 1.2.'))
  }
  if (!hello.compressionMethods.includes(0)) {
    return refused(fail(ILLEGAL_PARAMETER, 'The client does not offer to do without compression.'))
  }
  if (offer.renegotiation !== undefined && !equalBytes(offer.renegotiation, EMPTY_RENEGOTIATION_INFO)) {
    return refused(fail(HANDSHAKE_FAILURE, 'The client takes this first handshake for a renegotiation.'))
  }
  const group = options.groups.find((g) => offer.groups.includes(g))
  const choices = options.certificates.map((certificate) => signing(options, hello, offer, certificate))
  const { certificate, suite, scheme } = choices.find(({ suite, scheme }) => suite && scheme) ?? choices[0]!
  if (suite === undefined || group === undefined || scheme === undefined) {
    const what = suite === undefined ? 'cipher suite' : group === undefined ? 'group' : 'signature scheme'
    const message = `The client offers no ${what} that goes with our ${certificate.keyType} certificate and settings.`
    return refused(fail(HANDSHAKE_FAILURE, message))
  }
  const srtpProfile = options.srtpProfiles.find((profile) => offer.srtpProfiles.includes(profile))
  const extendedMasterSecret = hello.extensions.has(EXT_EXTENDED_MASTER_SECRET)
  const extensions = answeredExtensions(hello, srtpProfile)
  const selection = { certificate, suite, group, scheme, extendedMasterSecret, srtpProfile, extensions }
  return { type: 'selected', selection }
}

interface Signing {
  readonly certificate: LocalCertificate
  readonly suite: CipherSuite | undefined
  readonly scheme: SignatureScheme | undefined
}

/** What the client can do with a certificate of ours (RFC 5246 §7.4.1.4.1): both where it can do with it at all. */
function signing(options: HandshakeOptions, hello: ClientHello, offer: Offer, certificate: LocalCertificate): Signing {
  const { keyType, signatureSchemes } = certificate
  const suite = options.cipherSuites.find((s) => s.keyType === keyType && hello.cipherSuites.includes(s.id))
  return { certificate, suite, scheme: signatureSchemes.find((s) => offer.schemes.includes(s)) }
}

function refused(step: Step): Negotiation {
  return { type: 'refused', step }
}

interface Offer {
  readonly versions: readonly number[] | undefined
  readonly groups: readonly NamedGroup[]
  readonly schemes: readonly SignatureScheme[]
  readonly srtpProfiles: readonly number[]
  readonly renegotiation: Uint8Array | undefined
}

/** RFC 8422 §4: without supported_groups the server may take any, and every client has P-256. */
const FALLBACK_GROUP: NamedGroup = 'secp256r1'

/** The extensions that matter to us; `undefined` when one of them is broken. */
function readOffer({ extensions }: ClientHello): Offer | undefined {
  const versions = optional(extensions, EXT_SUPPORTED_VERSIONS, parseSupportedVersions)
  const groups = optional(extensions, EXT_SUPPORTED_GROUPS, parseSupportedGroups, [FALLBACK_GROUP])
  // RFC 5246 §7.4.1.4.1: without it SHA-1 is meant, which we do not use.
  const schemes = optional(extensions, EXT_SIGNATURE_ALGORITHMS, parseSignatureAlgorithms, [])
  const srtp = optional(extensions, EXT_USE_SRTP, parseUseSrtp, { profiles: [], mki: EMPTY_BYTES })
  if (versions === 'broken' || groups === 'broken' || schemes === 'broken' || srtp === 'broken') return undefined
  return {
    versions,
    groups: groups ?? [],
    schemes: schemes ?? [],
    srtpProfiles: srtp?.profiles ?? [],
    renegotiation: extensions.get(EXT_RENEGOTIATION_INFO),
  }
}

function optional<T>(
  extensions: Extensions,
  type: number,
  parse: (data: Uint8Array) => T | undefined,
  absent?: T,
): T | undefined | 'broken' {
  const data = extensions.get(type)
  return data === undefined ? absent : (parse(data) ?? 'broken')
}

/** RFC 8446 §4.2.1: who sends supported_versions means that list, and 1.2 in the old field says nothing then. */
function offersVersion(version: number, versions: readonly number[] | undefined): boolean {
  if (versions !== undefined) return versions.includes(DTLS_1_2)
  return version >>> 8 === DTLS_1_2 >>> 8 && version <= DTLS_1_2 // versions count down
}

function answeredExtensions(hello: ClientHello, srtpProfile: SrtpProfile | undefined): Extensions {
  const answers = new Map<number, Uint8Array>()
  if (hello.extensions.has(EXT_EXTENDED_MASTER_SECRET)) answers.set(EXT_EXTENDED_MASTER_SECRET, EMPTY_BYTES)
  // RFC 5746 §3.6: the extension and the signalling suite ask alike.
  if (hello.extensions.has(EXT_RENEGOTIATION_INFO) || hello.cipherSuites.includes(EMPTY_RENEGOTIATION_INFO_SCSV)) {
    answers.set(EXT_RENEGOTIATION_INFO, EMPTY_RENEGOTIATION_INFO)
  }
  if (hello.extensions.has(EXT_EC_POINT_FORMATS)) answers.set(EXT_EC_POINT_FORMATS, UNCOMPRESSED_POINTS_ONLY)
  if (srtpProfile !== undefined) {
    answers.set(EXT_USE_SRTP, writeUseSrtp({ profiles: [srtpProfile], mki: EMPTY_BYTES }))
  }
  return answers
}
