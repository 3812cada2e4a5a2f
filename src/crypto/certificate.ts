/** Self-signed X.509 certificates, as WebRTC endpoints have them (RFC 8827 §6.5, RFC 5280 §4.1). */
import {
  certificateToPem,
  generateEcdsaKey,
  generateRsaKey,
  importFromPem,
  nodeCrypto,
  type ImportError,
  type NamedCurve,
  type SigningKey,
} from './node.js'
import type { HashAlgorithm, LocalCertificate } from './types.js'
import { openSslKeys } from './openssl.js'
import { selfSigned } from './self-signed.js'

export interface EcdsaAlgorithm {
  readonly name: 'ECDSA'
  readonly namedCurve: NamedCurve
}

export interface RsaAlgorithm {
  readonly name: 'RSASSA-PKCS1-v1_5'
  readonly modulusLength: number
  readonly publicExponent: number
  readonly hash: 'SHA-256'
}

export interface CertificateOptions {
  readonly algorithm: EcdsaAlgorithm | RsaAlgorithm
  /** Milliseconds since the Unix epoch. */
  readonly expires: number
}

/** Generates a key pair and a certificate over it. Rejects for RSA parameters that the library refuses. */
export async function generateCertificate(options: CertificateOptions): Promise<ExportableCertificate> {
  const { algorithm, expires } = options
  const key =
    algorithm.name === 'ECDSA'
      ? ecdsaKey(algorithm.namedCurve)
      : await generateRsaKey(algorithm.modulusLength, algorithm.publicExponent)
  return localCertificate(selfSigned(key, expires), key, expires)
}

/** The same for ECDSA at once: what a connection without certificates of its own makes in its constructor. */
export function generateEcdsaCertificate(options: {
  readonly namedCurve?: NamedCurve
  readonly expires: number
  /** By node:crypto, whatever else there is. */
  readonly isPlain?: boolean
}): ExportableCertificate {
  const key = options.isPlain === true ? generateEcdsaKey(options.namedCurve ?? 'P-256') : ecdsaKey(options.namedCurve)
  return localCertificate(selfSigned(key, options.expires), key, options.expires)
}

function ecdsaKey(namedCurve: NamedCurve = 'P-256'): SigningKey {
  const native = namedCurve === 'P-256' ? openSslKeys() : undefined
  return native?.isAvailable === true ? native.value.p256.generateKey() : generateEcdsaKey(namedCurve)
}

/** A certificate with its private key as text: PEM (RFC 7468), the key as PKCS #8. */
export interface CertificatePem {
  readonly certificatePem: string
  readonly privateKeyPem: string
}

/** One that can be taken along: everything but what a connection makes for itself. */
export interface ExportableCertificate extends LocalCertificate {
  exportPem(): CertificatePem
}

/** Reads what {@link ExportableCertificate.exportPem} or another program wrote. Expiry is for the caller to judge. */
export function importCertificate(pem: CertificatePem): ExportableCertificate | ImportError {
  const imported = importFromPem(pem.certificatePem, pem.privateKeyPem)
  return typeof imported === 'string' ? imported : localCertificate(imported.der, imported.key, imported.expires)
}

/** The hash functions of RFC 8122 §5 that we compute, by their registered names. */
export type FingerprintAlgorithm = 'sha-1' | 'sha-224' | 'sha-256' | 'sha-384' | 'sha-512'

/** The value of an `a=fingerprint` line: pairs of upper-case hexadecimal digits, joined by colons. */
export function fingerprintOf(der: Uint8Array, algorithm: FingerprintAlgorithm): string {
  const digest = nodeCrypto.hash(algorithm.replace('-', '') as HashAlgorithm, der)
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':')
}

function localCertificate(der: Uint8Array, key: SigningKey, expires: number): ExportableCertificate {
  return {
    der,
    keyType: key.keyType,
    signatureSchemes: key.signatureSchemes,
    expires,
    sign: (scheme, data) => key.sign(scheme, data),
    exportPem: () => ({ certificatePem: certificateToPem(der), privateKeyPem: key.exportPem() }),
  }
}
