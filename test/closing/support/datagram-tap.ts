import type { VirtualNetwork } from '../../support/virtual-network.js'

/** A datagram on its way: of DTLS records, the content type of the first (RFC 6347 §4.1). */
export interface Sent {
  readonly from: string
  readonly contentType: number
  readonly data: Uint8Array
}

export const ALERT = 21
export const APPLICATION_DATA = 23

/** Sees every datagram that leaves a host; those for which `passes` says false are lost. */
export function tap(network: VirtualNetwork, passes: (sent: Sent) => boolean = () => true): Sent[] {
  const transmit = network.transmit.bind(network)
  const all: Sent[] = []
  network.transmit = (sender, route, from, to, data) => {
    const sent = { from: from.address, contentType: data[0] ?? 0, data: data.slice() }
    all.push(sent)
    if (passes(sent)) transmit(sender, route, from, to, data)
  }
  return all
}
