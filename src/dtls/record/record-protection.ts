import type { DtlsRecord } from './record.js'

/**
 * How the records of one epoch and direction are written and read. Version 1.2 has two: none in epoch 0, an AEAD from
 * epoch 1 on; version 1.3 would add its own with encrypted sequence numbers.
 */
export interface RecordProtection {
  /** What a record is longer than its plaintext, header included. */
  readonly overheadBytes: number
  /** A whole record in memory of its own. */
  seal(type: number, epoch: number, sequence: number, plaintext: Uint8Array): Uint8Array
  /** The record with its plaintext as fragment; `undefined` when it is forged or damaged. */
  open(record: DtlsRecord): DtlsRecord | undefined
}
