import type { RTCDataChannel, RTCDataChannelState, RTCError } from '../../../src/index.js'

const EVENTS = ['open', 'message', 'bufferedamountlow', 'closing', 'error', 'close'] as const
type ChannelEventName = (typeof EVENTS)[number]

const LETTERS: Record<ChannelEventName, string> = {
  open: 'o',
  message: 'm',
  bufferedamountlow: 'b',
  closing: 'g',
  error: 'e',
  close: 'c',
}

/**
 * Any life of a channel: messages while open; what was sent drains after that; the error just before the end, and
 * `close` once and last (D6, D8, D9). A channel may be closed before it ever opens (D2).
 */
const LEGAL = /^(o[mb]*)?(g?b*)(e?c)?$/

/** What `readyState` reads while an event is told. */
const STATES: Record<ChannelEventName, readonly RTCDataChannelState[]> = {
  open: ['open'],
  message: ['open'],
  bufferedamountlow: ['open', 'closing'],
  closing: ['closing'],
  error: ['closed'],
  close: ['closed'],
}

/** Writes down every event of a channel, in order. */
export class ChannelHistory {
  readonly channel: RTCDataChannel
  /** Names alone. */
  readonly events: ChannelEventName[] = []
  readonly messages: unknown[] = []
  readonly errors: RTCError[] = []
  readonly #wrongStates: string[] = []

  constructor(channel: RTCDataChannel) {
    this.channel = channel
    for (const type of EVENTS) channel.addEventListener(type, () => this.#told(type))
    channel.addEventListener('message', ({ data }) => this.messages.push(data))
    channel.addEventListener('error', ({ error }) => this.errors.push(error))
  }

  get isOver(): boolean {
    return this.events.at(-1) === 'close'
  }

  /** Without those that depend on how much there is to send. */
  get milestones(): readonly ChannelEventName[] {
    return this.events.filter((type) => type !== 'bufferedamountlow' && type !== 'message')
  }

  violations(): string[] {
    const { label, readyState } = this.channel
    const found = this.#wrongStates.map((words) => `channel ${label}: ${words}`)
    const told = this.events.map((type) => LETTERS[type]).join('')
    if (!LEGAL.test(told)) found.push(`channel ${label}: events out of order: ${this.events.join(', ')}`)
    if ((readyState === 'closed') !== this.isOver) {
      found.push(`channel ${label}: ${readyState} after ${this.events.join(', ') || 'no event'}`)
    }
    return found
  }

  #told(type: ChannelEventName): void {
    const { readyState } = this.channel
    if (!STATES[type].includes(readyState)) this.#wrongStates.push(`${type} while ${readyState}`)
    this.events.push(type)
  }
}
