import type { DtlsRecord } from './record.js'

/**
 * How the records of one epoch and direction are written and read. Version 1.2 has two: none in epoch 0, an AEAD from
 * epoch 1 on; version 1.3 would add its own with encrypted sequence numbers.
 */
export interface RecordProtection {
  /** What a record is longer than its plaintext, header included. */
  readonly overheadBytes: number
  /** Of it, what stands before the plaintext. */
  readonly headBytes: number
  /**
   * Makes a record, at `at` in the memory, of the `length` bytes of plaintext that stand {@link headBytes} further on. It is
   * {@link overheadBytes} longer than these.
   */
  sealInPlace(type: number, epoch: number, sequence: number, memory: Uint8Array, at: number, length: number): void
  /** The record with its plaintext as fragment; `undefined` when it is forged or damaged. */
  open(record: DtlsRecord): DtlsRecord | undefined
  /**
   * The plaintext of the record that the datagram is, and nothing else is in it; in memory that the next one may be opened in.
   * `undefined` when it is forged or damaged. Missing where nothing is to be had by it.
   */
  openDatagram?(datagram: Uint8Array): Uint8Array | undefined
  /** Nothing is protected by it any more. */
  release(): void
}

/** A whole record in memory of its own. */
export function sealRecord(
  protection: RecordProtection,
  type: number,
  epoch: number,
  sequence: number,
  plaintext: Uint8Array,
): Uint8Array {
  const record = new Uint8Array(plaintext.length + protection.overheadBytes)
  record.set(plaintext, protection.headBytes)
  protection.sealInPlace(type, epoch, sequence, record, 0, plaintext.length)
  return record
}
