import { expect, test } from 'vitest'
import type { NatBehavior } from '../../index.js'
import type { ServerReport } from './report.js'
import { withObservation } from './with-observation.js'

const SILENT: ServerReport = {
  url: 'stun:192.0.2.1:3478',
  isNamed: true,
  kind: 'stun',
  transport: 'udp',
  hasAnswered: false,
  millis: 3,
  mapped: null,
  relayed: null,
  error: null,
}
const HEARD: NatBehavior = {
  localAddress: '198.51.100.7',
  servers: [
    {
      url: SILENT.url,
      address: '192.0.2.1',
      port: 3478,
      mappedAddress: '198.51.100.7',
      mappedPort: 5000,
      roundTripMillis: 12.34,
    },
  ],
  isTranslated: false,
  mapping: null,
  filtering: null,
  hairpinning: null,
}

test('a STUN server that made no candidate has answered if the NAT tests heard of it', () => {
  const mapped = { address: '198.51.100.7', port: 5000 }
  expect(withObservation(SILENT, [HEARD])).toEqual({ ...SILENT, hasAnswered: true, millis: 12.3, mapped })
})

test('one that they did not hear of is out of reach; of one that they had no time for that is not said', () => {
  expect(withObservation(SILENT, []).error?.text).toBe('No address of this machine reaches it.')
  expect(withObservation(SILENT, undefined).error?.text).toMatch(/^Whether it answers was not known/)
})

test('what was told of a server stays: its own error, an answer, an allocation', () => {
  const refused = { ...SILENT, error: { code: 701, text: 'The port is closed.' } }
  const relay: ServerReport = { ...SILENT, kind: 'turn' }
  for (const nat of [[], undefined]) {
    expect(withObservation(refused, nat)).toEqual(refused)
    expect(withObservation(relay, nat)).toEqual(relay)
  }
  expect(withObservation({ ...SILENT, hasAnswered: true }, [HEARD]).mapped).toBeNull()
})

test('over DTLS no other test asks: without an error it has answered', () => {
  expect(withObservation({ ...SILENT, transport: 'dtls' }, undefined)).toMatchObject({ hasAnswered: true, error: null })
})
