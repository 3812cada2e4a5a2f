// What a runtime has to show, on the built package: data channels, and the rows of docs/closing.md in short.
// Prints the name of each row that held, and ends by itself.
import { deepStrictEqual as equal, ok } from 'node:assert'
import { resourcesOf, RTCPeerConnection } from 'tincan-rtc'
import { connect, pair } from '../../lifetime/fixtures/cases.mjs'

const once = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }))

/** Every event of a channel from now on. */
function record(channel) {
  const events = []
  for (const type of ['message', 'closing', 'error', 'close']) channel.addEventListener(type, () => events.push(type))
  return events
}

async function connected() {
  const [a, b] = pair()
  const [ours, theirs] = await connect(a, b)
  return { a, b, ours, theirs, end: () => [a, b].forEach((connection) => connection.close()) }
}

const rows = {
  'text and binary go both ways': async () => {
    const { ours, theirs, end } = await connected()
    for (const [from, to] of [
      [ours, theirs],
      [theirs, ours],
    ]) {
      const received = []
      to.onmessage = ({ data }) => received.push(data)
      const all = ['grüß dich', '', new Uint8Array(100_000).fill(7), new ArrayBuffer(0), new Blob(['from a blob'])]
      for (const message of all) from.send(message)
      while (received.length < all.length) await once(to, 'message')
      equal(received[0], 'grüß dich')
      equal(received[1], '')
      equal(new Uint8Array(received[2]), new Uint8Array(100_000).fill(7))
      equal(received[3].byteLength, 0)
      equal(new TextDecoder().decode(received[4]), 'from a blob')
    }
    end()
  },
  'D1 D2 D3 D6 D9: close() is done in the background, and both sides see it once, in order': async () => {
    const { ours, theirs, end } = await connected()
    const [our, their] = [record(ours), record(theirs)]
    const closed = Promise.all([once(ours, 'close'), once(theirs, 'close')])
    equal(ours.close(), undefined)
    equal(ours.readyState, 'closing')
    equal(our, [])
    equal(ours.close(), undefined)
    await closed
    equal(ours.close(), undefined)
    equal([our, their], [['close'], ['closing', 'close']])
    end()
  },
  'D4 D7: what was sent before close() all arrives before the close event': async () => {
    const { ours, theirs, end } = await connected()
    let bytes = 0
    theirs.onmessage = ({ data }) => (bytes += data.byteLength)
    const closed = once(theirs, 'close')
    for (let i = 0; i < 16; i++) ours.send(new Uint8Array(65_536))
    ours.close()
    let refusal
    try {
      ours.send('late')
    } catch (error) {
      refusal = error.name
    }
    equal(refusal, 'InvalidStateError')
    await closed
    equal(bytes, 16 * 65_536)
    end()
  },
  'D5: channels come and go on one connection, and ids are used again': async () => {
    const { a, end } = await connected()
    const ids = new Set()
    for (let i = 0; i < 50; i++) {
      const channel = a.createDataChannel(`cycle ${i}`)
      await once(channel, 'open')
      ids.add(channel.id)
      channel.close()
      await once(channel, 'close')
    }
    ok(ids.size <= 3, `${ids.size} ids`)
    end()
  },
  'D8 P1 P2 P4 P5 P6: connection.close() is done on return, and the other side is told why': async () => {
    const { a, b, ours, theirs } = await connected()
    const [our, their] = [record(ours), record(theirs)]
    const { sctp } = a
    let changes = 0
    for (const type of ['signalingstatechange', 'connectionstatechange', 'iceconnectionstatechange']) {
      a.addEventListener(type, () => changes++)
    }
    const [failed, closed, told] = [once(theirs, 'error'), once(theirs, 'close'), once(b.sctp.transport, 'statechange')]
    const ourClose = once(ours, 'close')
    equal(a.close(), undefined)
    equal(a.close(), undefined)
    equal([a.signalingState, a.connectionState, a.iceConnectionState], ['closed', 'closed', 'closed'])
    equal([sctp.state, sctp.transport.state, sctp.transport.iceTransport.state], ['closed', 'closed', 'closed'])
    equal(ours.readyState, 'closed')
    const { error } = await failed
    equal([error.name, error.errorDetail, error.sctpCauseCode], ['OperationError', 'sctp-failure', 12])
    equal(error.cause.name, 'NetworkError')
    await Promise.all([closed, told, ourClose])
    equal(b.sctp.transport.state, 'closed')
    equal([our, their], [['close'], ['error', 'close']])
    equal(changes, 0)
    b.close()
  },
  'P7 P8: nothing is held and nothing happens after close()': async () => {
    const { a, b, end } = await connected()
    const restarted = new RTCPeerConnection({ tincan: { includeLoopback: true } })
    restarted.createDataChannel('')
    let candidates = 0
    await restarted.setLocalDescription()
    restarted.onicecandidate = () => candidates++
    restarted.close()
    end()
    for (const connection of [a, b, restarted]) {
      await connection[Symbol.asyncDispose]()
      equal({ ...resourcesOf(connection) }, { sockets: 0, timers: 0, lookups: 0, pendingTasks: 0 })
    }
    equal(candidates, 0)
  },
}

for (const [name, run] of Object.entries(rows)) {
  await run()
  console.log(name)
}
