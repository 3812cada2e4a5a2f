/**
 * Records under an AEAD (RFC 5246 §6.2.3.3). Two ways to a nonce:
 * AES-GCM (RFC 5288 §3): four bytes from the key block, eight explicit ones in the record, for which we take epoch and sequence number.
 * ChaCha20-Poly1305 (RFC 7905 §2): twelve bytes from the key block, exclusive-or'ed with epoch and sequence number.
 */
import { EMPTY_BYTES } from '../../core/index.js'
import type { Aead, Crypto, RecordAead } from '../../crypto/types.js'
import type { CipherSuite } from '../cipher-suites.js'
import { DTLS_1_2 } from '../code-points.js'
import {
  MAX_PLAINTEXT_BYTES,
  parseRecord,
  RECORD_HEADER_BYTES,
  writeRecordHeader,
  writeRecordNumber,
  type DtlsRecord,
} from '../record/record.js'
import type { RecordProtection } from '../record/record-protection.js'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const EXPLICIT_NONCE_BYTES = 8
/** Epoch and sequence number, type, version, length (RFC 5246 §6.2.3.3, RFC 6347 §4.1.2.1). */
const ADDITIONAL_DATA_BYTES = 8 + 1 + 2 + 2

/** The most that a record is longer than its plaintext: 13 + 8 + 16 = 37. ChaCha20-Poly1305 needs eight less. */
export const RECORD_OVERHEAD_BYTES = RECORD_HEADER_BYTES + EXPLICIT_NONCE_BYTES + TAG_BYTES

/** The keys of one direction. */
export interface TrafficKeys {
  readonly key: Uint8Array
  readonly fixedIv: Uint8Array
}

/** Written anew for each record, whatever its key; the AEAD keeps neither. */
const recordNonce = new Uint8Array(NONCE_BYTES)
const recordData = new Uint8Array(ADDITIONAL_DATA_BYTES)

export class AeadProtection implements RecordProtection {
  readonly overheadBytes: number
  readonly headBytes: number
  /** One of the two: whole records by the library that knows them, or each by its nonce. */
  readonly #records: RecordAead | undefined
  readonly #aead: Aead | undefined
  readonly #fixedIv: Uint8Array
  readonly #explicitNonceBytes: number
  readonly #nonce = recordNonce
  readonly #additionalData = recordData

  constructor(crypto: Crypto, suite: CipherSuite, keys: TrafficKeys) {
    this.#explicitNonceBytes = NONCE_BYTES - suite.fixedIvBytes
    this.#records =
      this.#explicitNonceBytes === EXPLICIT_NONCE_BYTES
        ? crypto.recordAead?.(suite.aead, keys.key, keys.fixedIv)
        : undefined
    // Else it is the library's business.
    this.#fixedIv = this.#records === undefined ? keys.fixedIv : EMPTY_BYTES
    this.#aead = this.#records === undefined ? crypto.aead(suite.aead, keys.key) : undefined
    this.headBytes = RECORD_HEADER_BYTES + this.#explicitNonceBytes
    this.overheadBytes = this.headBytes + TAG_BYTES
  }

  sealInPlace(type: number, epoch: number, sequence: number, memory: Uint8Array, at: number, length: number): void {
    const explicitNonceBytes = this.#explicitNonceBytes
    this.#writeAdditionalData(type, DTLS_1_2, epoch, sequence, length)
    writeRecordHeader(memory, at, type, DTLS_1_2, epoch, sequence, explicitNonceBytes + length + TAG_BYTES)
    if (this.#records !== undefined) {
      return this.#records.sealInPlace(this.#additionalData, memory, at + RECORD_HEADER_BYTES, length)
    }
    this.#writeNonce(epoch, sequence)
    if (explicitNonceBytes > 0) writeRecordNumber(memory, at + RECORD_HEADER_BYTES, epoch, sequence)
    this.#aead!.sealInPlace(this.#nonce, this.#additionalData, memory, at + this.headBytes, length)
  }

  open(record: DtlsRecord): DtlsRecord | undefined {
    const { type, version, epoch, sequence, fragment } = record
    const length = fragment.length - this.#explicitNonceBytes - TAG_BYTES
    if (length < 0 || length > MAX_PLAINTEXT_BYTES) return undefined
    this.#writeAdditionalData(type, version, epoch, sequence, length)
    const plaintext =
      this.#records === undefined
        ? this.#openByNonce(epoch, sequence, fragment)
        : this.#records.open(this.#additionalData, fragment, 0, fragment.length)
    return plaintext && { type, version, epoch, sequence, fragment: plaintext }
  }

  openDatagram(datagram: Uint8Array): Uint8Array | undefined {
    if (this.#records === undefined) {
      const record = parseRecord(datagram, 0)
      return record && this.open(record)?.fragment
    }
    const fragmentBytes = datagram.length - RECORD_HEADER_BYTES
    const length = fragmentBytes - EXPLICIT_NONCE_BYTES - TAG_BYTES
    if (length < 0 || length > MAX_PLAINTEXT_BYTES) return undefined
    // What the header says, in another order.
    const data = this.#additionalData
    for (let i = 0; i < 8; i++) data[i] = datagram[i + 3]!
    data[8] = datagram[0]!
    data[9] = datagram[1]!
    data[10] = datagram[2]!
    data[11] = length >>> 8
    data[12] = length
    return this.#records.open(data, datagram, RECORD_HEADER_BYTES, fragmentBytes)
  }

  #openByNonce(epoch: number, sequence: number, fragment: Uint8Array): Uint8Array | undefined {
    this.#writeNonce(epoch, sequence)
    // The peer may choose its explicit part freely (RFC 5288 §3).
    const at = NONCE_BYTES - this.#explicitNonceBytes
    for (let i = at; i < NONCE_BYTES; i++) this.#nonce[i] = fragment[i - at]!
    return this.#aead!.open(this.#nonce, this.#additionalData, fragment.subarray(this.#explicitNonceBytes))
  }

  release(): void {
    this.#records?.release()
    this.#aead?.release()
  }

  #writeNonce(epoch: number, sequence: number): void {
    const nonce = this.#nonce
    const iv = this.#fixedIv
    for (let i = 0; i < NONCE_BYTES - EXPLICIT_NONCE_BYTES; i++) nonce[i] = 0
    writeRecordNumber(nonce, NONCE_BYTES - EXPLICIT_NONCE_BYTES, epoch, sequence)
    // A fixed part of four bytes meets the zeros alone: one loop serves both constructions.
    for (let i = 0; i < iv.length; i++) nonce[i]! ^= iv[i]!
  }

  #writeAdditionalData(type: number, version: number, epoch: number, sequence: number, length: number): void {
    const data = this.#additionalData
    writeRecordNumber(data, 0, epoch, sequence)
    data[8] = type
    data[9] = version >>> 8
    data[10] = version
    data[11] = length >>> 8
    data[12] = length
  }
}
