import type { ChannelPriority } from './types.js'

/** RFC 8831 §6.4: below normal, normal, high, extra high, under the names that W3C gave them (RTCPriorityType). */
const WIRE_VALUES: Readonly<Record<ChannelPriority, number>> = {
  'very-low': 128,
  low: 256,
  medium: 512,
  high: 1024,
}

export function priorityToWire(priority: ChannelPriority): number {
  return WIRE_VALUES[priority]
}

/** Any 16-bit value is legal; each belongs to the next named one above it. */
export function priorityFromWire(value: number): ChannelPriority {
  if (value <= WIRE_VALUES['very-low']) return 'very-low'
  if (value <= WIRE_VALUES.low) return 'low'
  if (value <= WIRE_VALUES.medium) return 'medium'
  return 'high'
}
