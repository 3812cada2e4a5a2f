import { concatBytes } from '../../core/index.js'
import { writeMessage, type HandshakeMessage } from './message.js'

/**
 * All handshake messages so far. They are kept rather than hashed: the hash is not known before ServerHello, and TLS 1.2
 * signs the messages themselves (RFC 5246 §7.4.8). Some 3 KiB, until the handshake is done.
 */
export class Transcript {
  #messages: Uint8Array[] = []

  add(message: HandshakeMessage): void {
    this.#messages.push(writeMessage(message))
  }

  bytes(): Uint8Array {
    return concatBytes(...this.#messages)
  }

  /** RFC 6347 §4.2.1: a ClientHello without cookie and the HelloVerifyRequest are not part of it. */
  clear(): void {
    this.#messages = []
  }
}
