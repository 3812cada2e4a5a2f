import type { IceTransmit, SocketId, TransportAddress } from '../ice/types.js'

/**
 * The datagram at the beginning of some memory. Those of a flow are as long as the one before, lie in the same place and go the same way:
 * then it is the same object, with other bytes in it.
 */
export class ReusedDatagram {
  #last: IceTransmit | undefined
  #memory: Uint8Array | undefined;

  in(memory: Uint8Array, length: number, socketId: SocketId, to: TransportAddress): IceTransmit {
    const last = this.#last
    const isSame = last?.to === to && last.socketId === socketId && last.data.length === length
    if (isSame && this.#memory === memory) return last
    this.#memory = memory
    return (this.#last = { socketId, to, data: memory.subarray(0, length) })
  }
}
