import { nativeOnce } from '../../ffi/index.js'
import { loadLibc } from '../../ffi/libc/libc.js'
import { NativeUdp } from './native-udp.js'
import { testNativeUdp } from './self-test.js'

/** Made and tested with the first socket of a thread. */
export const nativeUdp = nativeOnce((koffi) => {
  const udp = new NativeUdp(koffi, loadLibc(koffi))
  testNativeUdp(koffi, udp)
  return udp
})
