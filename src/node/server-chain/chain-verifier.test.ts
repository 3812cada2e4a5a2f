import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { hasOpenssl } from '../../dtls/openssl.test-support.js'
import {
  address,
  alternativeNames,
  authority,
  basicConstraints,
  CLIENT_PURPOSE,
  directory,
  dns,
  ecKey,
  email,
  extendedKeyUsage,
  extension,
  issue,
  keyUsage,
  nameConstraints,
  nameOf,
  NOW,
  pemOf,
  rsaKey,
  sequence,
  SERVER_PURPOSE,
  tlv,
  type CertificateOrder,
  type Issued,
} from './certificates.test-support.js'
import { chainVerifier } from './chain-verifier.js'

const HOST = 'turn.example.org'
const DAY_MILLIS = 86_400_000

const root = authority('Root')
const stranger = authority('Stranger')
const intermediate = authority('Intermediate', { issuer: root })
const serverKey = ecKey()
const rsaRoot = authority('RSA root', { key: rsaKey() })

const USUAL = [basicConstraints(false), keyUsage(0), extendedKeyUsage(SERVER_PURPOSE)]
const NAMES = alternativeNames(dns(HOST), address(192, 0, 2, 1))

function server(order: Partial<CertificateOrder> = {}, names: Uint8Array = NAMES): Issued {
  const extensions = [...USUAL, names]
  return issue({ key: serverKey, subject: nameOf('Server'), issuer: root, extensions, ...order })
}

/** An intermediate authority with these extensions, and what it issued. */
function below(extensions: readonly Uint8Array[], leaf: Partial<CertificateOrder> = {}, names = NAMES): Issued[] {
  const issuer = authority('Intermediate', { issuer: root, extensions })
  return [server({ issuer, ...leaf }, names), issuer]
}

const AUTHORITY = [basicConstraints(true), keyUsage(5, 6)]

interface Case {
  readonly chain: readonly Issued[]
  readonly name?: string
  readonly trusted?: readonly Issued[]
  readonly now?: number
}

interface Refused extends Case {
  readonly words: RegExp
  /** What we refuse and OpenSSL takes. */
  readonly isStricter?: true
}

const deep = [authority('A', { issuer: root })]
for (const name of 'BCDEFGHI') deep.unshift(authority(name, { issuer: deep[0]! }))
const endless = [...deep.slice(0, 8)]

const limited = authority('Limited', { issuer: root, extensions: [basicConstraints(true, 0), keyUsage(5)] })
const under = authority('Under', { issuer: limited })
const alone = issue({ key: serverKey, subject: nameOf('Alone'), extensions: [...AUTHORITY.slice(0, 1), NAMES] })
const otherServer = server({ subject: nameOf('Other') })
const strict = authority('Constrained root', { extensions: [...AUTHORITY, nameConstraints([dns('example.org')])] })

const GOOD: Readonly<Record<string, Case>> = {
  'signed by a root': { chain: [server()] },
  'with an intermediate authority': { chain: [server({ issuer: intermediate }), intermediate] },
  'with the root sent along': { chain: [server({ issuer: intermediate }), intermediate, root] },
  'with what does not belong to it sent along': { chain: [server(), stranger, intermediate] },
  'in disorder': { chain: [server({ issuer: deep[7]! }), root, deep[8]!, deep[7]!] },
  'three deep': { chain: [server({ issuer: deep[6]! }), deep[6]!, deep[7]!, deep[8]!] },
  'by an address': { chain: [server()], name: '192.0.2.1' },
  'by an IPv6 address': {
    chain: [server({}, alternativeNames(address(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)))],
    name: '2001:db8::1',
  },
  'by a wildcard': { chain: [server({}, alternativeNames(dns('*.example.org')))] },
  'in capitals': { chain: [server({}, alternativeNames(dns('TURN.Example.ORG')))] },
  'without a key usage or a purpose': { chain: [server({ extensions: [NAMES] })] },
  'signed by itself, and trusted': { chain: [alone], trusted: [alone] },
  'by RSA': { chain: [server({ issuer: rsaRoot })], trusted: [rsaRoot] },
  'of an RSA key': { chain: [server({ key: rsaKey() })] },
  'by SHA-384 and P-384': { chain: [server({ key: ecKey('P-384'), hash: 'sha384' })] },
  'with a policy that is critical': {
    chain: [
      server({
        extensions: [
          ...USUAL,
          NAMES,
          extension('2.5.29.32', sequence(sequence(tlv(6, Uint8Array.of(0x55, 0x1d, 0x20, 0)))), true),
        ],
      }),
    ],
  },
  'names within the constraints': {
    chain: below([
      ...AUTHORITY,
      nameConstraints([dns('example.org'), address(192, 0, 2, 0, 255, 255, 255, 0)], [dns('evil.example.org')]),
    ]),
  },
  'a subject within the constraints': {
    chain: below([...AUTHORITY, nameConstraints([directory(nameOf('Server'))])]),
  },
  'constraints of the root itself': {
    chain: [server({ issuer: strict }, alternativeNames(dns(HOST)))],
    trusted: [strict],
  },
}

const REFUSED: Readonly<Record<string, Refused>> = {
  expired: { chain: [server()], now: NOW + 2 * DAY_MILLIS, words: /server's certificate has expired/ },
  'not valid yet': { chain: [server()], now: NOW - 2 * DAY_MILLIS, words: /not valid yet/ },
  'below an authority that has expired': {
    chain: [server({ issuer: authority('Old', { issuer: root, notAfter: NOW - 1000 }) })],
    words: /No authority that is trusted/,
  },
  'for another name': { chain: [server()], name: 'turn.example.com', words: /not for turn\.example\.com/ },
  'for another address': { chain: [server()], name: '192.0.2.2', words: /not for 192\.0\.2\.2/ },
  'for an address as a name': {
    chain: [server({}, alternativeNames(dns('192.0.2.1')))],
    name: '192.0.2.1',
    words: /not for/,
  },
  'for a name in the subject alone': {
    chain: [server({ subject: nameOf(HOST), extensions: USUAL })],
    words: /not for/,
    isStricter: true,
  },
  'for a wildcard two labels up': { chain: [server({}, alternativeNames(dns('*.org')))], words: /not for/ },
  'for part of a label': {
    chain: [server({}, alternativeNames(dns('t*.example.org')))],
    words: /not for/,
    isStricter: true,
  },
  'by an authority that nobody trusts': { chain: [server({ issuer: stranger }), stranger], words: /No authority/ },
  'signed by itself': { chain: [alone], words: /signed by itself/ },
  'the intermediate missing': { chain: [server({ issuer: intermediate })], words: /No authority/ },
  'the intermediate trusted, and its root not': {
    chain: [server({ issuer: intermediate })],
    trusted: [intermediate],
    words: /No authority/,
  },
  'the root in another key': {
    chain: [server({ issuer: authority('Root') })],
    words: /No authority/,
  },
  'an intermediate that is no authority': {
    chain: below([basicConstraints(false), keyUsage(5)]),
    words: /authority above it is none/,
  },
  'an intermediate without constraints': { chain: below([keyUsage(5)]), words: /is none/ },
  'an intermediate without extensions': { chain: below([]), words: /is none/ },
  'an intermediate that may not sign': { chain: below([basicConstraints(true), keyUsage(0)]), words: /No authority/ },
  'another server in between': { chain: [server({ issuer: otherServer }), otherServer], words: /No authority/ },
  'one authority more than the path length': {
    chain: [server({ issuer: under }), under, limited],
    words: /pathLenConstraint/,
  },
  'for clients': {
    chain: [server({ extensions: [keyUsage(0), extendedKeyUsage(CLIENT_PURPOSE), NAMES] })],
    words: /not for servers/,
  },
  'below an authority for clients': {
    chain: below([...AUTHORITY, extendedKeyUsage(CLIENT_PURPOSE)]),
    words: /authority above it is not for servers/,
  },
  'with a key that may not sign': {
    chain: [server({ extensions: [keyUsage(2), NAMES] })],
    words: /may not sign/,
    isStricter: true,
  },
  'with an unknown critical extension': {
    chain: [server({ extensions: [...USUAL, NAMES, extension('1.2.3.4', tlv(5), true)] })],
    words: /critical extension 1\.2\.3\.4/,
  },
  'below an authority with one': {
    chain: below([...AUTHORITY, extension('1.2.3.4', tlv(5), true)]),
    words: /authority above it has the critical extension/,
  },
  'a name outside of the constraints': {
    chain: below([...AUTHORITY, nameConstraints([dns('example.com')])]),
    words: /nameConstraints/,
  },
  'an address outside of the constraints': {
    chain: below([...AUTHORITY, nameConstraints([address(10, 0, 0, 0, 255, 0, 0, 0)])]),
    words: /nameConstraints/,
  },
  'an excluded name': { chain: below([...AUTHORITY, nameConstraints([], [dns('turn.example.org')])]), words: /nameC/ },
  'an excluded name behind a wildcard': {
    chain: below(
      [...AUTHORITY, nameConstraints([], [dns('secret.example.org')])],
      {},
      alternativeNames(dns('*.example.org')),
    ),
    words: /nameConstraints/,
    isStricter: true,
  },
  'a subject outside of the constraints': {
    chain: below([...AUTHORITY, nameConstraints([directory(nameOf('Server', 'Somebody'))])]),
    words: /nameConstraints/,
  },
  'constraints on mail, and a mail address': {
    chain: below(
      [...AUTHORITY, nameConstraints([email('example.org')])],
      {},
      alternativeNames(dns(HOST), email('a@example.org')),
    ),
    words: /nameConstraints/,
    isStricter: true,
  },
  'outside of the constraints of the root': {
    chain: [server({ issuer: strict }, alternativeNames(dns('turn.example.com')))],
    trusted: [strict],
    name: 'turn.example.com',
    words: /nameConstraints/,
  },
  'signed with SHA-1': { chain: [server({ hash: 'sha1' })], words: /broken or unknown algorithm/ },
  'signed with SHA-1 by RSA': {
    chain: [server({ issuer: rsaRoot, hash: 'sha1' })],
    trusted: [rsaRoot],
    words: /broken/,
  },
  'signed with MD5': { chain: [server({ issuer: rsaRoot, hash: 'md5' })], trusted: [rsaRoot], words: /broken/ },
  'an RSA key of 1024 bits': { chain: [server({ key: rsaKey(1024) })], words: /cannot be read|of no use/ },
  'of version 1': { chain: [server({ version: 1, extensions: [] })], words: /not for/ },
  'nine deep': {
    chain: [server({ issuer: endless[0]! }), ...endless, deep[8]!],
    words: /No authority/,
    isStricter: true,
  },
}

const folder = mkdtempSync(join(tmpdir(), 'tincan-chain-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What `openssl verify` says, with the options that TLS has for servers. */
function opensslTakes({ chain, name = HOST, trusted = [root], now = NOW }: Case): boolean {
  const [first, ...others] = chain.map(pemOf)
  const file = (title: string, text: string): string => {
    const path = join(folder, title)
    writeFileSync(path, text)
    return path
  }
  const host = /^[\d.]+$|:/.test(name) ? ['-verify_ip', name] : ['-verify_hostname', name]
  const untrusted = others.length === 0 ? [] : ['-untrusted', file('others.pem', others.join(''))]
  const authorities = ['-CAfile', file('trusted.pem', trusted.map(pemOf).join('')), '-no-CApath', '-no-CAstore']
  const options = ['-purpose', 'sslserver', '-auth_level', '2', '-attime', String(now / 1000), ...host]
  const run = spawnSync('openssl', ['verify', ...authorities, ...untrusted, ...options, file('server.pem', first!)])
  return run.status === 0
}

function ourVerdict({ chain, name = HOST, trusted = [root], now = NOW }: Case): string | undefined {
  const verify = chainVerifier(
    trusted.map(({ der }) => new X509Certificate(der)),
    () => now,
  )
  return verify(
    name,
    chain.map(({ der }) => der),
  )
}

describe('a chain is taken', () => {
  test.each(Object.entries(GOOD))('%s', (_, one) => {
    expect(ourVerdict(one)).toBeUndefined()
  })
})

describe('a chain is refused', () => {
  test.each(Object.entries(REFUSED))('%s', (_, one) => {
    expect(ourVerdict(one)).toMatch(one.words)
  })

  test('no chain, and one that is none', () => {
    expect(ourVerdict({ chain: [] })).toMatch(/cannot be read/)
    const verify = chainVerifier([new X509Certificate(root.der)], () => NOW)
    expect(verify(HOST, [Uint8Array.of(0x30, 0)])).toMatch(/cannot be read/)
  })

  test('nobody is trusted: nobody vouches', () => {
    expect(ourVerdict({ chain: [server(), root], trusted: [] })).toMatch(/No authority/)
  })

  test('SECURITY: no change of a single byte in what is signed, or in the signature, is taken', () => {
    const { der } = server()
    const verify = chainVerifier([new X509Certificate(root.der)], () => NOW)
    expect(verify(HOST, [der])).toBeUndefined()
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const forged = der.slice()
        forged[at] = forged[at]! ^ change
        expect(verify(HOST, [forged])).toBeTypeOf('string')
      }),
      { numRuns: 400 },
    )
  })

  test('SECURITY: authorities that all issued one another cost a bounded number of signatures', () => {
    const key = ecKey()
    const same = nameOf('Same')
    const maze = Array.from({ length: 9 }, () =>
      authority('', { key, subject: same, issuer: { ...root, key, subject: same } }),
    )
    let verified = 0
    const counted = X509Certificate.prototype.verify
    X509Certificate.prototype.verify = function (publicKey) {
      verified++
      return counted.call(this, publicKey)
    }
    try {
      expect(ourVerdict({ chain: [server({ issuer: maze[0]! }), ...maze] })).toMatch(/No authority/)
    } finally {
      X509Certificate.prototype.verify = counted
    }
    expect(verified).toBe(32)
  })
})

describe.skipIf(!hasOpenssl())('OpenSSL', () => {
  test.each(Object.entries(GOOD))('takes it too: %s', (_, one) => {
    expect(opensslTakes(one)).toBe(true)
  })

  test.each(Object.entries(REFUSED).filter(([, one]) => one.isStricter !== true))('refuses it too: %s', (_, one) => {
    expect(opensslTakes(one)).toBe(false)
  })
})
