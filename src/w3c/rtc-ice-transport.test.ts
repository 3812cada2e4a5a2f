import { afterEach, expect, test } from 'vitest'
import { VirtualNetwork } from '../../test/support/virtual-network.js'
import { withIo } from '../node/index.js'
import { RTCPeerConnection } from './index.js'
import type { RTCIceCandidate, RTCIceTransport } from './index.js'

const open: RTCPeerConnection[] = []

afterEach(() => {
  for (const connection of open.splice(0)) connection.close()
})

function rig() {
  const network = new VirtualNetwork()
  const [alice, bob] = ['192.0.2.1', '198.51.100.1'].map((address) => {
    return withIo(network.host({ addresses: [address] }), () => new RTCPeerConnection())
  }) as [RTCPeerConnection, RTCPeerConnection]
  open.push(alice, bob)
  const surfaced = new Map<RTCPeerConnection, RTCIceCandidate[]>()
  for (const [from, to] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const told: RTCIceCandidate[] = []
    surfaced.set(from, told)
    from.onicecandidate = ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== '') told.push(candidate)
      void to.addIceCandidate(candidate ?? undefined)
    }
  }
  alice.createDataChannel('x')
  return { network, alice, bob, surfaced }
}

const iceOf = (connection: RTCPeerConnection): RTCIceTransport => connection.sctp!.transport.iceTransport

function snapshot(ice: RTCIceTransport): unknown[] {
  return [ice.state, ice.gatheringState, ice.role, ice.getSelectedCandidatePair() === null ? 'none' : 'selected']
}

/** Its events, each with what could be read of it then. */
function record(ice: RTCIceTransport): string[] {
  const log: string[] = []
  for (const type of ['statechange', 'gatheringstatechange', 'selectedcandidatepairchange'] as const)
    ice.addEventListener(type, () => log.push(`${type} ${snapshot(ice).join(' ')}`))
  return log
}

function parametersIn(connection: RTCPeerConnection): unknown {
  const { sdp } = connection.localDescription!
  const value = (name: string) => new RegExp(`^a=${name}:(.*)\r$`, 'm').exec(sdp)![1]
  return { usernameFragment: value('ice-ufrag'), password: value('ice-pwd') }
}

async function answer(offerer: RTCPeerConnection, answerer: RTCPeerConnection): Promise<void> {
  await answerer.setLocalDescription()
  await offerer.setRemoteDescription(answerer.localDescription!)
}

test('what can be read of it, at first, at each event, after a restart and at the end', async () => {
  const { network, alice, bob, surfaced } = rig()
  await alice.setLocalDescription()
  const [first, log] = [iceOf(alice), record(iceOf(alice))]
  expect(first.component).toBe('rtp')
  expect(first.getRemoteParameters()).toBeNull()
  expect([first.getLocalParameters(), first.getRemoteCandidates()]).toEqual([parametersIn(alice), []])
  await bob.setRemoteDescription(alice.localDescription!)
  const theirs = iceOf(bob)
  expect([theirs.getLocalParameters(), theirs.getLocalCandidates()]).toEqual([null, []])
  expect(theirs.getRemoteParameters()).toEqual(parametersIn(alice))
  await answer(alice, bob)
  await network.run({ until: () => first.state === 'completed' && theirs.getSelectedCandidatePair() !== null })
  expect(log).toEqual([
    'gatheringstatechange new gathering controlling none',
    'gatheringstatechange new complete controlling none',
    'statechange checking complete controlling none',
    'selectedcandidatepairchange checking complete controlling selected',
    'statechange connected complete controlling selected',
    'statechange completed complete controlling selected',
  ])
  expect(theirs.role).toBe('controlled')
  for (const [side, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const ice = iceOf(side)
    expect([ice.getLocalParameters(), ice.getRemoteParameters()]).toEqual([parametersIn(side), parametersIn(other)])
    expect(ice.getLocalCandidates()).toEqual(surfaced.get(side))
    const texts = (candidates: readonly RTCIceCandidate[]) => candidates.map(({ candidate }) => candidate.split(' ')[4])
    expect(texts(ice.getRemoteCandidates())).toEqual(texts(surfaced.get(other)!))
    expect(ice.getSelectedCandidatePair()).toBe(ice.getSelectedCandidatePair())
  }
  const before = first.getLocalParameters()
  alice.restartIce()
  await alice.setLocalDescription()
  await bob.setRemoteDescription(alice.localDescription!)
  await answer(alice, bob)
  expect(iceOf(alice)).toBe(first)
  expect([first.getLocalParameters(), first.getRemoteParameters()]).toEqual([parametersIn(alice), parametersIn(bob)])
  expect(first.getLocalParameters()).not.toEqual(before)
  const count = log.length
  alice.close()
  expect([first.state, first.getSelectedCandidatePair()]).toEqual(['closed', null])
  await network.runFor(1000)
  expect(log.slice(count).filter((line) => line.startsWith('statechange'))).toEqual([]) // close() fires none
})
