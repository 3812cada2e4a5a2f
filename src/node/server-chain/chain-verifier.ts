import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { VerifyServer } from '../../ice/types.js'
import { isSelfIssued, parseCertificateFields, type CertificateFields } from './certificate-fields.js'
import { DNS_NAME, IP_ADDRESS } from './certificate-extensions.js'
import { pathProblem } from './certification-path.js'
import { isSameBytes } from './der.js'

/** Public authorities have two or three between the server and themselves. */
const MAX_PATH = 8
/** What one handshake may cost: a chain can be made of certificates that all seem to have issued one another. */
const MAX_SIGNATURES = 32
/** OpenSSL's security level 2: 112 bits (NIST SP 800-57). Above the upper limit a signature takes milliseconds. */
const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 8192
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])
const EDWARDS_KEYS: ReadonlySet<string> = new Set(['ed25519', 'ed448'])

const UNREADABLE = "The server's certificate cannot be read, or its key is of no use."
const UNTRUSTED = "No authority that is trusted here vouches for the server's certificate."
const SELF_SIGNED = "The server's certificate is signed by itself, and not trusted here."

interface Certificate {
  readonly x509: X509Certificate
  readonly fields: CertificateFields
}

/** The search for one path. */
interface Search {
  readonly trusted: readonly X509Certificate[]
  /** What the server sent along. */
  readonly others: readonly Certificate[]
  readonly nowMillis: number
  signaturesLeft: number
  /** Of the last path that reached an authority. */
  problem: string | undefined
}

/**
 * Who vouches for servers over DTLS, where there is no fingerprint: a path from the server's certificate to one that is trusted,
 * signed by the next at every step (RFC 5280 §6), and the name of the server in the first (RFC 9525 §6). See decision record 029.
 *
 * @param trusted as for TLS: only those that are signed by themselves are the end of a path
 */
export function chainVerifier(trusted: readonly X509Certificate[], now: () => number = () => Date.now()): VerifyServer {
  return (serverName, chain) => {
    try {
      return verdict(trusted, serverName, chain, now())
    } catch {
      // SECURITY: what the library of the runtime stumbles over is not trusted.
      return UNREADABLE
    }
  }
}

function verdict(
  trusted: readonly X509Certificate[],
  serverName: string,
  chain: readonly Uint8Array[],
  nowMillis: number,
): string | undefined {
  const [server, ...others] = chain.map(readCertificate)
  if (server === undefined) return UNREADABLE
  if (!isFor(server, serverName)) return `The server's certificate is not for ${serverName}.`
  const search: Search = {
    trusted,
    others: others.filter((one) => one !== undefined),
    nowMillis,
    signaturesLeft: MAX_SIGNATURES,
    problem: undefined,
  }
  if (leadsToTrust(search, [server])) return undefined
  return search.problem ?? (isSelfIssued(server.fields) ? SELF_SIGNED : UNTRUSTED)
}

function readCertificate(der: Uint8Array): Certificate | undefined {
  const fields = parseCertificateFields(der)
  if (fields === undefined) return undefined
  try {
    const x509 = new X509Certificate(der)
    return hasStrongKey(x509) ? { x509, fields } : undefined
  } catch {
    return undefined // no certificate for the library, or a key that it does not know
  }
}

function hasStrongKey({ publicKey }: X509Certificate): boolean {
  const { asymmetricKeyType: type = '', asymmetricKeyDetails: details = {} } = publicKey
  const { modulusLength = 0, namedCurve = '' } = details
  if (type === 'rsa' || type === 'rsa-pss') return modulusLength >= MIN_RSA_BITS && modulusLength <= MAX_RSA_BITS
  return type === 'ec' ? CURVES.has(namedCurve) : EDWARDS_KEYS.has(type)
}

/** RFC 9525 §6.3: by alternative names alone, whatever the subject says. */
function isFor({ x509, fields }: Certificate, serverName: string): boolean {
  const wanted = isIP(serverName) === 0 ? DNS_NAME : IP_ADDRESS
  if (fields.extensions.alternativeNames?.some(({ tag }) => tag === wanted) !== true) return false
  if (wanted === IP_ADDRESS) return x509.checkIP(serverName) !== undefined
  return x509.checkHost(serverName.replace(/\.$/, ''), { subject: 'never', partialWildcards: false }) !== undefined
}

/** Depth first, those that are trusted before those that were sent. Fills in the problem where it leads to none. */
function leadsToTrust(search: Search, path: readonly Certificate[]): boolean {
  const last = path.at(-1)!
  const isAnchor = search.trusted.some(({ raw }) => isSameBytes(raw, last.fields.der))
  if (isAnchor && isSelfIssued(last.fields) && isSignedBy(search, last, last)) return holds(search, path)
  if (path.length === MAX_PATH) return false
  for (const x509 of search.trusted) {
    if (!last.x509.checkIssued(x509)) continue
    const anchor = readCertificate(x509.raw)
    if (anchor === undefined || path.some((one) => isSame(one, anchor)) || !isSelfIssued(anchor.fields)) continue
    const isSigned = isSignedBy(search, last, anchor) && isSignedBy(search, anchor, anchor)
    if (isSigned && holds(search, [...path, anchor])) return true
  }
  return search.others.some((issuer) => {
    const isNew = !path.some((one) => isSame(one, issuer))
    return isNew && isSignedBy(search, last, issuer) && leadsToTrust(search, [...path, issuer])
  })
}

function holds(search: Search, path: readonly Certificate[]): boolean {
  const problem = pathProblem(
    path.map(({ fields }) => fields),
    search.nowMillis,
  )
  search.problem ??= problem
  return problem === undefined
}

/** RFC 5280 §6.1.3 (a): the name, the identifier of the key where there is one, and the signature. */
function isSignedBy(search: Search, { x509 }: Certificate, issuer: Certificate): boolean {
  if (search.signaturesLeft === 0 || !x509.checkIssued(issuer.x509)) return false
  search.signaturesLeft--
  return x509.verify(issuer.x509.publicKey)
}

function isSame(one: Certificate, other: Certificate): boolean {
  return isSameBytes(one.fields.der, other.fields.der)
}
