import { expect, test } from 'vitest'
import { fingerprintOf, generateEcdsaCertificate, nodeCrypto } from '../crypto/index.js'
import { LocalParameters } from './local-parameters.js'

const certificate = generateEcdsaCertificate({ expires: Date.now() + 1000 })
const create = (): LocalParameters => new LocalParameters(nodeCrypto, [certificate])

test('the fingerprint is that of the certificate, as SDP writes it', () => {
  const [fingerprint] = create().describe('0', undefined, false).fingerprints
  expect(fingerprint?.algorithm).toBe('sha-256')
  expect(fingerprint?.value.toLowerCase()).toBe(fingerprintOf(certificate.der, 'sha-256').toLowerCase())
})

test('what was proposed is proposed again until it is in force; what is in force stays', () => {
  const parameters = create()
  const first = parameters.describe('0', undefined, false)
  expect(parameters.describe('0', undefined, false)).toEqual(first)
  expect(parameters.describe('1', undefined, false)).not.toEqual(first)
  expect(parameters.describe('0', first, false)).toMatchObject({ usernameFragment: first.usernameFragment })
})

test('a restart proposes others, the same on every asking, until the exchange ends', () => {
  const parameters = create()
  const first = parameters.describe('0', undefined, false)
  parameters.settle([first.usernameFragment])
  parameters.replace([first.usernameFragment])
  expect(parameters.restartIsWanted).toBe(true)
  const second = parameters.describe('0', first, parameters.isReplaced(first))
  expect(second.usernameFragment).not.toBe(first.usernameFragment)
  expect(second.password).not.toBe(first.password)
  expect(parameters.describe('0', first, parameters.isReplaced(first))).toEqual(second)
  // An answer to an offer that does not restart goes on with what there is.
  expect(parameters.describe('0', first, false).usernameFragment).toBe(first.usernameFragment)
  parameters.settle([first.usernameFragment]) // an exchange that kept the old ones: still wanted
  expect(parameters.restartIsWanted).toBe(true)
  parameters.settle([second.usernameFragment])
  expect(parameters.restartIsWanted).toBe(false)
  expect(parameters.describe('0', second, true).usernameFragment).not.toBe(second.usernameFragment)
})

test('a changed configuration replaces what was gathered, in the next offer, and asks for no offer', () => {
  const parameters = create()
  const first = parameters.describe('0', undefined, false)
  parameters.settle([first.usernameFragment])
  parameters.outdate([first.usernameFragment])
  expect(parameters.restartIsWanted).toBe(false)
  expect(parameters.isReplaced(first)).toBe(true)
  parameters.settle([first.usernameFragment])
  expect(parameters.isReplaced(first)).toBe(true)
  parameters.settle([parameters.describe('0', first, true).usernameFragment])
  expect(parameters.isReplaced(first)).toBe(false)
})
