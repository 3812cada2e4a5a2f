/**
 * A peer that begins another transport with the credentials of the one that it ends, as browsers do when the first section of a bundle
 * is stopped. The former one may still answer, and nominate, until it is gone.
 */
import { expect, test } from 'vitest'
import type { IceRole } from './index.js'
import { type End, ScriptedPeer } from './scripted-peer.test-support.js'
import { Peer, VirtualNetwork } from './virtual-network.test-support.js'

const local = { usernameFragment: 'theirs', password: 'their password of all the session' }
const LEFT: End = { socket: { address: '192.0.2.7', port: 7 }, local }
const NEW: End = { socket: { address: '192.0.2.7', port: 77 }, local }
const theirRoles = ['controlling', 'controlled'] as const

function connected(theirRole: IceRole) {
  const network = new VirtualNetwork({ delayMillis: 1 })
  const us = new Peer(network, theirRole === 'controlled' ? 'controlling' : 'controlled', { addresses: ['192.0.2.1'] })
  const peer = new ScriptedPeer(network, us, theirRole)
  peer.listen(LEFT)
  peer.signal(LEFT)
  const ours = us.agent.localParameters!
  const nominates = theirRole === 'controlling'
  const ask = (end: End): void => peer.check(end, ours, nominates)
  ask(LEFT)
  expect(us.agent.selectedPair?.to).toEqual(LEFT.socket)
  expect(us.agent.isSettled).toBe(true)
  const isLeft = (): void =>
    us.agent.pathLost(network.now, { socketId: 1, to: LEFT.socket, broke: false, isLeft: true })
  return { network, us, peer, ask, isLeft }
}

test.each(theirRoles)(
  'what answered last at the former place gives way to the new one at once (the peer is %s)',
  (role) => {
    const { us, peer, ask, isLeft } = connected(role)
    isLeft()
    ask(LEFT)
    expect(us.agent.selectedPair?.to).toEqual(LEFT.socket)
    peer.listen(NEW)
    // Peer-reflexive, and so of a lower priority than the host that it was.
    ask(NEW)
    expect(us.agent.selectedPair?.to).toEqual(NEW.socket)
    expect(us.agent.isSettled).toBe(true)
    ask(LEFT)
    expect(us.agent.selectedPair?.to).toEqual(NEW.socket)
  },
)

test.each(theirRoles)('a new place that came first stays selected (the peer is %s)', (role) => {
  const { us, peer, ask, isLeft } = connected(role)
  isLeft()
  peer.listen(NEW)
  ask(NEW)
  ask(LEFT)
  expect(us.agent.selectedPair?.to).toEqual(NEW.socket)
})

test.each(theirRoles)('a peer that stays where it was is found there (the peer is %s)', (role) => {
  const { network, us, ask, isLeft } = connected(role)
  isLeft()
  ask(LEFT)
  network.runFor(60_000)
  expect(us.agent.selectedPair?.to).toEqual(LEFT.socket)
  expect([us.agent.state, us.agent.isSettled]).toEqual(['connected', true])
})
