import { expect, test } from 'vitest'
import { defaultPortOf, parseServerUrl, serviceNameOf } from './server-url.js'

test.each([
  ['stun:a.example', 'stun', 'a.example', undefined, 'udp', 3478],
  ['STUN:a.example:1', 'stun', 'a.example', 1, 'udp', 3478],
  ['stun:[::1]', 'stun', '::1', undefined, 'udp', 3478],
  ['stun:[::1]:7', 'stun', '::1', 7, 'udp', 3478],
  ['stuns:a.example', 'stuns', 'a.example', undefined, 'dtls', 5349],
  ['turn:a.example', 'turn', 'a.example', undefined, 'udp', 3478],
  ['turn:192.0.2.1:9?transport=udp', 'turn', '192.0.2.1', 9, 'udp', 3478],
  ['turn:a.example?transport=tcp', 'turn', 'a.example', undefined, 'tcp', 3478],
  ['turn:a.example?TRANSPORT=TCP', 'turn', 'a.example', undefined, 'tcp', 3478],
  ['turns:a.example', 'turns', 'a.example', undefined, 'tls', 5349],
  ['turns:a.example:443?transport=tcp', 'turns', 'a.example', 443, 'tls', 5349],
  ['turns:a.example?transport=udp', 'turns', 'a.example', undefined, 'dtls', 5349],
  ['turns:a.example:443', 'turns', 'a.example', 443, 'tls', 5349],
  ['turn:a.example:80?transport=tcp', 'turn', 'a.example', 80, 'tcp', 3478],
  // RFC 7064 §3.1 has the host and the port of RFC 3986 §3.2.2 and §3.2.3, which may be encoded, empty, or begin with zeros.
  ['stun:a.example:', 'stun', 'a.example', undefined, 'udp', 3478],
  ['stun:a.example:0003478', 'stun', 'a.example', 3478, 'udp', 3478],
  ['stun:%61.example', 'stun', 'a.example', undefined, 'udp', 3478],
  // What the URL standard makes of them, and so the check of configurations.
  [' stun:A.Example\n', 'stun', 'a.example', undefined, 'udp', 3478],
  ['turn:a.exa\tmple?transport=tcp ', 'turn', 'a.example', undefined, 'tcp', 3478],
  ['stun:bücher.example', 'stun', 'xn--bcher-kva.example', undefined, 'udp', 3478],
  ['stun:[2001:DB8::0:1]:443', 'stun', '2001:db8::1', 443, 'udp', 3478],
  ['stun:127.1', 'stun', '127.0.0.1', undefined, 'udp', 3478],
] as const)('%s', (url, scheme, host, port, protocol, defaultPort) => {
  const parsed = parseServerUrl(url)!
  expect(parsed).toEqual({ url, scheme, host, port, protocol })
  expect(defaultPortOf(parsed)).toBe(defaultPort)
})

test.each([
  'stun:a.example:0',
  'stun:a.example:65536',
  'stun:',
  'stun:::1',
  'stun:a.example?transport=udp',
  'stuns:a.example?transport=tcp',
  'turn:a.example?transport=sctp',
  'http:a.example',
])('%s is none', (url) => {
  expect(parseServerUrl(url)).toBeUndefined()
})

test.each([
  ['stun:a.example', '_stun._udp.a.example'],
  ['turn:a.example', '_turn._udp.a.example'],
  ['turn:a.example?transport=tcp', '_turn._tcp.a.example'],
  ['turns:a.example', '_turns._tcp.a.example'],
  ['stun:a.example:3478', undefined],
  ['stun:192.0.2.1', undefined],
  ['stun:[::1]', undefined],
  ['stun:localhost', undefined],
  ['stun:printer.local', undefined],
])('the service records of %s are %s', (url, name) => {
  expect(serviceNameOf(parseServerUrl(url)!)).toBe(name)
})
