import { MAX_PLAINTEXT_BYTES, RECORD_HEADER_BYTES, writeRecordHeader, type DtlsRecord } from './record.js'
import type { RecordProtection } from './record-protection.js'

/** Epoch 0: no protection at all. */
export class PlaintextProtection implements RecordProtection {
  readonly overheadBytes = RECORD_HEADER_BYTES
  readonly headBytes = RECORD_HEADER_BYTES
  readonly #version: number

  constructor(version: number) {
    this.#version = version
  }

  sealInPlace(type: number, epoch: number, sequence: number, memory: Uint8Array, at: number, length: number): void {
    writeRecordHeader(memory, at, type, this.#version, epoch, sequence, length)
  }

  open(record: DtlsRecord): DtlsRecord | undefined {
    return record.fragment.length > MAX_PLAINTEXT_BYTES ? undefined : record
  }

  release(): void {}
}
