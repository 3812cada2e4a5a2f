import { describe, expect, test, vi } from 'vitest'
import { connection, ecdsaP256, ecdsaP384, Link, rsa2048, sha256Of } from './dtls.test-support.js'
import { CIPHER_SUITES } from './cipher-suites.js'
import * as certificateRequest from './handshake/certificate-request.js'
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

describe('several certificates: the first that the peer can verify (W3C RTCConfiguration.certificates)', () => {
  const both = { certificate: ecdsaP256, furtherCertificates: [rsa2048] }

  test('the first, where nothing is against it', () => {
    const link = new Link(connection('client', both), connection('server', both))
    expect(link.connect()).toBe(true)
    expect(link.client.event('connected')?.localCertificate).toEqual(ecdsaP256.der)
    expect(link.server.event('connected')?.localCertificate).toEqual(ecdsaP256.der)
  })

  test('a server takes the one that goes with what the client offers', () => {
    const client = connection('client', {
      peer: rsa2048,
      cipherSuites: CIPHER_SUITES.filter(({ keyType }) => keyType === 'rsa').map(({ name }) => name),
    })
    const link = new Link(client, connection('server', both))
    expect(link.connect()).toBe(true)
    expect(link.server.event('connected')?.localCertificate).toEqual(rsa2048.der)
    expect(client.remoteCertificates[0]).toEqual(rsa2048.der)
  })

  test('a client takes the one that goes with what the server asks for', () => {
    const rsaOnly = vi.spyOn(certificateRequest, 'parseCertificateRequest')
    rsaOnly.mockReturnValue({ certificateTypes: Uint8Array.of(1), signatureAlgorithms: [0x0401] })
    const server = connection('server', { peer: rsa2048 })
    const link = new Link(connection('client', both), server)
    expect(link.connect()).toBe(true)
    rsaOnly.mockRestore()
    expect(link.client.event('connected')?.localCertificate).toEqual(rsa2048.der)
    expect(server.remoteCertificates[0]).toEqual(rsa2048.der)
  })
})
