import { X509Certificate } from 'node:crypto'
import type { VerifyServer } from '../../ice/types.js'
import { chainVerifier } from './chain-verifier.js'

const NO_AUTHORITIES: readonly string[] = []
/** Reading some 150 authorities takes some milliseconds: once for a process, and for each list of an application's own. */
const verifiers = new WeakMap<readonly string[], Promise<VerifyServer>>()

/** Certificates in PEM of all who may vouch for a server, these among them. */
export type TrustedBy = (ca: readonly string[]) => Promise<readonly string[]>

/** @param ca certificates in PEM of authorities to trust besides those of Node. Never rejects: who cannot verify trusts nobody. */
export function serverVerifier(ca: readonly string[] = NO_AUTHORITIES, trustedBy: TrustedBy): Promise<VerifyServer> {
  let verifier = verifiers.get(ca)
  if (verifier === undefined) verifiers.set(ca, (verifier = load(ca, trustedBy)))
  return verifier
}

async function load(ca: readonly string[], trustedBy: TrustedBy): Promise<VerifyServer> {
  try {
    return chainVerifier((await trustedBy(ca)).flatMap(certificatesIn))
  } catch (error) {
    const { message } = error as Error
    return () => `The authorities that are trusted here cannot be read: ${message}`
  }
}

const PEM = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/** One text may hold several. One that this runtime cannot read vouches for nobody, but takes nothing from the others. */
function certificatesIn(text: string): readonly X509Certificate[] {
  return Array.from(text.matchAll(PEM), ([pem]) => readPem(pem)).filter((found) => found !== undefined)
}

function readPem(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}
