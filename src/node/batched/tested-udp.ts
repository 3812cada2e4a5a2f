import { nativeOnce } from '../../ffi/index.js'
import { loadLibc } from '../../ffi/libc/libc.js'
import { NativeUdp } from './native-udp.js'
import { testNativeUdp } from './self-test.js'

/** The first version that survives the end of a worker thread in the middle of a batch. */
const FIRST_NODE_FOR_WORKERS = 22

/** Made and tested with the first socket of a thread. */
export const nativeUdp = nativeOnce((koffi) => {
  // `worker.terminate()` stops a callback of dgram, and Node 20 aborts the process when the next datagram of the burst comes.
  // So it does without us, but there the callback is short.
  if (Number.parseInt(process.versions.node) < FIRST_NODE_FOR_WORKERS && !isMainThread()) {
    throw new Error(`worker threads have it from Node.js ${FIRST_NODE_FOR_WORKERS} on`)
  }
  const udp = new NativeUdp(koffi, loadLibc(koffi))
  testNativeUdp(koffi, udp)
  return udp
})

/** Asked for when it is needed, since loading the module takes longer than anything here. */
function isMainThread(): boolean {
  return process.getBuiltinModule('node:worker_threads').isMainThread
}
