import { describe, expect, test } from 'vitest'
import { runProgram } from '../support/run-program.js'

// P1, P9: a process ends by itself after the last close(), without any clean-up call, from whatever state.

const IMPORTS = `
  import * as library from './src/index.js'
  import { createConnection, createPair, negotiate, once, until } from './bench/soak/library.js'
  import { openChannels } from './bench/soak/connection-cycles.js'
  const { RTCPeerConnection } = library`

/** The program ends by itself, well, in silence, and having printed that it came to its end. */
async function expectExit(body: string): Promise<void> {
  const result = await runProgram(IMPORTS, `${body}\nconsole.log('closed')`)
  expect(result).toEqual({ stdout: 'closed\n', stderr: '', exitCode: 0 })
}

const CLOSE_BOTH = 'pair.a.close(); pair.b.close()'

describe('P9: a process ends by itself', () => {
  const programs: Readonly<Record<string, string>> = {
    'with a connection that is not closed and was never used': `new RTCPeerConnection().createDataChannel('')`,
    'never connected': `const pc = new RTCPeerConnection(); pc.createDataChannel(''); pc.close()`,
    'negotiation is needed': `
      const pc = new RTCPeerConnection(); pc.createDataChannel('')
      await once(pc, 'negotiationneeded'); pc.close()`,
    'a description is being set': `
      const pc = new RTCPeerConnection(); pc.createDataChannel('')
      void pc.setLocalDescription(); pc.close()`,
    'sockets are being bound': `
      const pc = createConnection(library); pc.createDataChannel('')
      await pc.setLocalDescription(); pc.close()`,
    gathering: `
      const pc = createConnection(library); pc.createDataChannel('')
      await pc.setLocalDescription(); await once(pc, 'icecandidate'); pc.close()`,
    'gathering, with servers that do not answer and names that do not resolve': `
      const iceServers = [{ urls: ['stun:127.0.0.1:9', 'stun:nobody.invalid', 'stun:nobody.local'] }]
      const pc = new RTCPeerConnection({ iceServers, tincan: { includeLoopback: true } })
      pc.createDataChannel('')
      await pc.setLocalDescription(); await once(pc, 'icecandidate'); pc.close()`,
    gathered: `
      const pc = createConnection(library); pc.createDataChannel('')
      await pc.setLocalDescription()
      await until(pc, 'icegatheringstatechange', () => pc.iceGatheringState === 'complete')
      pc.close()`,
    'checking, with nobody on the other side': `
      const { a, b } = createPair(library)
      a.createDataChannel('')
      await a.setLocalDescription()
      await until(a, 'icegatheringstatechange', () => a.iceGatheringState === 'complete')
      await b.setRemoteDescription(a.localDescription)
      a.close()
      await b.setLocalDescription()
      await until(b, 'iceconnectionstatechange', () => b.iceConnectionState === 'checking')
      b.close()`,
    'checking a name that does not resolve': `
      const { a, b } = createPair(library)
      a.createDataChannel('')
      await negotiate({ a, b })
      await a.addIceCandidate({ candidate: 'candidate:1 1 udp 1 nobody.local 9 typ host', sdpMid: '0' })
      a.close(); b.close()`,
    connected: `const pair = createPair(library); await openChannels(pair); ${CLOSE_BOTH}`,
    'connected, one side alone': `
      const pair = createPair(library)
      const [, theirs] = await openChannels(pair)
      const closed = once(theirs, 'close')
      pair.a.close(); await closed; pair.b.close()`,
    'with much to send': `
      const pair = createPair(library)
      const [ours] = await openChannels(pair)
      for (let i = 0; i < 200; i++) ours.send(new Uint8Array(65_536))
      ${CLOSE_BOTH}`,
    'while a Blob is being read': `
      const pair = createPair(library)
      const [ours] = await openChannels(pair)
      ours.send(new Blob([new Uint8Array(200_000)]))
      ${CLOSE_BOTH}`,
    'while a channel closes': `
      const pair = createPair(library)
      const [ours, theirs] = await openChannels(pair)
      ours.close(); theirs.close(); ${CLOSE_BOTH}`,
    'after an ICE restart': `
      const pair = createPair(library)
      await openChannels(pair)
      pair.a.restartIce()
      await negotiate(pair); ${CLOSE_BOTH}`,
    'while stats are being gathered': `
      const pair = createPair(library)
      await openChannels(pair)
      void pair.a.getStats(); ${CLOSE_BOTH}`,
    failed: `
      const pair = createPair(library)
      pair.a.createDataChannel('')
      const wrong = 'a=fingerprint:sha-256 ' + Array(32).fill('00').join(':')
      await negotiate(pair, (sdp) => sdp.replace(/^a=fingerprint:.*$/m, wrong))
      await until(pair.a, 'connectionstatechange', () => pair.a.connectionState === 'failed')
      ${CLOSE_BOTH}`,
    'after a certificate was generated': `
      const certificate = await RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' })
      new RTCPeerConnection({ certificates: [certificate] }).close()`,
  }
  for (const [state, body] of Object.entries(programs)) {
    test(state, async () => await expectExit(body))
  }
})

describe('P1, P9: a process ends by itself when close() was called inside an event handler', () => {
  const onConnection = [
    'negotiationneeded',
    'signalingstatechange',
    'icegatheringstatechange',
    'icecandidate',
    'iceconnectionstatechange',
    'connectionstatechange',
    'datachannel',
  ]
  const whenHandled = (target: string, type: string) => `
    await new Promise((resolve) => ${target}.addEventListener('${type}', () => { ${CLOSE_BOTH}; resolve() }))`
  const begin = `
    const pair = createPair(library)
    pair.a.createDataChannel('')
    const ignore = (error) => { if (error.name !== 'InvalidStateError') throw error }`

  for (const type of onConnection) {
    const side = type === 'datachannel' ? 'pair.b' : 'pair.a'
    const negotiated = type === 'negotiationneeded' ? '' : `setImmediate(() => void negotiate(pair).catch(ignore))`
    test(`${type} of the connection`, async () => {
      await expectExit(`${begin}\n${negotiated}\n${whenHandled(side, type)}`)
    })
  }

  for (const [type, cause] of [
    ['open', `pair.b.ondatachannel = () => {}; const ours = pair.a.createDataChannel('late')`],
    ['message', `const [ours, theirs] = await openChannels(pair); theirs.send('')`],
    ['bufferedamountlow', `const [ours] = await openChannels(pair); ours.send(new Uint8Array(1000))`],
    ['closing', `const [ours, theirs] = await openChannels(pair); theirs.close()`],
    ['close', `const [ours] = await openChannels(pair); ours.close()`],
    ['error', `const [ours] = await openChannels(pair); pair.b.close()`],
  ] as const) {
    const connected = type === 'open' ? 'await openChannels(pair)' : ''
    test(`${type} of a channel`, async () => {
      await expectExit(`const pair = createPair(library)\n${connected}\n${cause}\n${whenHandled('ours', type)}`)
    })
  }

  for (const [name, target] of [
    ['SCTP', 'pair.a.sctp'],
    ['DTLS', 'pair.a.sctp.transport'],
    ['ICE', 'pair.a.sctp.transport.iceTransport'],
  ] as const) {
    test(`statechange of the ${name} transport`, async () => {
      await expectExit(`${begin}
        await pair.a.setLocalDescription(); await pair.b.setRemoteDescription(pair.a.localDescription)
        await pair.b.setLocalDescription(); await pair.a.setRemoteDescription(pair.b.localDescription)
        ${whenHandled(target, 'statechange')}`)
    })
  }
})
