import {
  BIT_STRING,
  BOOLEAN,
  derSequence,
  derValue,
  derValues,
  INTEGER,
  OBJECT_IDENTIFIER,
  objectIdentifier,
  smallInteger,
  type DerValue,
} from './der.js'

/** One form of a name with its contents (RFC 5280 §4.2.1.6): {@link DNS_NAME}, {@link IP_ADDRESS} … */
export type GeneralName = Pick<DerValue, 'tag' | 'contents'>

export const EMAIL_ADDRESS = 0x81
export const DNS_NAME = 0x82
export const DIRECTORY_NAME = 0xa4
export const IP_ADDRESS = 0x87

/** Those that decide about a path. What is not there was not in the certificate. */
export interface Extensions {
  readonly basicConstraints?: { readonly isAuthority: boolean; readonly maxIntermediates: number }
  readonly keyUsage?: { readonly digitalSignature: boolean; readonly keyCertSign: boolean }
  /** Object identifiers of purposes. */
  readonly extendedKeyUsage?: readonly string[]
  readonly alternativeNames?: readonly GeneralName[]
  readonly nameConstraints?: NameConstraints
  /** Those that nobody may overlook and that we do not know. */
  readonly unknownCritical: readonly string[]
}

/** RFC 5280 §4.2.1.10: trees, by their roots, in which names have to be, and may not be. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

type Parsed = Partial<Extensions> | undefined

const PARSERS: Readonly<Record<string, (value: Uint8Array) => Parsed>> = {
  '2.5.29.15': parseKeyUsage,
  '2.5.29.17': parseAlternativeNames,
  '2.5.29.19': parseBasicConstraints,
  '2.5.29.30': parseNameConstraints,
  '2.5.29.37': parseExtendedKeyUsage,
}

/**
 * RFC 5280 §6.1.1: under any policy that an authority has, paths are taken, so that certificatePolicies says nothing here. What would
 * demand one (policyConstraints, inhibitAnyPolicy, policyMappings) is critical, not known, and so refused.
 */
const CERTIFICATE_POLICIES = '2.5.29.32'

/** `undefined` for bad bytes in one that we know. */
export function parseExtension(id: string, isCritical: boolean, value: Uint8Array): Parsed {
  const parse = Object.hasOwn(PARSERS, id) ? PARSERS[id] : undefined
  if (parse !== undefined) return parse(value)
  return isCritical && id !== CERTIFICATE_POLICIES ? { unknownCritical: [id] } : {}
}

/** SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } (RFC 5280 §4.2.1.9). */
function parseBasicConstraints(value: Uint8Array): Parsed {
  const parts = derSequence(value)
  if (parts === undefined || parts.length > 2) return undefined
  const [first] = parts
  const isAuthority = first?.tag === BOOLEAN && first.contents.length === 1 && first.contents[0] === 0xff
  const length = parts[first?.tag === BOOLEAN ? 1 : 0]
  const isLast = parts.length === (first?.tag === BOOLEAN ? 1 : 0) + (length === undefined ? 0 : 1)
  if (!isLast || (length !== undefined && length.tag !== INTEGER)) return undefined
  const maxIntermediates = length === undefined ? Infinity : smallInteger(length.contents)
  return maxIntermediates === undefined ? undefined : { basicConstraints: { isAuthority, maxIntermediates } }
}

/** Bits are counted from the highest of the first octet (RFC 5280 §4.2.1.3): 0 digitalSignature … 5 keyCertSign. */
function parseKeyUsage(value: Uint8Array): Parsed {
  const bits = derValue(value, BIT_STRING)
  const [unused = 8, first = 0] = bits?.contents ?? []
  if (bits === undefined || unused > 7) return undefined
  return { keyUsage: { digitalSignature: (first & 0x80) !== 0, keyCertSign: (first & 0x04) !== 0 } }
}

function parseExtendedKeyUsage(value: Uint8Array): Parsed {
  const purposes = derSequence(value)?.map(({ tag, contents }) => {
    return tag === OBJECT_IDENTIFIER ? objectIdentifier(contents) : undefined
  })
  if (purposes === undefined || purposes.length === 0) return undefined
  const known = purposes.filter((purpose) => purpose !== undefined)
  return known.length === purposes.length ? { extendedKeyUsage: known } : undefined
}

function parseAlternativeNames(value: Uint8Array): Parsed {
  const names = derSequence(value)
  return names === undefined || names.length === 0 || !names.every(isName) ? undefined : { alternativeNames: names }
}

const ASCII_NAMES: ReadonlySet<number> = new Set([EMAIL_ADDRESS, DNS_NAME])

/** What would be read in two ways is none: characters that end a text for some, and addresses of no family. */
function isName({ tag, contents }: GeneralName): boolean {
  if (tag === IP_ADDRESS) return contents.length === 4 || contents.length === 16
  return !ASCII_NAMES.has(tag) || contents.every((octet) => octet > 0x20 && octet < 0x7f)
}

const PERMITTED = 0xa0
const EXCLUDED = 0xa1

/** SEQUENCE { permittedSubtrees [0] OPTIONAL, excludedSubtrees [1] OPTIONAL }. */
function parseNameConstraints(value: Uint8Array): Parsed {
  const parts = derSequence(value)
  if (parts === undefined || parts.length === 0 || parts.length > 2) return undefined
  if (parts.some(({ tag }) => tag !== PERMITTED && tag !== EXCLUDED) || parts[0]!.tag === parts[1]?.tag)
    return undefined
  const permitted = subtrees(parts.find(({ tag }) => tag === PERMITTED))
  const excluded = subtrees(parts.find(({ tag }) => tag === EXCLUDED))
  return permitted && excluded && { nameConstraints: { permitted, excluded } }
}

/** RFC 5280 §4.2.1.10: minimum is always zero, so that DER leaves it out, and maximum is never there. */
function subtrees(list: DerValue | undefined): readonly GeneralName[] | undefined {
  if (list === undefined) return []
  const trees = derValues(list.contents)
  if (trees === undefined || trees.length === 0) return undefined
  const bases = trees.map(({ raw }) => {
    const parts = derSequence(raw)
    return parts?.length === 1 && isBase(parts[0]!) ? parts[0] : undefined
  })
  const known = bases.filter((base) => base !== undefined)
  return known.length === bases.length ? known : undefined
}

/** An address has its mask behind it. */
function isBase({ tag, contents }: GeneralName): boolean {
  if (tag === IP_ADDRESS) return contents.length === 8 || contents.length === 32
  return isName({ tag, contents })
}
