import { expect, test } from 'vitest'
import { addressScope } from './address-scope.js'
import { probeTargets } from './ice-server.js'
import { printable } from './printable.js'

test.each([
  ['127.0.0.1', 'loopback'],
  ['::1', 'loopback'],
  ['169.254.3.4', 'link-local'],
  ['fe80::1', 'link-local'],
  ['10.1.2.3', 'private'],
  ['100.64.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.0.1', 'private'],
  ['fd00::1', 'private'],
  ['2001:db8::1', 'private'],
  ['172.32.0.1', 'global'],
  ['8.8.8.8', 'global'],
  ['2a00::1', 'global'],
])('%s is %s', (address, scope) => {
  expect(addressScope(address)).toBe(scope)
})

test('each URL says its transport; TURN without one is tried over TCP too, once', () => {
  const urls = ['stun:a', 'turn:b', 'turn:b?transport=tcp', 'TURN:c:1', 'turns:d', 'stuns:e', 'turns:f?transport=udp']
  const targets = probeTargets(urls).map(({ url, kind, transport, isNamed }) => [url, kind, transport, isNamed])
  expect(targets).toEqual([
    ['stun:a', 'stun', 'udp', true],
    ['turn:b', 'turn', 'udp', true],
    ['turn:b?transport=tcp', 'turn', 'tcp', true],
    ['TURN:c:1', 'turn', 'udp', true],
    ['turns:d', 'turn', 'tls', true],
    ['stuns:e', 'stun', 'dtls', true],
    ['turns:f?transport=udp', 'turn', 'dtls', true],
    ['TURN:c:1?transport=tcp', 'turn', 'tcp', false],
  ])
})

test.each([
  ['stun:127.0.0.1', true],
  ['turn:127.9.9.9:1?transport=tcp', true],
  ['stun:localhost', true],
  ['stun:[::1]:3478', true],
  ['stun:127.0.0.1.example', false],
  ['stun:localhost.example', false],
  ['stun:10.0.0.1', false],
])('%s on loopback: %s', (url, isLoopback) => {
  expect(probeTargets([url])[0]!.isLoopback).toBe(isLoopback)
})

test('what a server says cannot steer the terminal, tell the secret or fill the screen', () => {
  expect(printable('bad\u001b[2J\r\n\u0007thing\u202e', undefined)).toBe('bad [2J thing ')
  expect(printable('no user with password hunter2', 'hunter2')).toBe('no user with password ***')
  expect(printable('as it is', '')).toBe('as it is')
  expect(printable('x'.repeat(763), undefined)).toHaveLength(200)
})
