import { X509Certificate } from 'node:crypto'

/** Whether it is a certificate in PEM; what is not would be left out without a word. */
export function isCertificate(pem: string): boolean {
  try {
    return pem.includes('-----BEGIN') && new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
