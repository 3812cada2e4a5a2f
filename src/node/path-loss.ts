import type { PeerContract, PeerEvent } from '../peer/contract.js'

export interface PathLossOptions {
  readonly transports: () => PeerContract['transports']
  readonly queueTask: (task: () => void) => void
  readonly isOver: () => boolean
  readonly onPathLost: () => void
}

/**
 * Whether a change of this host's addresses has cost a connection its path, so that an ICE restart is worth it. Where those that were
 * there are back, checks of consent are on their way, and a restart would be for nothing, unless they fail in the end.
 */
export class PathLoss {
  readonly #options: PathLossOptions
  #mayBeBack = false

  constructor(options: PathLossOptions) {
    this.#options = options
  }

  /** @param areOthers than those that there are sockets for; asked later, when all that is gone was told */
  addressesChanged(areOthers: () => boolean): void {
    this.#options.queueTask(() => {
      if (this.#options.isOver()) return
      const states = this.#options.transports().map(({ iceState }) => iceState)
      const isDisconnected = states.includes('disconnected')
      this.#mayBeBack = isDisconnected && !areOthers()
      if (states.includes('failed') || (isDisconnected && !this.#mayBeBack)) this.#options.onPathLost()
    })
  }

  watch(event: PeerEvent): void {
    if (event.type !== 'iceState' || !this.#mayBeBack || event.state === 'disconnected') return
    this.#mayBeBack = false
    if (event.state === 'failed') this.addressesChanged(() => true)
  }
}
