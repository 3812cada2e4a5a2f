import { epochAt, isSingleRecord, MAX_SEQUENCE, sequenceAt, type DtlsRecord } from './record.js'
import { sealRecord, type RecordProtection } from './record-protection.js'
import { ReplayWindow } from './replay-window.js'

interface ReadEpoch {
  readonly epoch: number
  readonly protection: RecordProtection
  readonly window: ReplayWindow
}

interface WriteEpoch {
  readonly epoch: number
  readonly protection: RecordProtection
  nextSequence: number
}

/** What became of a record that was opened: the plaintext, or why there is none. */
export type Opened = DtlsRecord | 'noKeys' | 'replayed' | 'forged'

/** The epochs of both directions with their keys, sequence numbers and replay windows (RFC 6347 §4.1). */
export class RecordLayer {
  /** One or two of each, the newest last. */
  #reads: readonly ReadEpoch[] = []
  #writes: readonly WriteEpoch[] = []
  #writeEpoch = 0
  /** That of the newest epoch: what data is written with. */
  #newestWrite: WriteEpoch | undefined
  #forgedRecords = 0

  constructor(plaintext: RecordProtection) {
    this.addReadEpoch(0, plaintext)
    this.addWriteEpoch(0, plaintext)
  }

  /** The newest epoch that we can write in: alerts go there. */
  get writeEpoch(): number {
    return this.#writeEpoch
  }

  /** Records that did not authenticate: each is a guess at a forgery, and the guesses are limited. */
  get forgedRecords(): number {
    return this.#forgedRecords
  }

  addReadEpoch(epoch: number, protection: RecordProtection): void {
    this.#reads = this.#reads.concat({ epoch, protection, window: new ReplayWindow() })
  }

  /** @param firstSequence for tests of the far end of the number space */
  addWriteEpoch(epoch: number, protection: RecordProtection, firstSequence: number = 0): void {
    this.#newestWrite = { epoch, protection, nextSequence: firstSequence }
    this.#writes = this.#writes.concat(this.#newestWrite)
    this.#writeEpoch = epoch
  }

  canRead(epoch: number): boolean {
    return this.#read(epoch) !== undefined
  }

  /** Forgets how to read an epoch, so that nothing sent in it is believed any more. */
  dropReadEpoch(epoch: number): void {
    this.#reads = this.#reads.filter((read) => read.epoch !== epoch).slice() // without the room that V8 gives to lists that grow
  }

  /** 0 where `epoch` is not written, or not any more. */
  overheadBytes(epoch: number): number {
    return this.#write(epoch)?.protection.overheadBytes ?? 0
  }

  /** How many records were written in `epoch`. */
  sealedRecords(epoch: number): number {
    return this.#write(epoch)?.nextSequence ?? 0
  }

  /** One record; `undefined` when the epoch has no number left: RFC 6347 §4.1 forbids that it wraps. */
  seal(epoch: number, type: number, plaintext: Uint8Array): Uint8Array | undefined {
    const write = this.#write(epoch)
    if (write === undefined || write.nextSequence > MAX_SEQUENCE) return undefined
    return sealRecord(write.protection, type, epoch, write.nextSequence++, plaintext)
  }

  /** What stands before the plaintext in a record of `epoch`; 0 as above. */
  headBytes(epoch: number): number {
    return this.#write(epoch)?.protection.headBytes ?? 0
  }

  /** {@link seal} where the plaintext is, {@link headBytes} after `at`. The length of the record; 0 when there is none. */
  sealInPlace(epoch: number, type: number, memory: Uint8Array, at: number, length: number): number {
    const write = this.#write(epoch)
    if (write === undefined || write.nextSequence > MAX_SEQUENCE) return 0
    // SECURITY: the number is used up before anything is sealed with it, so that no failure can make it come again.
    write.protection.sealInPlace(type, epoch, write.nextSequence++, memory, at, length)
    return length + write.protection.overheadBytes
  }

  /** No epoch is read or written any more, and their keys are forgotten. */
  release(): void {
    for (const { protection } of this.#reads) protection.release()
    for (const { protection } of this.#writes) protection.release()
    this.#reads = this.#writes = []
    this.#newestWrite = undefined
  }

  #write(epoch: number): WriteEpoch | undefined {
    return epoch === this.#writeEpoch ? this.#newestWrite : this.#writes.find((write) => write.epoch === epoch)
  }

  #read(epoch: number): ReadEpoch | undefined {
    const newest = this.#reads[this.#reads.length - 1]
    return newest?.epoch === epoch ? newest : this.#reads.find((read) => read.epoch === epoch)
  }

  open(record: DtlsRecord): Opened {
    const read = this.#read(record.epoch)
    if (read === undefined) return 'noKeys'
    if (!read.window.isNew(record.sequence)) return 'replayed'
    const opened = read.protection.open(record)
    if (opened === undefined) {
      this.#forgedRecords++
      return 'forged'
    }
    // Epoch 0 proves nothing, so that it has no window: a forged number would push real records out of it.
    if (record.epoch > 0) read.window.mark(record.sequence)
    return opened
  }

  /**
   * {@link open} of a datagram that is one protected record of this type, without a record to be made of it: the plaintext, or why
   * there is none. `'other'`: it is nothing of the kind, and as new to us as before.
   */
  openSingle(type: number, datagram: Uint8Array): Uint8Array | 'other' | 'replayed' | 'forged' {
    if (datagram[0] !== type || !isSingleRecord(datagram)) return 'other'
    const epoch = epochAt(datagram, 0)
    const read = epoch > 0 ? this.#read(epoch) : undefined
    if (read?.protection.openDatagram === undefined) return 'other'
    const sequence = sequenceAt(datagram, 0)
    if (!read.window.isNew(sequence)) return 'replayed'
    const opened = read.protection.openDatagram(datagram)
    if (opened === undefined) {
      this.#forgedRecords++
      return 'forged'
    }
    read.window.mark(sequence)
    return opened
  }
}
