import { BatchedSocket, nativeUdp } from './batched/index.js'
import type { NativeUdp } from './batched/index.js'
import type { PortRange, ReceiveDatagram, UdpSocket } from './io.js'
import { isPortTaken, portsToTry } from './ports-to-try.js'
import { bindPlainSocket } from './udp-socket.js'

/** A link-local address means something with its zone alone, which the fast path has no place for. */
const LINK_LOCAL = /^fe[89ab]|%/i

/**
 * Binds a UDP socket to one address, on a port of the range or any: a batched one where there is such a thing. Rejects with the
 * error of the operating system.
 */
export async function bindUdp(
  address: string,
  portRange: PortRange | undefined,
  receive: ReceiveDatagram,
  isPlain = false,
): Promise<UdpSocket> {
  const native = isPlain || LINK_LOCAL.test(address) ? undefined : nativeUdp()
  if (native?.isAvailable !== true) return bindPlainSocket(address, portRange, receive)
  return bindBatchedSocket(native.value, address, portRange, receive)
}

function bindBatchedSocket(
  udp: NativeUdp,
  address: string,
  portRange: PortRange | undefined,
  receive: ReceiveDatagram,
): UdpSocket {
  let failure: unknown
  for (const port of portsToTry(portRange)) {
    try {
      return new BatchedSocket(udp, udp.open(address, port), address.includes(':') ? 6 : 4, receive)
    } catch (error) {
      failure = error
      if (!isPortTaken(error)) break
    }
  }
  throw failure
}
