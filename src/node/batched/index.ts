/**
 * batched: UDP sockets whose datagrams go many to a system call: `sendmmsg` with segments cut by the kernel (UDP_SEGMENT), `recvmmsg`
 * with datagrams that it merged (UDP_GRO). Same face as the plain socket, chosen where a self-test passes (docs/decisions/013).
 * Deliberately absent: anything below datagrams that is not Linux, threads, and calls that wait.
 */
export { BatchedSocket } from './batched-socket.js'
export type { NativeUdp } from './native-udp.js'
export { nativeUdp } from './tested-udp.js'
