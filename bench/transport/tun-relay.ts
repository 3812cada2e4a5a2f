/**
 * Two network namespaces of Linux with one link between them: a TUN device in each, and this process in the middle, which delays,
 * loses and queues what passes. TCP of the kernel and our datagrams take the same way. Needs root, iproute2 and koffi.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { loadKoffi } from '../../src/ffi/index.js'
import { SeededRandom } from '../../test/support/seeded-random.js'

export interface RelayOptions {
  readonly delayMillis: number
  readonly lossRatio: number
  /** From the first namespace to the second. */
  readonly bytesPerMilli: number
  readonly queueBytes: number
}

/** linux/if_tun.h, linux/if.h: TUNSETIFF; IFF_TUN | IFF_NO_PI after the name in struct ifreq. */
const TUNSETIFF = 0x400454ca
const IFF_TUN_NO_PI = 0x1001
const NAME_LENGTH = 16
const IFREQ_LENGTH = 40
/** Datagrams of 1200 bytes with their headers; TCP fills its segments as far. */
const MTU_BYTES = 1228
const ADDRESSES = ['10.77.0.1', '10.77.0.2'] as const

interface Waiting {
  readonly at: number
  readonly packet: Uint8Array
}

type Side = 0 | 1

export class TunRelay {
  readonly namespaces: readonly [string, string]
  readonly addresses = ADDRESSES
  options: RelayOptions
  readonly #random = new SeededRandom(7)
  readonly #devices: [number, number]
  readonly #read: (fd: number, memory: Uint8Array, length: number) => number
  readonly #write: (fd: number, memory: Uint8Array, length: number) => number
  /** On their way from each side; each in the order of their arrival. */
  readonly #waiting: [Waiting[], Waiting[]] = [[], []]
  readonly #memory = new Uint8Array(65_536)
  readonly #timer: NodeJS.Timeout
  #freeAt = 0

  constructor(options: RelayOptions) {
    this.options = options
    const library = loadKoffi().load(null)
    const ioctl = library.func('ioctl', 'int', ['int', 'uint64_t', 'void*'])
    this.#read = library.func('read', 'int64_t', ['int', 'void*', 'size_t'])
    this.#write = library.func('write', 'int64_t', ['int', 'void*', 'size_t'])
    this.namespaces = [`tincan-a-${process.pid}`, `tincan-b-${process.pid}`]
    const open = (side: Side): number => {
      const name = `tincan${side}`
      const fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK)
      const request = Buffer.alloc(IFREQ_LENGTH)
      request.write(name, 0, 'latin1')
      request.writeUInt16LE(IFF_TUN_NO_PI, NAME_LENGTH)
      if (ioctl(fd, TUNSETIFF, request) !== 0) throw new Error('no TUN device can be made here')
      this.#arrange(side, name)
      return fd
    }
    this.#devices = [open(0), open(1)]
    this.#timer = setInterval(() => this.#turn(), 1)
  }

  close(): void {
    clearInterval(this.#timer)
    for (const fd of this.#devices) closeSync(fd)
    for (const namespace of this.namespaces) execFileSync('ip', ['netns', 'delete', namespace])
  }

  #arrange(side: Side, device: string): void {
    const namespace = this.namespaces[side]
    const ip = (...words: string[]): void => void execFileSync('ip', words)
    ip('netns', 'add', namespace)
    ip('link', 'set', device, 'netns', namespace)
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
    ip('-n', namespace, 'address', 'add', `${ADDRESSES[side]}/24`, 'dev', device)
    ip('-n', namespace, 'link', 'set', device, 'mtu', String(MTU_BYTES), 'txqueuelen', '10000', 'up')
  }

  #turn(): void {
    const now = performance.now()
    for (const side of [0, 1] as const) this.#take(side, now)
    for (const side of [0, 1] as const) {
      const waiting = this.#waiting[side]
      let due = 0
      for (; due < waiting.length && waiting[due]!.at <= now; due++) {
        const { packet } = waiting[due]!
        this.#write(this.#devices[1 - side]!, packet, packet.length)
      }
      waiting.splice(0, due)
    }
  }

  #take(side: Side, now: number): void {
    const { delayMillis, lossRatio, bytesPerMilli, queueBytes } = this.options
    for (;;) {
      const length = this.#read(this.#devices[side], this.#memory, this.#memory.length)
      if (length <= 0) return
      if (this.#random.chance(lossRatio)) continue
      let departs = now
      if (side === 0 && bytesPerMilli !== Infinity) {
        const freeAt = Math.max(this.#freeAt, now)
        if ((freeAt - now) * bytesPerMilli + length > queueBytes) continue
        departs = this.#freeAt = freeAt + length / bytesPerMilli
      }
      this.#waiting[side].push({ at: departs + delayMillis, packet: this.#memory.slice(0, length) })
    }
  }
}
