/**
 * Messages of one stream that came one after the other in one packet, each in a chunk of its own. They stay together until each is told: what is made
 * and queued for every single one counts where messages are short.
 */
export class MessageRun {
  readonly type = 'messages'
  readonly streamId: number
  readonly ppid: number
  /** Of those that were not taken. */
  bytes: number
  readonly #messages: readonly Uint8Array[]
  #taken = 0

  /** @param messages with memory of their own, none of them empty */
  constructor(streamId: number, ppid: number, bytes: number, messages: readonly Uint8Array[]) {
    this.streamId = streamId
    this.ppid = ppid
    this.bytes = bytes
    this.#messages = messages
  }

  /** The next message; `undefined` after the last. */
  take(): Uint8Array | undefined {
    if (this.bytes === 0) return undefined
    const message = this.#messages[this.#taken++]!
    this.bytes -= message.length
    return message
  }
}
