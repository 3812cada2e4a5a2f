/** Whether a path holds (RFC 5280 §6.1): certificates that were found to have signed one another, the server's first. */
import { isSelfIssued, type CertificateFields } from './certificate-fields.js'
import { satisfies } from './name-constraints.js'

/** id-kp-serverAuth (RFC 5280 §4.2.1.12). */
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1'

/** @returns why not, in words; `undefined` where it does */
export function pathProblem(path: readonly CertificateFields[], nowMillis: number): string | undefined {
  for (const [index, certificate] of path.entries()) {
    const isAnchor = index === path.length - 1
    const problem =
      validityProblem(certificate, nowMillis) ??
      usageProblem(certificate) ??
      // What vouches for an anchor is that it is trusted (RFC 5280 §6.1.1 d), not its signature on itself.
      (isAnchor || certificate.isStronglySigned ? undefined : 'is signed with a broken or unknown algorithm') ??
      (index === 0 ? serverProblem(certificate) : authorityProblem(path, index))
    if (problem !== undefined)
      return `${index === 0 ? "The server's certificate" : 'An authority above it'} ${problem}.`
  }
  return undefined
}

function validityProblem({ notBefore, notAfter }: CertificateFields, nowMillis: number): string | undefined {
  if (nowMillis < notBefore) return 'is not valid yet'
  return nowMillis > notAfter ? 'has expired' : undefined
}

function usageProblem({ version, extensions }: CertificateFields): string | undefined {
  const { unknownCritical, extendedKeyUsage } = extensions
  if (version !== 3) return 'is of a version before 3' // it cannot say what it is for
  // RFC 5280 §4.2.
  if (unknownCritical.length > 0) return `has the critical extension ${unknownCritical[0]!}, which is not known here`
  // As OpenSSL, which also asks authorities: what may vouch for mail is not to vouch for servers.
  const mayServe = extendedKeyUsage?.includes(SERVER_AUTHENTICATION) ?? true
  return mayServe ? undefined : 'is not for servers (extendedKeyUsage)'
}

function serverProblem({ extensions: { keyUsage } }: CertificateFields): string | undefined {
  // RFC 8422 §5.3: with ECDHE the key signs.
  return keyUsage?.digitalSignature === false ? 'may not sign handshakes (keyUsage)' : undefined
}

function authorityProblem(path: readonly CertificateFields[], index: number): string | undefined {
  const { basicConstraints, keyUsage, nameConstraints } = path[index]!.extensions
  const below = path.slice(0, index)
  if (basicConstraints?.isAuthority !== true) return 'is none (basicConstraints)'
  if (keyUsage?.keyCertSign === false) return 'may not sign certificates (keyUsage)'
  // RFC 5280 §4.2.1.9: the last one does not count, nor do those that issued themselves.
  const intermediates = below.slice(1).filter((certificate) => !isSelfIssued(certificate))
  if (intermediates.length > basicConstraints.maxIntermediates)
    return 'may not have others below it (pathLenConstraint)'
  if (nameConstraints === undefined) return undefined
  // RFC 5280 §6.1.4 (b), (c).
  const bound = below.filter((certificate, at) => at === 0 || !isSelfIssued(certificate))
  const isKept = bound.every((certificate) => satisfies(certificate, nameConstraints))
  return isKept ? undefined : 'may not vouch for these names (nameConstraints)'
}
