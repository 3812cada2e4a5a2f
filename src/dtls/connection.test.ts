import { describe, expect, test } from 'vitest'
import { connection, ecdsaP256, ecdsaP384, Link, rsa2048, sha256Of } from './dtls.test-support.js'
import { CIPHER_SUITES } from './cipher-suites.js'
import { NAMED_GROUPS } from './code-points.js'

describe('handshake matrix', () => {
  const certificates = { ecdsaP256, ecdsaP384, rsa2048 }
  for (const [clientName, clientCertificate] of Object.entries(certificates)) {
    for (const [serverName, serverCertificate] of Object.entries(certificates)) {
      for (const suite of CIPHER_SUITES.filter((s) => s.keyType === serverCertificate.keyType)) {
        for (const group of NAMED_GROUPS) {
          test(`${suite.name}, ${group}, client ${clientName}, server ${serverName}`, () => {
            const client = connection('client', {
              certificate: clientCertificate,
              peer: serverCertificate,
              groups: [group],
            })
            const server = connection('server', {
              certificate: serverCertificate,
              peer: clientCertificate,
              cipherSuites: [suite.name],
            })
            const link = new Link(client, server)
            expect(link.connect()).toBe(true)
            const negotiated = { version: 'DTLS 1.2', cipherSuite: suite.name, group }
            expect(link.client.event('connected')).toMatchObject(negotiated)
            expect(link.server.event('connected')).toMatchObject(negotiated)
            expect(client.remoteCertificates[0]).toEqual(serverCertificate.der)
            expect(server.remoteCertificates[0]).toEqual(clientCertificate.der)
            const exported = client.exportKeyingMaterial('EXTRACTOR-dtls_srtp', undefined, 60)
            expect(exported).toHaveLength(60)
            expect(server.exportKeyingMaterial('EXTRACTOR-dtls_srtp', undefined, 60)).toEqual(exported)
            link.send(link.client, 'from the client')
            link.send(link.server, 'from the server')
            link.run(undefined, 100)
            expect(link.server.data).toEqual(['from the client'])
            expect(link.client.data).toEqual(['from the server'])
          })
        }
      }
    }
  }
})

test('a fingerprint that does not match fails both ends with bad_certificate', () => {
  const client = connection('client', { remoteFingerprints: [sha256Of(ecdsaP384)] })
  const link = new Link(client, connection('server'))
  expect(link.start().run(() => client.state === 'failed')).toBe(true)
  const failed = link.client.event('failed')
  expect(failed?.error).toMatchObject({ code: 'dtls.fingerprint', details: { sentAlert: 42 } })
  // The alert is in plain text: the server takes its time to believe it.
  expect(link.run(() => link.server.connection.state === 'failed', 5000)).toBe(true)
  expect(link.server.event('failed')?.error).toMatchObject({ code: 'dtls.alert', details: { receivedAlert: 42 } })
})
