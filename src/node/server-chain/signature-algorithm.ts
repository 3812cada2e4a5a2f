import { derSequence, OBJECT_IDENTIFIER, objectIdentifier, type DerValue } from './der.js'

/** RSA by PKCS #1 v1.5 (RFC 4055 §5), ECDSA (RFC 5758 §3.2), EdDSA (RFC 8410 §6), all over SHA-256 or longer. */
const STRONG: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
  '1.3.101.113',
])
const RSA_PSS = '1.2.840.113549.1.1.10'
const MGF1 = '1.2.840.113549.1.1.8'
const STRONG_HASHES: ReadonlySet<string> = new Set([
  '2.16.840.1.101.3.4.2.1',
  '2.16.840.1.101.3.4.2.2',
  '2.16.840.1.101.3.4.2.3',
])
const HASH = 0xa0
const MASK = 0xa1

/** Whether signatures by this algorithm (an AlgorithmIdentifier, RFC 5280 §4.1.1.2) are worth anything today. */
export function isStrongSignature({ raw }: DerValue): boolean {
  const [algorithm, parameters] = derSequence(raw) ?? []
  const id = idOf(algorithm)
  if (id === undefined) return false
  return STRONG.has(id) || (id === RSA_PSS && parameters !== undefined && hasStrongHashes(parameters))
}

/** RSASSA-PSS-params (RFC 4055 §3.1). What is left out means SHA-1. */
function hasStrongHashes({ raw }: DerValue): boolean {
  const parts = derSequence(raw) ?? []
  const hash = parts.find(({ tag }) => tag === HASH)
  const mask = parts.find(({ tag }) => tag === MASK)
  const [generator, maskHash] = (mask && derSequence(mask.contents)) ?? []
  if (hash === undefined || idOf(generator) !== MGF1 || maskHash === undefined) return false
  return [hash.contents, maskHash.raw].every((identifier) => {
    return STRONG_HASHES.has(idOf(derSequence(identifier)?.[0]) ?? '')
  })
}

function idOf(value: DerValue | undefined): string | undefined {
  return value?.tag === OBJECT_IDENTIFIER ? objectIdentifier(value.contents) : undefined
}
