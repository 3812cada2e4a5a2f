/** Whether the names of a certificate are in the trees that an authority above it may vouch for (RFC 5280 §4.2.1.10). */
import {
  DIRECTORY_NAME,
  DNS_NAME,
  EMAIL_ADDRESS,
  IP_ADDRESS,
  type GeneralName,
  type NameConstraints,
} from './certificate-extensions.js'
import { relativeNames, type CertificateFields } from './certificate-fields.js'
import { isSameBytes } from './der.js'

/** emailAddress (RFC 5280 §4.1.2.6), encoded: addresses of old stand in the subject. */
const EMAIL_ATTRIBUTE = Uint8Array.of(0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01)
/** An empty SEQUENCE. */
const EMPTY_NAME_BYTES = 2

/**
 * Names of hosts and addresses are judged in full. Of other forms a name is in no tree, permitted or not, unless it is a
 * directory's that begins with the very bytes of a permitted one: whoever cannot be judged is refused.
 */
export function satisfies(certificate: CertificateFields, { permitted, excluded }: NameConstraints): boolean {
  return namesOf(certificate).every((name) => {
    const allowed = permitted.filter(({ tag }) => tag === name.tag)
    const forbidden = excluded.filter(({ tag }) => tag === name.tag)
    if (forbidden.some((base) => mayBeIn(name, base))) return false
    return allowed.length === 0 || allowed.some((base) => isIn(name, base))
  })
}

function namesOf({ subject, extensions }: CertificateFields): readonly GeneralName[] {
  const names = [...(extensions.alternativeNames ?? [])]
  if (subject.length > EMPTY_NAME_BYTES) names.push({ tag: DIRECTORY_NAME, contents: subject })
  if (holds(subject, EMAIL_ATTRIBUTE)) names.push({ tag: EMAIL_ADDRESS, contents: subject })
  return names
}

function isIn(name: GeneralName, base: GeneralName): boolean {
  if (name.tag === DNS_NAME) return isHostIn(textOf(name), textOf(base))
  if (name.tag === IP_ADDRESS) return isAddressIn(name.contents, base.contents)
  return name.tag === DIRECTORY_NAME && isDirectoryIn(name.contents, base.contents)
}

/** In doubt it is. */
function mayBeIn(name: GeneralName, base: GeneralName): boolean {
  if (name.tag === IP_ADDRESS) return isAddressIn(name.contents, base.contents)
  if (name.tag !== DNS_NAME) return true
  const host = textOf(name)
  const root = textOf(base).replace(/^\./, '')
  if (isHostIn(host, root)) return true
  // One of those that a wildcard stands for.
  return host.startsWith('*.') && isHostIn(root, host.slice(2))
}

/** By labels from the right; with a dot in front what stands there itself is not meant, as OpenSSL has it. */
function isHostIn(host: string, root: string): boolean {
  if (root === '') return true
  return root.startsWith('.') ? host.endsWith(root) : host === root || host.endsWith(`.${root}`)
}

/** RFC 4632: an address, and a mask as long. */
function isAddressIn(address: Uint8Array, base: Uint8Array): boolean {
  const { length } = address
  return base.length === 2 * length && address.every((octet, i) => ((octet ^ base[i]!) & base[length + i]!) === 0)
}

function isDirectoryIn(name: Uint8Array, base: Uint8Array): boolean {
  const parts = relativeNames(name)
  const wanted = relativeNames(base)
  return parts !== undefined && wanted?.every(({ raw }, i) => parts[i] && isSameBytes(parts[i].raw, raw)) === true
}

function textOf({ contents }: GeneralName): string {
  return String.fromCharCode(...contents).toLowerCase()
}

function holds(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = 0; at + part.length <= bytes.length; at++) {
    if (part.every((octet, i) => bytes[at + i] === octet)) return true
  }
  return false
}
