/**
 * What a certificate says of itself, as far as a path is judged by it (RFC 5280 §4.1, §4.2).
 *
 *  Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue BIT STRING }
 *  TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer, validity { notBefore, notAfter }, subject,
 *    subjectPublicKeyInfo, [1] issuerUniqueID, [2] subjectUniqueID, [3] extensions { extnID, critical, extnValue }… }
 */
import {
  BOOLEAN,
  derSequence,
  derTime,
  derValue,
  derValues,
  INTEGER,
  isSameBytes,
  OBJECT_IDENTIFIER,
  objectIdentifier,
  OCTET_STRING,
  SEQUENCE,
  smallInteger,
  type DerValue,
} from './der.js'
import { parseExtension, type Extensions } from './certificate-extensions.js'
import { isStrongSignature } from './signature-algorithm.js'

export interface CertificateFields {
  readonly der: Uint8Array
  readonly version: number
  /** Names, encoded: they are the same where the bytes are. */
  readonly subject: Uint8Array
  readonly issuer: Uint8Array
  /** Milliseconds since the Unix epoch. */
  readonly notBefore: number
  readonly notAfter: number
  /** Not by MD5, SHA-1 and the like. */
  readonly isStronglySigned: boolean
  readonly extensions: Extensions
}

const VERSION = 0xa0
const EXTENSIONS = 0xa3
/** A handful is usual. */
const MAX_EXTENSIONS = 64

/** `undefined` for what is none, or holds an extension that we know and cannot read. */
export function parseCertificateFields(der: Uint8Array): CertificateFields | undefined {
  const [signed, algorithm, ...others] = derSequence(der) ?? []
  const parts = signed && derSequence(signed.raw)
  if (parts === undefined || algorithm === undefined || others.length !== 1) return undefined
  const hasVersion = parts[0]?.tag === VERSION
  const version = hasVersion ? versionOf(parts[0]!) : 1
  const [serial, inner, issuer, validity, subject, key, ...rest] = parts.slice(hasVersion ? 1 : 0)
  // RFC 5280 §4.1.1.2: what says how it is signed is itself signed.
  if (version === undefined || serial?.tag !== INTEGER || !isSame(inner, algorithm)) return undefined
  if (issuer?.tag !== SEQUENCE || subject?.tag !== SEQUENCE || key?.tag !== SEQUENCE) return undefined
  const times = validityOf(validity)
  const extensions = parseExtensions(rest, version)
  if (times === undefined || extensions === undefined) return undefined
  const isStronglySigned = isStrongSignature(algorithm)
  return { der, version, subject: subject.raw, issuer: issuer.raw, ...times, isStronglySigned, extensions }
}

function isSame(one: DerValue | undefined, other: DerValue): boolean {
  return one !== undefined && isSameBytes(one.raw, other.raw)
}

function validityOf(validity: DerValue | undefined): Pick<CertificateFields, 'notBefore' | 'notAfter'> | undefined {
  const times = validity && derSequence(validity.raw)?.map(derTime)
  const [notBefore, notAfter] = times ?? []
  if (times?.length !== 2 || notBefore === undefined || notAfter === undefined) return undefined
  return { notBefore, notAfter }
}

/** Written from 0 on. */
function versionOf({ contents }: DerValue): number | undefined {
  const number = derValue(contents, INTEGER)
  const value = number && smallInteger(number.contents)
  return value && value + 1
}

/** RFC 5280 §4.1.2.8, §4.1.2.9: unique identifiers, which nobody has, may go before them. */
function parseExtensions(rest: readonly DerValue[], version: number): Extensions | undefined {
  const [last] = rest.slice(-1)
  if (last === undefined) return { unknownCritical: [] }
  // RFC 5280 §4.1: a certificate with extensions has version 3.
  if (last.tag !== EXTENSIONS || rest.length > 3 || version !== 3) return undefined
  const list = derSequence(last.contents)
  if (list === undefined || list.length === 0 || list.length > MAX_EXTENSIONS) return undefined
  const seen = new Set<string>()
  let extensions: Extensions = { unknownCritical: [] }
  for (const { raw } of list) {
    const one = derSequence(raw)
    const id = one?.[0]?.tag === OBJECT_IDENTIFIER ? objectIdentifier(one[0].contents) : undefined
    const value = one?.at(-1)
    const isCritical = one?.length === 3 ? isTrue(one[1]!) : false
    // RFC 5280 §4.2: no extension is there twice.
    if (id === undefined || value?.tag !== OCTET_STRING || one!.length > 3 || seen.has(id)) return undefined
    if (isCritical === undefined) return undefined
    seen.add(id)
    const found = parseExtension(id, isCritical, value.contents)
    if (found === undefined) return undefined
    extensions = {
      ...extensions,
      ...found,
      unknownCritical: [...extensions.unknownCritical, ...(found.unknownCritical ?? [])],
    }
  }
  return extensions
}

/** X.690 §11.1: true is all ones. A false that is written out is what DER leaves out, and harms nobody. */
function isTrue({ tag, contents }: DerValue): boolean | undefined {
  if (tag !== BOOLEAN || contents.length !== 1) return undefined
  return contents[0] === 0xff ? true : contents[0] === 0 ? false : undefined
}

/** Whether the certificate says that its subject issued it (RFC 5280 §3.2). */
export function isSelfIssued({ subject, issuer }: CertificateFields): boolean {
  return isSameBytes(subject, issuer)
}

/** Attributes of a name, from the outermost on, each with all that is beside it (RFC 5280 §4.1.2.4). */
export function relativeNames(name: Uint8Array): readonly DerValue[] | undefined {
  const sequence = derValue(name, SEQUENCE)
  return sequence && derValues(sequence.contents)
}
