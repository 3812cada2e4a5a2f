import type { SocketId, TransportAddress } from '../ice/types.js'

/** What went over a path, connectivity checks left out (webrtc-stats, RTCIceCandidatePairStats). */
export interface Traffic {
  readonly packetsSent: number
  readonly bytesSent: number
  readonly packetsReceived: number
  readonly bytesReceived: number
}

interface Path {
  readonly socketId: SocketId
  readonly to: TransportAddress
}

interface Count {
  readonly path: Path
  packetsSent: number
  bytesSent: number
  packetsReceived: number
  bytesReceived: number
}

/** As many pairs as ICE has (RFC 8445 §6.1.2.5), and some of former generations; the oldest is forgotten. */
const MAX_PATHS = 128

/** Counts datagrams by path. Almost always it is the path of the datagram before. */
export class TrafficMeter {
  readonly #counts: Count[] = []
  /** Of paths that were forgotten. */
  readonly #former: Count = emptyCount({ socketId: 0, to: { address: '', port: 0 } })
  #last: Count | undefined

  sent(socketId: SocketId, to: TransportAddress, bytes: number): void {
    const count = this.#of(socketId, to)
    count.packetsSent++
    count.bytesSent += bytes
  }

  received(socketId: SocketId, from: TransportAddress, bytes: number): void {
    const count = this.#of(socketId, from)
    count.packetsReceived++
    count.bytesReceived += bytes
  }

  /** Over all paths. */
  get total(): Traffic {
    return sum([this.#former, ...this.#counts])
  }

  over({ socketId, to }: Path): Traffic {
    return sum(this.#counts.filter(({ path }) => isSame(path, socketId, to)))
  }

  #of(socketId: SocketId, to: TransportAddress): Count {
    const last = this.#last
    if (last !== undefined && isSame(last.path, socketId, to)) return last
    const known = this.#counts.find(({ path }) => isSame(path, socketId, to))
    return (this.#last = known ?? this.#add({ socketId, to: { address: to.address, port: to.port } }))
  }

  #add(path: Path): Count {
    if (this.#counts.length === MAX_PATHS) Object.assign(this.#former, sum([this.#former, this.#counts.shift()!]))
    const count = emptyCount(path)
    this.#counts.push(count)
    return count
  }
}

function isSame(path: Path, socketId: SocketId, to: TransportAddress): boolean {
  return path.socketId === socketId && path.to.port === to.port && path.to.address === to.address
}

function emptyCount(path: Path): Count {
  return { path, packetsSent: 0, bytesSent: 0, packetsReceived: 0, bytesReceived: 0 }
}

function sum(counts: readonly Traffic[]): Traffic {
  const total = { packetsSent: 0, bytesSent: 0, packetsReceived: 0, bytesReceived: 0 }
  for (const count of counts) {
    total.packetsSent += count.packetsSent
    total.bytesSent += count.bytesSent
    total.packetsReceived += count.packetsReceived
    total.bytesReceived += count.bytesReceived
  }
  return total
}
