import { describe, expect, test } from 'vitest'
import { openChannel } from './data-channel.test-support.js'
import {
  RTCDataChannelEvent,
  RTCError,
  RTCErrorEvent,
  RTCIceCandidate,
  RTCPeerConnectionIceErrorEvent,
  RTCPeerConnectionIceEvent,
  RTCSessionDescription,
} from './index.js'

const error = new RTCError({ errorDetail: 'sdp-syntax-error', sdpLineNumber: 3 }, 'line 3')
const candidate = new RTCIceCandidate({ sdpMid: '0' })

test('an RTCError is a DOMException of the runtime', () => {
  expect(error).toBeInstanceOf(DOMException)
  expect(error).toMatchObject({ name: 'OperationError', message: 'line 3', code: 0, sdpLineNumber: 3 })
  expect([error.sctpCauseCode, error.receivedAlert, error.sentAlert]).toEqual([null, null, null])
  // A member of WebRTC Identity, which is not here; code looks for it to see whether it is.
  expect('httpRequestStatusCode' in error).toBe(false)
})

describe('event constructors', () => {
  test('initialise what the dictionary says', () => {
    const { channel } = openChannel()
    expect(new RTCDataChannelEvent('x', { channel, cancelable: true })).toMatchObject({ channel, cancelable: true })
    expect(new RTCErrorEvent('error', { error }).error).toBe(error)
    expect(new RTCPeerConnectionIceEvent('x')).toMatchObject({ type: 'x', candidate: null, url: null })
    expect(new RTCPeerConnectionIceEvent('x', { candidate, url: 'stun:x' })).toMatchObject({ candidate, url: 'stun:x' })
    const iceError = new RTCPeerConnectionIceErrorEvent('x', { errorCode: 701, port: 1, url: 'stun:x' })
    expect(iceError).toMatchObject({ errorCode: 701, address: null, port: 1, url: 'stun:x', errorText: '' })
  })

  test.each([
    [RTCDataChannelEvent, { channel: {} }],
    [RTCErrorEvent, { error: new Error('no RTCError') }],
    [RTCPeerConnectionIceEvent, { candidate: {} }],
    [RTCPeerConnectionIceErrorEvent, {}],
  ])('%o refuses a dictionary that does not convert', (Constructor, init) => {
    expect(() => Reflect.construct(Constructor, ['x', init]) as unknown).toThrow(TypeError)
    expect(() => Reflect.construct(Constructor, []) as unknown).toThrow(TypeError)
  })
})

describe('RTCIceCandidate', () => {
  test('shows what its attribute says', () => {
    const text = 'candidate:1 1 tcp 2105458942 192.0.2.1 9 typ srflx raddr 10.0.0.1 rport 5 tcptype active'
    expect(new RTCIceCandidate({ candidate: text, sdpMLineIndex: 0, usernameFragment: 'u' })).toMatchObject({
      candidate: text,
      sdpMid: null,
      sdpMLineIndex: 0,
      foundation: '1',
      component: 'rtp',
      protocol: 'tcp',
      priority: 2105458942,
      address: '192.0.2.1',
      port: 9,
      type: 'srflx',
      tcpType: 'active',
      relatedAddress: '10.0.0.1',
      relatedPort: 5,
      usernameFragment: 'u',
      relayProtocol: null,
      url: null,
    })
  })

  test('keeps a text that does not parse, and signals four members', () => {
    const unknown = new RTCIceCandidate({ candidate: 'anything', sdpMid: 'm', url: 'stun:x' })
    expect([unknown.candidate, unknown.type, unknown.address]).toEqual(['anything', null, null])
    expect(JSON.parse(JSON.stringify(unknown))).toEqual({
      candidate: 'anything',
      sdpMid: 'm',
      sdpMLineIndex: null,
      usernameFragment: null,
    })
    expect(() => new RTCIceCandidate({ candidate: '' })).toThrow(TypeError)
  })
})

test('a session description is its type and its text', () => {
  expect(JSON.parse(JSON.stringify(new RTCSessionDescription({ type: 'offer' })))).toEqual({ type: 'offer', sdp: '' })
  expect(() => Reflect.construct(RTCSessionDescription, [{ type: 'maybe' }]) as unknown).toThrow(TypeError)
})
