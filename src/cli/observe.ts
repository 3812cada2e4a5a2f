import type { Step } from './demo-protocol.js'

/** The part of RTCDataChannel that is observed here: the page passes the browser's, Node passes ours. */
export interface ObservedChannel extends EventTarget {
  readonly readyState: string
  readonly label: string
}

export interface ObservedConnection extends EventTarget {
  readonly connectionState: string
  readonly iceConnectionState: string
  readonly signalingState: string
  readonly sctp: ObservedSctp | null
}

interface ObservedSctp extends EventTarget {
  readonly state: string
  readonly transport: ObservedDtls
}

interface ObservedDtls extends EventTarget {
  readonly state: string
}

export type Report = (step: Step) => void

/** The time of both ends on one scale: the epoch, with the resolution of the monotonic clock. */
export function epochMillis(): number {
  return performance.timeOrigin + performance.now()
}

/** Reports each event of a channel as it is seen, with the state that goes with it. */
export function observeChannel(channel: ObservedChannel, report: Report): void {
  for (const type of ['open', 'closing', 'close']) {
    channel.addEventListener(type, () => {
      report({ what: `channel: event ${type}, readyState "${channel.readyState}"`, at: epochMillis() })
    })
  }
  channel.addEventListener('error', (event) => {
    report({ what: `channel: event error, ${describeError(event)}`, at: epochMillis() })
  })
}

/** Reports the state changes of a connection and, once there, of its transports. */
export function observeConnection(connection: ObservedConnection, report: Report): void {
  const states = { connectionstatechange: 'connectionState', iceconnectionstatechange: 'iceConnectionState' } as const
  for (const [type, attribute] of Object.entries(states)) {
    connection.addEventListener(type, () => {
      report({ what: `connection: ${attribute} "${connection[attribute]}"`, at: epochMillis() })
    })
  }
  connection.addEventListener('signalingstatechange', () => {
    if (connection.signalingState === 'stable') observeTransports(connection, report)
  })
}

/**
 * Whether the other end has closed the connection, or is gone for good. `disconnected` alone may pass; that the DTLS
 * transport has closed does not.
 */
export function hasEnded({ connectionState, sctp }: ObservedConnection): boolean {
  return connectionState === 'failed' || (connectionState === 'disconnected' && sctp?.transport.state === 'closed')
}

const observed = new WeakSet<EventTarget>()

function observeTransports(connection: ObservedConnection, report: Report): void {
  const sctp = connection.sctp
  if (sctp === null || observed.has(sctp)) return
  observed.add(sctp)
  sctp.addEventListener('statechange', () => {
    report({ what: `SCTP transport: "${sctp.state}"`, at: epochMillis() })
  })
  const dtls = sctp.transport
  dtls.addEventListener('statechange', () => {
    report({ what: `DTLS transport: "${dtls.state}"`, at: epochMillis() })
  })
}

function describeError(event: Event): string {
  const error = (event as Event & { readonly error?: { readonly errorDetail?: string; readonly message: string } })
    .error
  return error === undefined ? 'without a reason' : `${error.errorDetail ?? 'unknown'}: ${error.message}`
}
