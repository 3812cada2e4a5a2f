import type { RTCDataChannelInit, RTCDataChannel, RTCPeerConnection } from './index.js'
import * as w3c from './index.js'

/** Two connections on loopback that trickle to each other; both end with the test. */
export class Pair implements Disposable {
  readonly a: RTCPeerConnection
  readonly b: RTCPeerConnection

  constructor(configuration: w3c.RTCConfiguration = {}) {
    const onLoopback = { ...configuration, tincan: { includeLoopback: true } }
    this.a = new w3c.RTCPeerConnection(onLoopback)
    this.b = new w3c.RTCPeerConnection(onLoopback)
    trickle(this.a, this.b)
    trickle(this.b, this.a)
  }

  async negotiate(): Promise<void> {
    await this.a.setLocalDescription()
    await this.b.setRemoteDescription(this.a.localDescription!)
    await this.b.setLocalDescription()
    await this.a.setRemoteDescription(this.b.localDescription!)
  }

  /** A channel that a opened, and what b was handed; both open. */
  async channels(label = 'label', init: RTCDataChannelInit = {}): Promise<[RTCDataChannel, RTCDataChannel]> {
    const ours = this.a.createDataChannel(label, init)
    const theirs = once<w3c.RTCDataChannelEvent>(this.b, 'datachannel').then(async ({ channel }) => {
      await once(channel, 'open')
      return channel
    })
    const opened = once(ours, 'open')
    if (this.a.signalingState === 'stable' && this.a.remoteDescription === null) await this.negotiate()
    await opened
    return [ours, await theirs]
  }

  [Symbol.dispose](): void {
    this.a.close()
    this.b.close()
  }
}

export function once<E extends Event = Event>(target: EventTarget, type: string): Promise<E> {
  return new Promise((resolve) => {
    target.addEventListener(type, (event) => resolve(event as E), { once: true })
  })
}

/** Writes down every event of the names, and what `state` says at that time. */
export function record(target: EventTarget, types: readonly string[], state: () => string, into: string[] = []) {
  for (const type of types) target.addEventListener(type, () => into.push(`${type} ${state()}`))
  return into
}

export function task(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function trickle(from: RTCPeerConnection, to: RTCPeerConnection): void {
  from.addEventListener('icecandidate', ({ candidate }) => {
    if (to.signalingState !== 'closed') void to.addIceCandidate(candidate)
  })
}
