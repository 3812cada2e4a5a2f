import type { ByteWriter } from '../core/index.js'
import type { RawAttribute, StunMessage } from './message.js'

/**
 * How one kind of attribute is read and written. Each is a row of a table like {@link STUN_ATTRIBUTES}; extensions such
 * as TURN bring a table of their own.
 */
export interface AttributeCodec<Value> {
  readonly type: number
  /** As the RFC spells it. */
  readonly name: string
  /** `undefined` when the value is malformed. Addresses are masked with the transaction id. */
  parse(value: Uint8Array, transactionId: Uint8Array): Value | undefined
  /** Writes the value without padding. */
  write(writer: ByteWriter, value: Value, transactionId: Uint8Array): void
}

export function rawAttribute(message: StunMessage, type: number): RawAttribute | undefined {
  for (const attribute of message.attributes) if (attribute.type === type) return attribute
  return undefined
}

/** The first attribute of a kind (RFC 8489 §14: later ones may be ignored); `undefined` when absent or malformed. */
export function readAttribute<Value>(message: StunMessage, codec: AttributeCodec<Value>): Value | undefined {
  const raw = rawAttribute(message, codec.type)
  return raw && codec.parse(raw.value, message.transactionId)
}

/** All attributes of a kind that may come more than once, without those that are malformed. */
export function readAttributes<Value>(message: StunMessage, codec: AttributeCodec<Value>): Value[] {
  return message.attributes.flatMap(({ type, value }) => {
    const parsed = type === codec.type ? codec.parse(value, message.transactionId) : undefined
    return parsed === undefined ? [] : [parsed]
  })
}

export function hasAttribute(message: StunMessage, codec: { readonly type: number }): boolean {
  return rawAttribute(message, codec.type) !== undefined
}

/** Types that must be understood (below 0x8000, RFC 8489 §14) and are in none of the tables, each once. */
export function unknownRequiredTypes(message: StunMessage, known: ReadonlySet<number>): number[] {
  const unknown: number[] = []
  for (const { type } of message.attributes) {
    if (type < 0x8000 && !known.has(type) && !unknown.includes(type)) unknown.push(type)
  }
  return unknown
}
