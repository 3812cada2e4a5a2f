import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { resourcesOf, RTCPeerConnection, type RTCDataChannel } from '../../src/index.js'
import { runProgram } from '../support/run-program.js'
import { ChannelHistory } from './support/channel-history.js'
import { indexOf, payload } from './support/payload.js'

/** Which of the two paths is tested. */
let fastPath = true
const MESSAGE_BYTES = 65_536
/** 10 MiB. */
const MESSAGES = 160
const BUSY_MILLIS = 400

let open: RTCPeerConnection[] = []
afterEach(() => {
  for (const connection of open) connection.close()
  open = []
})

function once(target: EventTarget, type: string): Promise<unknown> {
  return new Promise((resolve) => target.addEventListener(type, resolve, { once: true }))
}

async function connected(): Promise<{ ours: RTCDataChannel; theirs: ChannelHistory; a: RTCPeerConnection }> {
  const configuration = { tincan: { includeLoopback: true, fastPath } }
  const [a, b] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)]
  open.push(a, b)
  a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate)
  b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate)
  const ours = a.createDataChannel('real')
  const theirs = new Promise<ChannelHistory>((resolve) => {
    b.ondatachannel = ({ channel }) => resolve(new ChannelHistory(channel))
  })
  const opened = once(ours, 'open')
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription!)
  await b.setLocalDescription()
  await a.setRemoteDescription(b.localDescription!)
  await opened
  return { ours, theirs: await theirs, a }
}

/** Nothing else happens in this process meanwhile: no datagram is read, no timer runs. */
function keepBusy(): void {
  const end = performance.now() + BUSY_MILLIS
  while (performance.now() < end);
}

describe.each([
  ['batched', true],
  ['plain', false],
])('on real sockets, %s', (_path, isFast) => {
  beforeAll(() => {
    fastPath = isFast
  })

  test('D4: 10 MiB, then close(): all of it arrives before close', async () => {
    const { ours, theirs } = await connected()
    const closed = Promise.all([once(ours, 'close'), once(theirs.channel, 'close')])
    for (let index = 0; index < MESSAGES; index++) ours.send(payload(index, MESSAGE_BYTES))
    ours.close()
    expect(ours.bufferedAmount).toBe(MESSAGES * MESSAGE_BYTES)
    await closed
    const indices = theirs.messages.map((data) => indexOf(data, MESSAGE_BYTES))
    expect(indices).toEqual(Array.from({ length: MESSAGES }, (_, index) => index))
    expect(theirs.milestones).toEqual(['open', 'closing', 'close'])
    expect([ours.bufferedAmount, theirs.violations()]).toEqual([0, []])
  })

  test('D4, D6: and as much the other way, which is sent though nobody looks at it', async () => {
    const { ours, theirs } = await connected()
    const closed = Promise.all([once(ours, 'close'), once(theirs.channel, 'close')])
    for (let index = 0; index < MESSAGES; index++) {
      ours.send(payload(index, MESSAGE_BYTES))
      theirs.channel.send(payload(index, MESSAGE_BYTES))
    }
    ours.close()
    await closed
    expect(theirs.messages).toHaveLength(MESSAGES)
    expect([theirs.channel.bufferedAmount, theirs.violations()]).toEqual([0, []])
  })

  test('D4: while the event loop is busy', async () => {
    const { ours, theirs } = await connected()
    const closed = Promise.all([once(ours, 'close'), once(theirs.channel, 'close')])
    theirs.channel.addEventListener('message', keepBusy, { once: true })
    theirs.channel.addEventListener('closing', keepBusy)
    for (let index = 0; index < 40; index++) ours.send(payload(index, MESSAGE_BYTES))
    ours.close()
    keepBusy()
    await closed
    expect(theirs.messages).toHaveLength(40)
    expect(theirs.milestones).toEqual(['open', 'closing', 'close'])
  })

  test('P4, P5: the connection, while the event loop is busy', async () => {
    const { ours, theirs, a } = await connected()
    const closed = Promise.all([once(ours, 'close'), once(theirs.channel, 'close')])
    keepBusy()
    a.close()
    keepBusy()
    await closed
    expect(theirs.milestones).toEqual(['open', 'error', 'close'])
    expect(theirs.errors).toMatchObject([{ sctpCauseCode: 12 }])
    await a[Symbol.asyncDispose]()
    expect(resourcesOf(a)).toEqual({ sockets: 0, timers: 0, lookups: 0, pendingTasks: 0 })
  })
})

const IMPORTS = "import { RTCPeerConnection } from './src/index.js'"

const CONNECT = `
  const configuration = { tincan: { includeLoopback: true } }
  const a = new RTCPeerConnection(configuration)
  const b = new RTCPeerConnection(configuration)
  process.on('unhandledRejection', (reason) => console.error('unhandled', reason))
  a.onicecandidate = ({ candidate }) => b.signalingState !== 'closed' && b.addIceCandidate(candidate)
  b.onicecandidate = ({ candidate }) => a.signalingState !== 'closed' && a.addIceCandidate(candidate)
  const channel = a.createDataChannel('exit')
  const opened = new Promise((resolve) => (channel.onopen = resolve))
  const step = async (moment) => {
    const steps = [
      () => a.setLocalDescription(),
      () => b.setRemoteDescription(a.localDescription),
      () => b.setLocalDescription(),
      () => a.setRemoteDescription(b.localDescription),
      () => opened,
    ]
    for (const one of steps.slice(0, moment)) await one()
  }
  process.on('exit', () => console.log('natural exit'))`

describe('P9: the process ends by itself', () => {
  const moments = ['new', 'offer set', 'offer received', 'answer set', 'answered', 'open'] as const

  test.each(moments.map((moment, index) => [moment, index] as const))(
    "both closed in the moment '%s'",
    async (_, index) => {
      const { stdout, stderr, exitCode } = await runProgram(
        IMPORTS,
        `${CONNECT}
        await step(${index})
        a.close()
        b.close()`,
      )
      expect({ stdout, stderr, exitCode }).toEqual({ stdout: 'natural exit\n', stderr: '', exitCode: 0 })
    },
  )

  test('with promises that never settle, and ten megabytes that nobody will get', async () => {
    const { stdout, stderr, exitCode } = await runProgram(
      IMPORTS,
      `${CONNECT}
      await step(5)
      for (let i = 0; i < 160; i++) channel.send(new Uint8Array(65536))
      channel.close()
      a.createOffer().then(() => console.log('settled'), () => console.log('settled'))
      b.setLocalDescription().then(() => console.log('settled'), () => console.log('settled'))
      a.close()
      b.close()`,
    )
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: 'natural exit\n', stderr: '', exitCode: 0 })
  })
})
