import type { RTCConfiguration } from '../../../src/index.js'
import type { VirtualIo } from '../../support/virtual-io.js'
import { VirtualNetwork } from '../../support/virtual-network.js'
import type { NetworkOptions } from '../../support/virtual-network.js'
import { ConnectionPair, type Side as SideOn } from './connection-pair.js'

export { SIGNALLING, type SignallingMoment } from './connection-pair.js'
export type Side = SideOn<VirtualIo>

const ADDRESS = { a: '192.0.2.1', b: '192.0.2.2' }

/** Two connections in a simulated network. */
export class VirtualPair extends ConnectionPair<VirtualNetwork, VirtualIo> {
  constructor(options: NetworkOptions = {}, configuration: RTCConfiguration = {}) {
    const network = new VirtualNetwork(options)
    const host = (address: string): VirtualIo => network.host({ addresses: [address] })
    super(network, { a: host(ADDRESS.a), b: host(ADDRESS.b) }, configuration)
  }

  /** Its interface is gone. */
  vanish(side: Side): void {
    side.io.unplug(ADDRESS[side.name])
  }

  comeBack(side: Side): void {
    side.io.plug(ADDRESS[side.name])
  }

  /** Lets an hour pass. */
  async end(): Promise<void> {
    this.a.connection.close()
    this.b.connection.close()
    await this.network.runFor(1000)
    const { sent } = this.network.counters
    await this.network.runFor(3_600_000)
    if (this.network.counters.sent !== sent) throw new Error('closed connections have sent datagrams')
  }
}
