import type { RTCConfiguration } from '../../../src/index.js'
import { LoopbackNetwork } from '../../support/loopback-network.js'
import type { LoopbackHost } from '../../support/loopback-network.js'
import type { NetworkOptions } from '../../support/virtual-network.js'
import { ConnectionPair, type Side } from './connection-pair.js'

/** Two connections on real sockets, with a bad link of our making in between. */
export class LoopbackPair extends ConnectionPair<LoopbackNetwork, LoopbackHost> {
  constructor(options: NetworkOptions, configuration: RTCConfiguration) {
    const network = new LoopbackNetwork(options)
    super(network, { a: network.host(), b: network.host() }, configuration)
  }

  vanish({ io }: Side<LoopbackHost>): void {
    io.unplug()
  }

  comeBack({ io }: Side<LoopbackHost>): void {
    io.plug()
  }

  /** Until nothing is held any more. */
  async end(): Promise<void> {
    const connections = [this.a.connection, this.b.connection]
    for (const connection of connections) connection.close()
    await Promise.all(connections.map((connection) => connection[Symbol.asyncDispose]()))
    const { sent } = this.network.counters
    await this.network.runFor(Infinity)
    if (this.network.counters.sent !== sent) throw new Error('closed connections have sent datagrams')
  }
}
