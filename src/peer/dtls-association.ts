import type { LocalCertificate } from '../crypto/types.js'
import { DtlsConnection } from '../dtls/index.js'
import type { DtlsRole } from '../dtls/types.js'
import type { DtlsIdentity } from './dtls-identity.js'
import type { TransportOptions } from './transport-options.js'

/**
 * Offered by every connection, as browsers do also where only data is negotiated: media may join the transport later without
 * another handshake (RFC 5764 §4.1.1), and werift gives up on a handshake without them. AEAD first (RFC 7714 §14.2).
 */
const SRTP_PROFILES = [0x0007, 0x0008, 0x0001] as const

export function newDtlsAssociation(
  { crypto, certificates }: TransportOptions,
  role: DtlsRole,
  { fingerprints: remoteFingerprints }: DtlsIdentity,
): DtlsConnection {
  const [certificate, ...furtherCertificates] = certificates as [LocalCertificate, ...LocalCertificate[]]
  return new DtlsConnection({
    crypto,
    role,
    certificate,
    furtherCertificates,
    remoteFingerprints,
    srtpProfiles: SRTP_PROFILES,
  })
}
