import { MAX_PLAINTEXT_BYTES, RECORD_HEADER_BYTES, writeRecordHeader, type DtlsRecord } from './record.js'
import type { RecordProtection } from './record-protection.js'

/** Epoch 0: no protection at all. */
export class PlaintextProtection implements RecordProtection {
  readonly overheadBytes = RECORD_HEADER_BYTES
  readonly #version: number

  constructor(version: number) {
    this.#version = version
  }

  seal(type: number, epoch: number, sequence: number, plaintext: Uint8Array): Uint8Array {
    const record = new Uint8Array(RECORD_HEADER_BYTES + plaintext.length)
    writeRecordHeader(record, type, this.#version, epoch, sequence, plaintext.length)
    record.set(plaintext, RECORD_HEADER_BYTES)
    return record
  }

  open(record: DtlsRecord): DtlsRecord | undefined {
    return record.fragment.length > MAX_PLAINTEXT_BYTES ? undefined : record
  }
}
