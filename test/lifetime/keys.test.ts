import { expect, test } from 'vitest'
import { runProgram } from '../support/run-program.js'

// P9: a process goes on, whenever V8 collects garbage. Node.js holds the lock of a key while it exports it as JWK, and takes the same lock when it
// collects the job that made the key: if that comes within this, the process stands still for good (20.20 does, 22 and 24 were not seen to).

const IMPORTS = `
  import { setFlagsFromString } from 'node:v8'
  import { generateEcdsaKey, nodeCrypto } from './src/crypto/node.js'`

test('keys are made and read while garbage is collected all the time', { timeout: 30_000 }, async () => {
  const result = await runProgram(
    IMPORTS,
    `setFlagsFromString('--max-semi-space-size=1')
    for (let i = 0; i < 20_000; i++) {
      nodeCrypto.generateKeyShare('x25519')
      generateEcdsaKey('P-256')
    }
    console.log('made')`,
  )
  expect(result).toEqual({ stdout: 'made\n', stderr: '', exitCode: 0 })
})
