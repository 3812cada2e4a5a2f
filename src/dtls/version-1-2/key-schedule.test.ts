import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../core/index.js'
import { nodeCrypto } from '../../crypto/node.js'
import { CIPHER_SUITES } from '../cipher-suites.js'
import { KeySchedule, prf, VERIFY_DATA_BYTES } from './key-schedule.js'

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
}

/** The vectors of the TLS working group's list: https://mailarchive.ietf.org/arch/msg/tls/fzVCzk-z3FShgGJ6DOXqM1ydxms */
describe('PRF', () => {
  test('SHA-256', () => {
    const secret = hex('9bbe436ba940f017b17652849a71db35')
    const seed = hex('a0ba9f936cda311827a6f796ffd5198c')
    expect(prf(nodeCrypto, 'sha256', secret, 'test label', seed, 100)).toEqual(
      hex(`e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7
           077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66`),
    )
  })

  test('SHA-384', () => {
    const secret = hex('b80b733d6ceefcdc71566ea48e5567df')
    const seed = hex('cd665cf6a8447dd6ff8b27555edb7465')
    expect(prf(nodeCrypto, 'sha384', secret, 'test label', seed, 148)).toEqual(
      hex(`7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400f
           ed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2
           dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f`),
    )
  })
})

describe('KeySchedule', () => {
  const suite = CIPHER_SUITES[0]!
  const randoms = { client: new Uint8Array(32).fill(1), server: new Uint8Array(32).fill(2) }
  const premaster = new Uint8Array(32).fill(3)

  test('the key block is cut in the order of RFC 5246 §6.3', () => {
    const keys = new KeySchedule(nodeCrypto, suite, premaster, randoms, undefined)
    const seed = Uint8Array.from([...randoms.client, ...randoms.server])
    const master = prf(nodeCrypto, 'sha256', premaster, 'master secret', seed, 48)
    const swapped = Uint8Array.from([...randoms.server, ...randoms.client])
    const block = prf(nodeCrypto, 'sha256', master, 'key expansion', swapped, 40)
    expect(keys.trafficKeys()).toEqual({
      client: { key: block.slice(0, 16), fixedIv: block.slice(32, 36) },
      server: { key: block.slice(16, 32), fixedIv: block.slice(36, 40) },
    })
  })

  test('the extended master secret depends on the session hash', () => {
    const exported = [undefined, new Uint8Array(32), new Uint8Array(32).fill(9)].map((sessionHash) =>
      new KeySchedule(nodeCrypto, suite, premaster, randoms, sessionHash)
        .exportKeyingMaterial('x', undefined, 8)
        .join(),
    )
    expect(new Set(exported).size).toBe(3)
  })

  test('RFC 5705 §4: no context and an empty one differ, and the length of a context counts', () => {
    const keys = new KeySchedule(nodeCrypto, suite, premaster, randoms, undefined)
    const contexts = [undefined, new Uint8Array(0), new Uint8Array(1), new Uint8Array(2)]
    const exported = contexts.map((context) => keys.exportKeyingMaterial('label', context, 16).join())
    expect(new Set(exported).size).toBe(4)
  })

  test('client and server prove themselves with different data', () => {
    const keys = new KeySchedule(nodeCrypto, suite, premaster, randoms, undefined)
    const hash = nodeCrypto.hash('sha256', encodeUtf8('transcript'))
    expect(keys.verifyData('client', hash)).toHaveLength(VERIFY_DATA_BYTES)
    expect(keys.verifyData('client', hash)).not.toEqual(keys.verifyData('server', hash))
  })
})
