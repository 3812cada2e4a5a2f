import { canPoll, yieldCore } from './can-poll.js'
import type { Io } from './io.js'
import { presentAddresses, presentLocalAddresses } from './local-addresses.js'
import { NodeTimer } from './node-timer.js'
import { publishName, resolveName } from './resolve-name.js'
import { resolveService } from './service-records.js'
import { listenStream } from './stream-listener.js'
import { connectStream } from './stream-socket.js'
import { refusesUdp } from './udp-refusal.js'
import { bindUdp } from './bind-udp.js'

/** This machine. */
export const nodeIo: Io = {
  now: () => performance.now(),
  createTimer: (callback) => new NodeTimer(callback),
  queueTask: (callback) => void setImmediate(callback),
  canPoll,
  yieldCore,
  localAddresses: presentLocalAddresses,
  presentAddresses,
  bindUdp,
  connectStream,
  listenStream,
  refusesUdp,
  resolve: resolveName,
  publishName,
  resolveService,
}
