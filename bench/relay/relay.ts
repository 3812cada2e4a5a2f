import { startProgram } from '../peers/child-program.js'
import type { ChildProgram } from '../peers/child-program.js'
import type { Detour } from '../agent/protocol.js'
import type { LinkPlan } from './delay-line.js'
import type { RelayReady, RelayStart } from './relay-main.js'

/** A link between peers of this machine that can be long, lossy or narrow. */
export class Relay {
  readonly #child: ChildProgram
  readonly #ports: RelayReady['ports']

  private constructor(child: ChildProgram, ports: RelayReady['ports']) {
    this.#child = child
    this.#ports = ports
  }

  static async start(link: LinkPlan, lanes = 1): Promise<Relay> {
    const told: RelayStart = { link, lanes }
    const { child, ready } = await startProgram('bench/relay/relay-main.ts', {
      env: { TINCAN_BENCH_RELAY: JSON.stringify(told), TINCAN_FAST_PATH: undefined },
    })
    return new Relay(child, (ready as RelayReady).ports)
  }

  /** The two ports of a lane: each end sends to its own, and hears from it what came in at the other. */
  ports(lane = 0): readonly [number, number] {
    return this.#ports[lane]!
  }

  detour(lane = 0): Detour {
    const [offererSendsTo, answererSendsTo] = this.ports(lane)
    return { offererSendsTo, answererSendsTo }
  }

  async end(): Promise<void> {
    await this.#child.end()
  }
}
