const WORD_BITS = 32
/** One word more than the window spans, since the newest number rarely ends a word (RFC 6479 §2). */
const WORDS = 5
/** How far behind the newest record one may come: 64 is the least that RFC 6347 §4.1.2.6 prefers, and bursts reorder by more. */
export const REPLAY_WINDOW_RECORDS = (WORDS - 1) * WORD_BITS

/**
 * Which sequence numbers of one epoch were seen (RFC 6347 §4.1.2.6). Ask before the record is authenticated, mark after:
 * a forged record must not move the window.
 */
export class ReplayWindow {
  /** Of 32 bits each; a typed array with memory of its own takes three times what it holds. */
  readonly #words = [0, 0, 0, 0, 0]
  #highest = -1

  /** Whether a record with this number could be new. */
  isNew(sequence: number): boolean {
    if (sequence > this.#highest) return true
    if (sequence <= this.#highest - REPLAY_WINDOW_RECORDS) return false
    const word = Math.floor(sequence / WORD_BITS)
    return (this.#words[word % WORDS]! & (1 << (sequence % WORD_BITS))) === 0
  }

  mark(sequence: number): void {
    const word = Math.floor(sequence / WORD_BITS)
    if (sequence > this.#highest) {
      const newestWord = Math.floor(this.#highest / WORD_BITS)
      const skipped = Math.min(word - newestWord, WORDS)
      for (let i = 0; i < skipped; i++) this.#words[(word - i) % WORDS] = 0
      this.#highest = sequence
    }
    this.#words[word % WORDS]! |= 1 << (sequence % WORD_BITS)
  }
}
