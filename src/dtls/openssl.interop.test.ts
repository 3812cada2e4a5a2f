import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CIPHER_SUITES, type CipherSuiteName } from './cipher-suites.js'
import { connection, ecdsaP256, ecdsaP384, rsa2048 } from './dtls.test-support.js'
import { HELLO_VERIFY_REQUEST } from './handshake/message.js'
import { hasOpenssl, OpensslProcess, PemDirectory, toHex, UdpEnd, type PemFiles } from './openssl.test-support.js'
import { RECORD_HEADER_BYTES } from './record/record.js'
import type { DtlsOptions } from './types.js'

/** OpenSSL has names of its own. */
const OPENSSL_NAMES: Readonly<Record<CipherSuiteName, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
}
const EXPORT = ['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', '60']
const SRTP = ['-use_srtp', 'SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80']

describe.runIf(hasOpenssl())('interop with the openssl command', () => {
  let directory: PemDirectory
  let pems: Record<'ecdsa' | 'p384' | 'rsa', PemFiles>

  beforeAll(() => {
    directory = new PemDirectory()
    pems = {
      ecdsa: directory.create('ecdsa', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']),
      p384: directory.create('p384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1']),
      rsa: directory.create('rsa', ['-newkey', 'rsa:2048']),
    }
  })
  afterAll(() => directory.remove())

  async function withServer(
    pem: PemFiles,
    extra: readonly string[],
    options: Partial<DtlsOptions>,
    body: (end: UdpEnd, openssl: OpensslProcess) => Promise<void>,
  ): Promise<void> {
    const identity = ['-cert', pem.certificateFile, '-key', pem.keyFile]
    const openssl = new OpensslProcess([
      's_server',
      '-dtls1_2',
      '-accept',
      '127.0.0.1:0',
      '-Verify',
      '1',
      ...identity,
      ...extra,
    ])
    try {
      const [, port] = await openssl.saw(/ACCEPT .*:(\d+)/)
      const end = await UdpEnd.open(
        connection('client', { remoteFingerprints: [pem.fingerprint], ...options }),
        Number(port),
      )
      try {
        await body(end, openssl)
      } finally {
        await end.close()
      }
    } finally {
      await openssl.stop()
    }
  }

  async function withClient(
    pem: PemFiles,
    extra: readonly string[],
    options: Partial<DtlsOptions>,
    body: (end: UdpEnd, openssl: OpensslProcess) => Promise<void>,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const end = await UdpEnd.open(connection('server', { remoteFingerprints: [pem.fingerprint], ...options }))
    const identity = ['-cert', pem.certificateFile, '-key', pem.keyFile]
    const openssl = new OpensslProcess(
      ['s_client', '-dtls1_2', '-connect', `127.0.0.1:${end.port}`, ...identity, ...extra],
      environment,
    )
    try {
      await body(end, openssl)
    } finally {
      await openssl.stop()
      await end.close()
    }
  }

  async function exchange(end: UdpEnd, openssl: OpensslProcess): Promise<void> {
    await end.until(() => end.connection.state === 'connected', 'connected')
    end.send('hello from us\n')
    await openssl.saw(/hello from us/)
    openssl.write('hello from openssl\n')
    await end.until(() => end.text.includes('hello from openssl'), 'data')
  }

  for (const suite of CIPHER_SUITES) {
    test(`we are the client, ${suite.name}`, async () => {
      const extra = ['-cipher', OPENSSL_NAMES[suite.name]]
      await withServer(pems[suite.keyType], extra, {}, async (end, openssl) => {
        await exchange(end, openssl)
        expect(end.events[0]).toMatchObject({ type: 'connected', cipherSuite: suite.name })
      })
    })

    test(`we are the server, ${suite.name}`, async () => {
      const certificate = suite.keyType === 'rsa' ? rsa2048 : ecdsaP256
      const extra = ['-cipher', OPENSSL_NAMES[suite.name]]
      await withClient(pems.rsa, extra, { certificate }, async (end, openssl) => {
        await exchange(end, openssl)
        expect(end.events[0]).toMatchObject({ type: 'connected', cipherSuite: suite.name })
      })
    })
  }

  for (const [name, group] of [
    ['X25519', 'x25519'],
    ['P-256', 'secp256r1'],
    ['P-384', 'secp384r1'],
  ] as const) {
    test(`group ${name} in both roles`, async () => {
      await withServer(pems.rsa, ['-groups', name], { certificate: rsa2048, groups: [group] }, async (end, openssl) => {
        await exchange(end, openssl)
        expect(end.events[0]).toMatchObject({ group })
      })
      await withClient(pems.rsa, ['-groups', name], { certificate: rsa2048, groups: [group] }, async (end, openssl) => {
        await exchange(end, openssl)
        expect(end.events[0]).toMatchObject({ group })
      })
    })
  }

  test('use_srtp and exported keys agree, as client', async () => {
    const srtpProfiles = [0x0007, 0x0001] as const
    await withServer(pems.ecdsa, [...SRTP, ...EXPORT], { srtpProfiles }, async (end, openssl) => {
      await exchange(end, openssl)
      expect(end.events[0]).toMatchObject({ srtpProfile: 0x0007 })
      const exported = end.connection.exportKeyingMaterial('EXTRACTOR-dtls_srtp', undefined, 60)
      expect((await openssl.saw(/Keying material: ([0-9A-F]+)/))[1]).toBe(toHex(exported))
      expect(openssl.output).toMatch(/profile=SRTP_AEAD_AES_128_GCM/)
    })
  })

  test('use_srtp and exported keys agree, as server', async () => {
    const srtpProfiles = [0x0001] as const
    await withClient(pems.ecdsa, [...SRTP, ...EXPORT], { srtpProfiles }, async (end, openssl) => {
      await exchange(end, openssl)
      expect(end.events[0]).toMatchObject({ srtpProfile: 0x0001 })
      const exported = end.connection.exportKeyingMaterial('EXTRACTOR-dtls_srtp', undefined, 60)
      expect((await openssl.saw(/Keying material: ([0-9A-F]+)/))[1]).toBe(toHex(exported))
      expect(openssl.output).toMatch(/profile=SRTP_AES128_CM_SHA1_80/)
    })
  })

  test('fragments of a 256-byte path in both directions and both roles', async () => {
    const small = { mtuBytes: 256, certificate: rsa2048 }
    const check = async (end: UdpEnd, openssl: OpensslProcess): Promise<void> => {
      await exchange(end, openssl)
      expect(Math.max(...end.sent.map((datagram) => datagram.length))).toBeLessThanOrEqual(256)
      expect(Math.max(...end.received.map((datagram) => datagram.length))).toBeLessThanOrEqual(256)
    }
    await withServer(pems.rsa, ['-mtu', '256'], small, check)
    await withClient(pems.rsa, ['-mtu', '256'], small, check)
  })

  test('we answer with a cookie first where we are asked to', async () => {
    await withClient(pems.ecdsa, [], { cookieExchange: true }, async (end, openssl) => {
      await exchange(end, openssl)
      expect(end.sent[0]![RECORD_HEADER_BYTES]).toBe(HELLO_VERIFY_REQUEST)
    })
  })

  test('P-384 certificates sign and are verified, in both roles', async () => {
    await withServer(pems.p384, [], { certificate: ecdsaP384 }, exchange)
    await withClient(pems.p384, [], { certificate: ecdsaP384 }, exchange)
  })

  test('exported keys agree with a peer that does without extended master secret', async () => {
    const noExtendedMasterSecret = { OPENSSL_CONF: directory.configuration('Options = -ExtendedMasterSecret') }
    const compare = async (end: UdpEnd, openssl: OpensslProcess): Promise<void> => {
      await exchange(end, openssl)
      expect(openssl.output).toMatch(/Extended master secret: no/)
      const exported = end.connection.exportKeyingMaterial('EXTRACTOR-dtls_srtp', undefined, 60)
      expect((await openssl.saw(/Keying material: ([0-9A-F]+)/))[1]).toBe(toHex(exported))
    }
    await withClient(pems.ecdsa, EXPORT, {}, compare, noExtendedMasterSecret)
  })

  test('close_notify of either side ends the connection', async () => {
    await withClient(pems.ecdsa, [], {}, async (end, openssl) => {
      await exchange(end, openssl)
      openssl.write('Q\n')
      await end.until(() => end.connection.state === 'closed', 'closed by the peer')
      expect(end.events.at(-1)).toEqual({ type: 'closed', by: 'peer' })
    })
    await withServer(pems.ecdsa, [], {}, async (end, openssl) => {
      await exchange(end, openssl)
      end.closeConnection()
      await openssl.saw(/DONE/)
    })
  })

  test('a renegotiation is refused; OpenSSL gives up over it', async () => {
    await withServer(pems.ecdsa, [], {}, async (end, openssl) => {
      await exchange(end, openssl)
      openssl.write('r\n')
      await end.until(() => end.connection.state === 'failed', 'failed')
      expect(end.connection.counters['renegotiation']).toBe(1)
      expect(end.events.at(-1)).toMatchObject({ error: { code: 'dtls.alert', details: { receivedAlert: 40 } } })
      await openssl.saw(/no renegotiation/)
    })
  })

  test('a client that offers nothing we know gets an alert', async () => {
    await withClient(pems.ecdsa, ['-cipher', 'ECDHE-RSA-AES128-GCM-SHA256'], {}, async (end, openssl) => {
      await end.until(() => end.connection.state === 'failed', 'failed')
      expect(end.events.at(-1)).toMatchObject({ type: 'failed', error: { details: { sentAlert: 40 } } })
      await openssl.saw(/alert handshake failure/)
    })
  })
})
