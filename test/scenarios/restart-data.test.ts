import { expect, test } from 'vitest'
import { buildCheck } from '../../src/ice/binding.js'
import { seededCrypto } from './support/endpoint.js'
import { connectedPair, openChannel, refused, unwrap } from './support/connected-pair.js'

const NEW_SOCKET = { address: '10.0.0.1', port: 7777 }

test('a peer that offers a restart and sends over its new socket at once is heard before we have answered', () => {
  const pair = connectedPair({ rttMillis: 40 })
  const { alice, bob, link } = pair
  const [ours, theirs] = openChannel(pair, alice, bob)
  const { local, to } = alice.transport.selectedPair!
  refused(alice.peer.setLocalDescription(alice.now, 'offer', unwrap(alice.peer.createOffer({ iceRestart: true }))))
  refused(bob.peer.setRemoteDescription(bob.now, 'offer', alice.peer.localDescriptions.pending!.sdp))

  // All DTLS of hers comes from an address that nothing vouches for, and nothing comes of it.
  link.passes = ({ from, to: target, data }) => {
    if (from.port !== local.port || from.address !== local.address || data[0]! <= 3) return true
    link.after(20, () => link.deliver({ from: NEW_SOCKET, to: target, data }))
    return false
  }
  ours.send('unheard')
  link.runFor(500)
  expect(theirs.messages).toEqual([])
  expect(bob.peer.counters['transport.dtlsFromUnvalidatedPath']).toBeGreaterThan(0)

  // A check from there, with what bob said before the restart and what she says now.
  const check = buildCheck(seededCrypto(5), {
    transactionId: new Uint8Array(12).fill(7),
    local: alice.transport.localParameters!,
    remote: bob.transport.localParameters!,
    priority: 1,
    role: 'controlling',
    tieBreaker: 1n,
    nominate: true,
  })
  link.deliver({ from: NEW_SOCKET, to, data: check })
  ours.send('heard')
  link.runUntil(() => theirs.messages.length === 2, { withinMillis: 5000 })
  expect(theirs.messages).toEqual(['unheard', 'heard'])
  expect(bob.transport.selectedPair!.to).toEqual({ address: local.address, port: local.port })
})
