import type { TransportAddress } from '../ice/types.js'
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'

/**
 * ICMP comes within a round trip; a router that cannot find the host on its last link says so after three seconds
 * (RFC 4861 §10, and Linux does the same for ARP).
 */
const LISTEN_MILLIS = 3500

/** Errors that say that nobody is there, in contrast to those that say that we may not send, or not now. */
const REFUSALS = new Set(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH'])

/**
 * Whether a UDP port refuses: answers with ICMP unreachable. The operating system reports that to connected sockets alone,
 * and what gathers candidates must not be connected. So a socket of its own sends one datagram that asks for nothing, and
 * listens. It does not keep the process alive.
 */
export function refusesUdp(
  localAddress: string,
  to: TransportAddress,
  probe: Uint8Array,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const socket = createSocket(isIPv6(localAddress) ? 'udp6' : 'udp4').unref()
    let isSettled = false
    const settle = (refused: boolean): void => {
      if (isSettled) return
      isSettled = true
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      socket.off('error', failed)
      socket.on('error', () => {}) // it is being closed: what else it met does not matter
      socket.close(() => resolve(refused))
    }
    const stop = (): void => settle(false)
    const failed = (error: NodeJS.ErrnoException): void => settle(REFUSALS.has(error.code ?? ''))
    const timer = setTimeout(stop, LISTEN_MILLIS).unref()
    signal.addEventListener('abort', stop)
    socket.once('error', failed)
    socket.once('message', stop) // somebody is there
    const connected = (error?: NodeJS.ErrnoException): void => {
      if (error !== undefined) failed(error)
      else socket.send(probe, (sendError) => sendError !== null && failed(sendError))
    }
    socket.bind({ address: localAddress, exclusive: true }, () => {
      if (!signal.aborted) socket.connect(to.port, to.address, connected)
    })
  })
}
