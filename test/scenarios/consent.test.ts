import { describe, expect, test } from 'vitest'
import { connectedPair, openChannel } from './support/connected-pair.js'

const isStun = (data: Uint8Array): boolean => data[0]! <= 3

describe('the path and what flows over it', () => {
  test('checks get lost while data flows: nothing is reported before consent expires', () => {
    const pair = connectedPair()
    const { alice, bob, link } = pair
    const [ours, theirs] = openChannel(pair, alice, bob)
    const since = link.now
    link.passes = ({ data }) => !isStun(data)
    const talk = (): void => {
      if (ours.readyState !== 'open' || alice.transport.iceState === 'failed') return
      ours.send('ping')
      link.after(500, talk)
    }
    talk()
    link.runFor(20_000)
    expect(theirs.messages.length).toBeGreaterThan(35)
    expect(alice.states('iceState')).toEqual([])
    expect(bob.states('iceState')).toEqual([])
    // RFC 7675 §5.1: data is no consent.
    link.runUntil(() => alice.states('iceState').includes('failed') && bob.states('iceState').includes('failed'))
    expect(link.now - since).toBeLessThanOrEqual(30_000)
    expect(alice.states('iceState')).toEqual(['failed'])
  })

  test('repeated datagrams of the peer are no sign of life', () => {
    const pair = connectedPair()
    const { alice, bob, link } = pair
    const [, theirs] = openChannel(pair, alice, bob)
    const seen: (() => void)[] = []
    link.tap = (datagram) => {
      if (datagram.to.address === '10.0.0.1' && !isStun(datagram.data)) seen.push(() => link.deliver(datagram))
    }
    theirs.send('once')
    link.runFor(100)
    expect(seen.length).toBeGreaterThan(0)
    link.passes = () => false
    for (let i = 0; i < 200; i++) link.after(i * 100, () => seen.forEach((deliver) => deliver()))
    link.runUntil(() => alice.transport.iceState === 'disconnected', { withinMillis: 15_000 })
  })

  test('one of two interfaces goes away: channels go on over the other one', () => {
    const pair = connectedPair({ alice: { addresses: ['10.0.0.1', '10.0.1.1'] } })
    const { alice, bob, link } = pair
    const [ours, theirs] = openChannel(pair, alice, bob)
    const lost = alice.transport.selectedPair!.local.address
    link.passes = ({ from, to }) => from.address !== lost && to.address !== lost
    ours.send('there')
    theirs.send('and back')
    link.runUntil(() => theirs.messages.includes('there') && ours.messages.includes('and back'), {
      withinMillis: 20_000,
    })
    expect(alice.transport.selectedPair!.local.address).not.toBe(lost)
    for (const end of [alice, bob]) expect(end.states('iceState')).not.toContain('failed')
  })
})
