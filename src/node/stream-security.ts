import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import type * as Tls from 'node:tls'
import type { StreamTls } from './io.js'

/** What `tls.connect` wants to know: whom to trust, and for which name (RFC 8489 §6.2.3, RFC 9525 §6). */
export async function securityOf({ serverName, ca }: StreamTls, tls: typeof Tls): Promise<Tls.ConnectionOptions> {
  const isAddress = isIP(serverName) !== 0
  return {
    // RFC 6066 §3: an address is not sent; what the certificate has to name is checked all the same.
    servername: isAddress ? '' : serverName,
    checkServerIdentity: (_, certificate) => tls.checkServerIdentity(serverName, certificate),
    minVersion: 'TLSv1.2',
    // Without authorities of its own the list is left to Node, which then honours all of its options.
    ...(ca !== undefined && ca.length > 0 && { ca: [...(await trustedBy(tls, ca))] }),
  }
}

/** Certificates in PEM of those who may vouch for a server: Node's own, and these. One text may hold several. */
export async function trustedBy(tls: typeof Tls, ca: readonly string[]): Promise<readonly string[]> {
  return [...(await trustedByNode(tls)), ...ca]
}

/** Naming authorities replaces the list of Node, so that its own have to be named along with them. */
async function trustedByNode(tls: typeof Tls): Promise<readonly string[]> {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => readonly string[] }
  if (getCACertificates !== undefined) return getCACertificates('default')
  // Node 20 cannot tell its list: those it came with, and those that the environment adds.
  const path = process.env['NODE_EXTRA_CA_CERTS']
  const extra = path === undefined ? '' : await readFile(path, 'utf8').catch(() => '') // Node has warned of it already
  return extra === '' ? tls.rootCertificates : [...tls.rootCertificates, extra]
}
