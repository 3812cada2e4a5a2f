/** Run inside of a namespace: windows that are never the limit, and checksums that are made where the packet is. */
import { writeFileSync } from 'node:fs'
import { loadKoffi } from '../../src/ffi/index.js'

const BUFFER_BYTES = 64 << 20
const [AF_INET, SOCK_DGRAM] = [2, 2]
// linux/sockios.h, linux/ethtool.h
const SIOCETHTOOL = 0x8946
const ETHTOOL_STXCSUM = 0x17
/** struct ifreq: the name in 16 bytes, a pointer; behind it here, struct ethtool_value: command and value, 32 bits each. */
const IFREQ = { pointer: 16, size: 40 } as const

/**
 * No offload of checksums: the tunnel would leave those of TCP to a device behind it, and there is none before the relay, which
 * would carry them as they are.
 */
function makeChecksums(device: string): void {
  const koffi = loadKoffi()
  const library = koffi.load(null)
  const socket = library.func('socket', 'int', ['int', 'int', 'int'])
  const ioctl = library.func('ioctl', 'int', ['int', 'uint64_t', 'uintptr_t'])
  const memory = Buffer.from(new ArrayBuffer(IFREQ.size + 8))
  const address = koffi.address(memory)
  memory.write(device, 'latin1')
  memory.writeBigUInt64LE(address + BigInt(IFREQ.size), IFREQ.pointer)
  memory.writeUInt32LE(ETHTOOL_STXCSUM, IFREQ.size)
  const descriptor = socket(AF_INET, SOCK_DGRAM, 0)
  if (ioctl(descriptor, SIOCETHTOOL, Number(address)) !== 0)
    throw new Error(`the checksums of ${device} cannot be had: errno ${koffi.errno()}`)
}

for (const name of ['tcp_rmem', 'tcp_wmem']) writeFileSync(`/proc/sys/net/ipv4/${name}`, `4096 131072 ${BUFFER_BYTES}`)
makeChecksums('tunnel')
