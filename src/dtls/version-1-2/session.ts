/** What client and server of TLS 1.2 have in common. */
import type { Crypto, Fingerprint, LocalCertificate, NamedGroup, PeerCertificate } from '../../crypto/types.js'
import { BAD_CERTIFICATE, DECRYPT_ERROR, ILLEGAL_PARAMETER, UNSUPPORTED_CERTIFICATE } from '../alert.js'
import type { CipherSuite } from '../cipher-suites.js'
import { schemeFromCode } from '../code-points.js'
import { checkFingerprints } from '../fingerprint.js'
import type { FlightItem } from '../flight.js'
import { fail, type EpochKeys, type Step } from '../handshake/handshake.js'
import type { HandshakeMessage } from '../handshake/message.js'
import { Transcript } from '../handshake/transcript.js'
import type { DtlsOptions, DtlsRole, SrtpProfile } from '../types.js'
import { AeadProtection } from './aead-protection.js'
import type { KeySchedule } from './key-schedule.js'

/** {@link DtlsOptions} as far as handshakes care, with defaults filled in. */
export interface HandshakeOptions {
  readonly crypto: Crypto
  /** The first that the peer can do with is used. A server has one at least. */
  readonly certificates: readonly LocalCertificate[]
  readonly remoteFingerprints: readonly Fingerprint[]
  readonly verifyChain: DtlsOptions['verifyChain']
  readonly requiresCertificate: boolean
  readonly serverName: string | undefined
  readonly srtpProfiles: readonly SrtpProfile[]
  readonly cipherSuites: readonly CipherSuite[]
  readonly groups: readonly NamedGroup[]
  readonly cookieExchange: boolean
}

/** Before ChangeCipherSpec, and after it: TLS 1.2 has no other epochs without renegotiation. */
export const EPOCH_PLAINTEXT = 0
export const EPOCH_PROTECTED = 1

/** What the two hellos decided. */
export interface Chosen {
  readonly suite: CipherSuite
  readonly randoms: { readonly client: Uint8Array; readonly server: Uint8Array }
  readonly extendedMasterSecret: boolean
  readonly srtpProfile: SrtpProfile | undefined
}

/** Numbers our messages, and keeps the transcript of both sides. */
export class Conversation {
  readonly transcript = new Transcript()
  #nextSequence = 0

  /** A message of ours, which goes into the transcript and a flight. */
  send(type: number, body: Uint8Array, epoch: number = EPOCH_PLAINTEXT): FlightItem {
    const message: HandshakeMessage = { type, sequence: this.#nextSequence++, body }
    this.transcript.add(message)
    return { kind: 'message', epoch, message }
  }
}

/** Reads the peer's chain, or says why it is refused. Who it is of comes first: nothing else is believed without it. */
export function checkPeerChain(options: HandshakeOptions, chain: readonly Uint8Array[]): PeerCertificate | Step {
  const own = chain[0]
  if (own === undefined) {
    return fail(BAD_CERTIFICATE, 'The peer sent no certificate; WebRTC endpoints must have one.', 'dtls.certificate')
  }
  const refusal = options.verifyChain === undefined ? fingerprintFailure(options, own) : chainFailure(options, chain)
  if (refusal !== undefined) return refusal
  const certificate = options.crypto.parseCertificate(own)
  if (certificate !== undefined) return certificate
  const message = "The peer's certificate is no X.509 certificate over an ECDSA or RSA key that can be verified."
  return fail(UNSUPPORTED_CERTIFICATE, message, 'dtls.certificate')
}

function fingerprintFailure({ crypto, remoteFingerprints }: HandshakeOptions, own: Uint8Array): Step | undefined {
  const verdict = checkFingerprints(crypto, own, remoteFingerprints)
  if (verdict === 'match') return undefined
  const message =
    verdict === 'noneUsable'
      ? 'The remote description has no fingerprint with a usable hash: sha-224, sha-256, sha-384 or sha-512.'
      : "The peer's certificate does not match any fingerprint of the remote description."
  return fail(BAD_CERTIFICATE, message, 'dtls.fingerprint')
}

function chainFailure({ verifyChain }: HandshakeOptions, chain: readonly Uint8Array[]): Step | undefined {
  const refusal = verifyChain?.(chain)
  return refusal === undefined ? undefined : fail(BAD_CERTIFICATE, refusal, 'dtls.certificate')
}

/** Whether the certified key made this signature, with a scheme that we offered; otherwise why it is refused. */
export function checkSignature(
  certificate: PeerCertificate,
  signed: { readonly scheme: number; readonly signature: Uint8Array },
  data: Uint8Array,
  messageName: string,
): Step | undefined {
  const scheme = schemeFromCode(signed.scheme)
  if (scheme === undefined) {
    const code = signed.scheme.toString(16).padStart(4, '0')
    return fail(ILLEGAL_PARAMETER, `${messageName} is signed with scheme 0x${code}, which was not offered.`)
  }
  if (certificate.verify(scheme, data, signed.signature)) return undefined
  return fail(DECRYPT_ERROR, `The signature of ${messageName} was not made by the key of the peer's certificate.`)
}

/** Keys for reading and writing, as seen from `role`. */
export function epochKeys(
  crypto: Crypto,
  suite: CipherSuite,
  keys: KeySchedule,
  role: DtlsRole,
): { readonly readKeys: EpochKeys; readonly writeKeys: EpochKeys } {
  const traffic = keys.trafficKeys()
  const client = { epoch: EPOCH_PROTECTED, protection: new AeadProtection(crypto, suite, traffic.client) }
  const server = { epoch: EPOCH_PROTECTED, protection: new AeadProtection(crypto, suite, traffic.server) }
  return role === 'client' ? { readKeys: server, writeKeys: client } : { readKeys: client, writeKeys: server }
}
