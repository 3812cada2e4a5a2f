/** A STUN server with two addresses and two ports (RFC 5780 §6.1) on a host of the virtual network. */
import type { VirtualIo } from '../../test/support/virtual-io.js'
import type { TransportAddress } from '../ice/types.js'
import {
  CHANGE_REQUEST,
  METHOD_BINDING,
  OTHER_ADDRESS,
  parseStunMessage,
  readAttribute,
  StunMessageBuilder,
  XOR_MAPPED_ADDRESS,
} from '../stun/index.js'
import type { UdpSocket } from './io.js'

export interface BehaviorServerOptions {
  /** One address: OTHER-ADDRESS is not told. */
  readonly addresses: readonly string[]
  /** Answers from where it was asked, whatever CHANGE-REQUEST says. */
  readonly ignoresChange?: boolean
  /** What OTHER-ADDRESS says, true or not. */
  readonly claims?: TransportAddress
}

export const SERVER_PORT = 3478
const OTHER_PORT = 3479

export async function serveBehavior(host: VirtualIo, options: BehaviorServerOptions): Promise<void> {
  const { addresses, ignoresChange = false, claims } = options
  const sockets = new Map<string, UdpSocket>()
  const other = (address: string): string => addresses.find((one) => one !== address) ?? address
  const otherPort = (port: number): number => SERVER_PORT + OTHER_PORT - port
  const receive = (at: TransportAddress, from: TransportAddress, data: Uint8Array): void => {
    const message = parseStunMessage(data)
    if (message?.class !== 'request') return
    const change = readAttribute(message, CHANGE_REQUEST)
    const leaves = { ...at }
    if (change?.changeAddress === true && !ignoresChange) leaves.address = other(at.address)
    if (change?.changePort === true && !ignoresChange) leaves.port = otherPort(at.port)
    const answer = new StunMessageBuilder('success', METHOD_BINDING, message.transactionId)
    answer.add(XOR_MAPPED_ADDRESS, from)
    const told = addresses.length > 1 ? { address: other(at.address), port: otherPort(at.port) } : undefined
    if ((claims ?? told) !== undefined) answer.add(OTHER_ADDRESS, (claims ?? told)!)
    sockets.get(`${leaves.address} ${leaves.port}`)?.send(answer.finish(), from)
  }
  for (const address of addresses) {
    for (const port of [SERVER_PORT, OTHER_PORT]) {
      const socket = await host.bindUdp(address, { min: port, max: port }, (data, from) =>
        receive({ address, port }, from, data),
      )
      sockets.set(`${address} ${port}`, socket)
    }
  }
}
