import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateEcdsaCertificate, parseServerUrl } from '../node/index.js'
import { rtcConfiguration } from './rtc-configuration.js'
import { checkConfiguration, checkExtensions, serversToAsk } from './set-configuration.js'

const CONTEXT = "Failed to construct 'RTCPeerConnection'"

function check(configuration: unknown, old?: unknown, localDescriptionWasSet = false) {
  const before = old === undefined ? undefined : rtcConfiguration(old, CONTEXT)
  return checkConfiguration(rtcConfiguration(configuration, CONTEXT), before, localDescriptionWasSet, CONTEXT)
}

describe('ICE server URLs (RFC 7064, RFC 7065)', () => {
  test.each([
    'stun:stun.example.net',
    'stun:192.0.2.1:3478',
    'stun:[2001:db8::1]:3478',
    'stuns:stun.example.net:5349',
    'STUN:stun.example.net',
    ' stun:stun.example.net ',
    'stun:stun.example.net:',
    'stun:stun.example.net:03478',
    'stun:bücher.example',
    'stun:%61.example.net',
    'stun:127.1',
  ])('%j is taken', (urls) => {
    expect(check({ iceServers: [{ urls }] })).toEqual([{ urls: [urls] }])
  })

  test('whatever is taken is understood: no server is left out in silence', () => {
    const part = fc.constantFrom(
      ...['stun', 'turns', 'TURN', ':', ':', 'a.example', '[::1]', '127.1', 'ü', '%41', '443', '0', '?transport=udp'],
      ...['?TRANSPORT=tcp', '?', '#', '/', '//', '@', '\\', ' ', '\t', '.', '[', '%'],
    )
    const text = fc.array(part, { maxLength: 7 }).map((parts) => parts.join(''))
    const near = fc.tuple(fc.constantFrom('stun:', 'TURNS:', ' turn:'), text).map((parts) => parts.join(''))
    fc.assert(
      fc.property(near, (urls) => {
        try {
          check({ iceServers: [{ urls, username: 'u', credential: 'c' }] })
        } catch (error) {
          return (error as DOMException).name === 'SyntaxError'
        }
        return parseServerUrl(urls) !== undefined
      }),
      { numRuns: 2000 },
    )
  })

  test.each(['turn:turn.example.net', 'turn:[2001:db8::1]:3478?transport=udp', 'turns:turn.example.net?transport=tcp'])(
    '%s is taken with credentials alone',
    (urls) => {
      const credentials = { username: 'u', credential: 'c' }
      expect(check({ iceServers: [{ urls: [urls], ...credentials }] })).toEqual([{ urls: [urls], ...credentials }])
      for (const server of [{ urls }, { urls, username: 'u' }, { urls, credential: 'c' }]) {
        expect(() => check({ iceServers: [server] })).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }))
      }
      const username = 'u'.repeat(509) // RFC 8489 §14.3
      expect(() => check({ iceServers: [{ urls, username, credential: 'c' }] })).toThrow(
        expect.objectContaining({ name: 'InvalidAccessError' }),
      )
    },
  )

  test.each([
    '',
    'stun',
    'stun:',
    'stun://stun.example.net',
    'stun:stun.example.net/path',
    'stun:user@stun.example.net',
    'stun:stun.example.net?transport=udp',
    'stun:stun.example.net#',
    'stun:stun.example.net:70000',
    'stun:stun.example.net:0',
    'stun:[fe80::1%25eth0]',
    'stun:stun .example.net',
    'turn:turn.example.net?transport=sctp',
    'turn:turn.example.net?',
    'turn:turn.example.net?transport=udp?',
    'https://stun.example.net',
    'relative-url',
  ])('%j is a SyntaxError', (urls) => {
    const server = { urls, username: 'u', credential: 'c' }
    expect(() => check({ iceServers: [server] })).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
  })

  test('a server without URLs is a SyntaxError, one without the member a TypeError', () => {
    expect(() => check({ iceServers: [{ urls: [] }] })).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
    expect(() => check({ iceServers: [{}] })).toThrow(TypeError)
  })
})

describe('the configuration', () => {
  test('has its defaults', () => {
    expect(rtcConfiguration(undefined, CONTEXT)).toEqual({
      iceServers: [],
      iceTransportPolicy: 'all',
      bundlePolicy: 'balanced',
      rtcpMuxPolicy: 'require',
      certificates: [],
      iceCandidatePoolSize: 0,
    })
  })

  test.each([
    { iceTransportPolicy: 'none' },
    { bundlePolicy: null },
    { rtcpMuxPolicy: 'negotiate' },
    { iceCandidatePoolSize: 256 },
    { iceServers: null },
    { certificates: [{}] },
    { tincan: { portRange: { min: 1 } } },
    { tincan: { udpMux: {} } },
    { tincan: { iceParameters: { usernameFragment: 'abcd' } } },
  ])('%j is a TypeError', (configuration) => {
    expect(() => rtcConfiguration(configuration, CONTEXT)).toThrow(TypeError)
  })

  test('what must not change is an InvalidModificationError', () => {
    const refused = expect.objectContaining({ name: 'InvalidModificationError' }) as Error
    expect(() => check({ bundlePolicy: 'max-bundle' }, {})).toThrow(refused)
    expect(() => check({ iceCandidatePoolSize: 1 }, {}, true)).toThrow(refused)
    expect(check({ iceCandidatePoolSize: 1, iceTransportPolicy: 'relay' }, {}, false)).toEqual([])
  })
})

describe('extensions', () => {
  const certificate = generateEcdsaCertificate({ expires: Date.now() + 1000 }).der
  const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate).toString('base64')}\n-----END CERTIFICATE-----\n`

  test.each([
    {},
    { portRange: { min: 1024, max: 1024 } },
    { maxMessageSize: 2 ** 30 },
    { addresses: { only: ['eth0', '192.0.2.0/24'], except: ['::1'] } },
    { certificateAuthorities: [pem] },
    { iceParameters: { usernameFragment: 'libp2p+webrtc+v1/abc', password: 'libp2p+webrtc+v1/abc+abc' } },
  ])('%j is taken', (tincan) => {
    checkExtensions(rtcConfiguration({ tincan }, CONTEXT), CONTEXT)
  })

  test.each([
    { portRange: { min: 0, max: 5 } },
    { portRange: { min: 6, max: 5 } },
    { maxMessageSize: 0 },
    { maxMessageSize: 2 ** 30 + 1 },
    { addresses: { only: [''] } },
    { addresses: { except: ['192.0.2.0/33'] } },
    { certificateAuthorities: ['nonsense'] },
    { iceParameters: { usernameFragment: 'abc', password: 'a'.repeat(22) } },
    { iceParameters: { usernameFragment: 'abcd', password: 'a'.repeat(21) } },
    { iceParameters: { usernameFragment: 'ab:cd', password: 'a'.repeat(22) } },
    { iceParameters: { usernameFragment: 'abcd', password: 'a_'.repeat(22) } },
    { certificateAuthorities: [pem, pem.replace('MI', '!!')] },
  ])('%j is a TypeError', (tincan) => {
    expect(() => checkExtensions(rtcConfiguration({ tincan }, CONTEXT), CONTEXT)).toThrow(TypeError)
  })

  test('a lite ICE agent asks no server, and has no relays', () => {
    const tincan = { iceLite: true }
    const servers = [{ urls: ['stun:stun.example.net', 'turn:turn.example.net'] }]
    expect(serversToAsk(servers, { iceTransportPolicy: 'all', tincan })).toEqual([])
    const relayed = rtcConfiguration({ iceTransportPolicy: 'relay', tincan }, CONTEXT)
    expect(() => checkExtensions(relayed, CONTEXT)).toThrow(TypeError)
  })

  test('with a policy of "relay" no STUN server is asked', () => {
    const servers = [
      { urls: ['stun:a.example', 'TURN:a.example', 'stuns:a.example', ' turns:a.example'], username: 'u' },
    ]
    expect(serversToAsk(servers, { iceTransportPolicy: 'all' })).toEqual(servers)
    expect(serversToAsk(servers, { iceTransportPolicy: 'relay' })).toEqual([
      { urls: ['TURN:a.example', ' turns:a.example'], username: 'u' },
    ])
  })
})
