import { expect, test } from 'vitest'
import { VirtualNetwork } from '../../../test/support/virtual-network.js'
import { withIo } from '../../node/index.js'
import {
  ERROR_CODE,
  METHOD_BINDING,
  parseStunMessage,
  StunMessageBuilder,
  XOR_MAPPED_ADDRESS,
} from '../../stun/index.js'
import type { StunAddress, StunError } from '../../stun/index.js'
import { probeTargets } from './ice-server.js'
import { probeServer } from './probe-server.js'
import type { ServerReport } from './report.js'

const SERVER = { address: '198.51.100.1', port: 3478 }
const [ONE, OTHER] = ['192.0.2.1', '192.0.2.2']
const CREDENTIALS = { username: 'me', credential: 'hunter2' }
/** Of the real clock, which the virtual one is ahead of. */
const TIMEOUT_MILLIS = 600_000

/** A server that answers with an error, or to a Binding request with where it came from; `undefined` is silence. */
async function serve(network: VirtualNetwork, answer: (from: StunAddress) => StunError | 'seen' | undefined) {
  const socket = await network
    .host({ addresses: [SERVER.address] })
    .bindUdp(SERVER.address, { min: SERVER.port, max: SERVER.port }, (data, from) => {
      const request = parseStunMessage(data)
      const said = request?.class === 'request' ? answer(from) : undefined
      if (request === undefined || said === undefined) return
      const kind = said === 'seen' ? 'success' : 'error'
      const builder = new StunMessageBuilder(kind, request.method, request.transactionId)
      if (said !== 'seen') builder.add(ERROR_CODE, said)
      else if (request.method === METHOD_BINDING) builder.add(XOR_MAPPED_ADDRESS, from)
      socket.send(builder.finish(), from)
    })
}

async function probe(network: VirtualNetwork, url: string): Promise<ServerReport> {
  const io = network.host({ addresses: [ONE, OTHER] })
  let report: ServerReport | undefined
  const [target] = probeTargets([url])
  const probing = withIo(io, () => probeServer(target!, CREDENTIALS, TIMEOUT_MILLIS))
  void probing.then((found) => (report = found))
  await network.run({ until: () => report !== undefined })
  expect(io.held).toEqual({ sockets: 0, timers: 0 })
  return report!
}

test.each([ONE, OTHER])('what the server says to one address counts for more than its silence to %s', async (mute) => {
  const network = new VirtualNetwork()
  await serve(network, ({ address }) => (address === mute ? undefined : { code: 403, reason: 'Forbidden' }))
  const { hasAnswered, error } = await probe(network, `turn:${SERVER.address}`)
  expect({ hasAnswered, error }).toEqual({ hasAnswered: false, error: { code: 403, text: 'Forbidden' } })
})

test('what it says is told without what steers a terminal, and without the password', async () => {
  const network = new VirtualNetwork()
  await serve(network, () => ({ code: 403, reason: '\u001b[2Jnot with hunter2' }))
  expect((await probe(network, `turn:${SERVER.address}`)).error).toEqual({ code: 403, text: ' [2Jnot with ***' })
})

test('a STUN server that sees the address that we have: neither an answer nor an error; other tests hear of it', async () => {
  const network = new VirtualNetwork()
  await serve(network, () => 'seen')
  const report = await probe(network, `stun:${SERVER.address}`)
  expect(report).toMatchObject({ hasAnswered: false, mapped: null, error: null })
})

test('silence: 701, in the words of the connection', async () => {
  const network = new VirtualNetwork()
  await serve(network, () => undefined)
  const { error } = await probe(network, `stun:${SERVER.address}`)
  expect(error).toEqual({ code: 701, text: 'The STUN server did not answer.' })
})
