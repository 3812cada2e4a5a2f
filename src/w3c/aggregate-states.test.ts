import { describe, expect, test } from 'vitest'
import { deriveConnectionState, deriveGatheringState, deriveIceConnectionState } from './aggregate-states.js'

describe('RTCIceConnectionState', () => {
  test.each([
    [[], 'new'],
    [['new', 'closed'], 'new'],
    [['new', 'connected'], 'checking'],
    [['checking', 'completed'], 'checking'],
    [['completed', 'closed'], 'completed'],
    [['completed', 'connected'], 'connected'],
    [['disconnected', 'connected'], 'disconnected'],
    [['failed', 'disconnected'], 'failed'],
  ] as const)('of %j is %s', (transports, state) => {
    expect(deriveIceConnectionState(transports)).toBe(state)
  })
})

describe('RTCPeerConnectionState', () => {
  test.each([
    ['new', [], 'new'],
    ['new', ['new'], 'new'],
    ['new', ['connecting'], 'connecting'],
    ['checking', ['new'], 'connecting'],
    ['connected', ['connecting'], 'connecting'],
    ['connected', ['connected'], 'connected'],
    ['completed', ['connected'], 'connected'],
    ['connected', ['closed', 'connected'], 'connected'],
    ['disconnected', ['closed'], 'disconnected'],
    ['connected', ['failed'], 'failed'],
    ['failed', ['connected'], 'failed'],
  ] as const)('of ICE %s and DTLS %j is %s', (ice, transports, state) => {
    expect(deriveConnectionState(ice, transports)).toBe(state)
  })
})

describe('RTCIceGatheringState', () => {
  test.each([
    [[], 'new'],
    [['new', 'complete'], 'new'],
    [['new', 'gathering'], 'gathering'],
    [['complete', 'complete'], 'complete'],
  ] as const)('of %j is %s', (transports, state) => {
    expect(deriveGatheringState(transports)).toBe(state)
  })
})
