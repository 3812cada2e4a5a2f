import { describe, expect, test } from 'vitest'
import { runProgram } from '../support/run-program.js'

// Connections that nobody closes and nobody refers to any more, and that hold no socket.

const IMPORTS = `
  import { RTCPeerConnection } from './src/index.js'
  import { Census } from './test/lifetime/census.js'`

const COUNT = 30

describe('P9: an unreferenced connection that was never connected is collected, and does not hold the process', () => {
  for (const [state, steps] of [
    ['just constructed', ''],
    [
      'with handlers on itself and its channel',
      `pc.createDataChannel('').onopen = () => pc.close(); pc.onicecandidate = () => pc.close()`,
    ],
    ['with a server', `pc.setConfiguration({ iceServers: [{ urls: 'stun:192.0.2.1' }] })`],
    ['after createOffer()', `pc.createDataChannel(''); await pc.createOffer()`],
    ['while createOffer() is pending', `pc.createDataChannel(''); void pc.createOffer()`],
    ['with a remote offer', 'await pc.setRemoteDescription(offer)'],
    [
      'with a remote offer and its candidates',
      'await pc.setRemoteDescription(offer); await pc.addIceCandidate(candidate)',
    ],
    ['with an answer that is not applied', 'await pc.setRemoteDescription(offer); await pc.createAnswer()'],
    ['with its stats', 'await pc.getStats()'],
    ['with a restart of ICE', 'pc.restartIce()'],
  ] as const) {
    test(state, async () => {
      const { stdout, stderr, exitCode } = await runProgram(
        IMPORTS,
        `
        const offerer = new RTCPeerConnection()
        offerer.createDataChannel('')
        const offer = await offerer.createOffer()
        const candidate = { candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', sdpMid: '0' }
        const census = new Census()
        const live = async () => {
          const pc = new RTCPeerConnection()
          census.add(pc)
          ${steps}
        }
        for (let i = 0; i < ${COUNT}; i++) await live()
        await census.collect()
        console.log(census.collected)`,
      )
      expect(stderr).toBe('')
      expect(exitCode).toBe(0)
      expect(Number(stdout)).toBe(COUNT)
    })
  }
})
