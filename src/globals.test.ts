import { expect, test } from 'vitest'

test('globals installs the W3C names that are missing, and nothing else', async () => {
  const Native = class RTCIceCandidate {
    readonly isNative = true
  }
  Reflect.set(globalThis, 'RTCIceCandidate', Native)
  const before = new Set(Object.getOwnPropertyNames(globalThis))
  await import('./globals.js')
  const installed = Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name))
  const { RTCPeerConnection } = await import('./index.js')
  expect(installed).toEqual(
    expect.arrayContaining(['RTCPeerConnection', 'RTCDataChannel', 'MediaStream', 'OverconstrainedError']),
  )
  expect(installed.filter((name) => !name.startsWith('RTC')).sort()).toEqual([
    'MediaStream',
    'MediaStreamTrack',
    'MediaStreamTrackEvent',
    'OverconstrainedError',
  ])
  expect(Object.getOwnPropertyDescriptor(globalThis, 'RTCPeerConnection')).toEqual({
    value: RTCPeerConnection,
    writable: true,
    configurable: true,
    enumerable: false,
  })
  expect(Reflect.get(globalThis, 'RTCIceCandidate')).toBe(Native)
})
