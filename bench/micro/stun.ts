import { nodeCrypto, openSslHmacSha1, runtimeCrypto, type Crypto } from '../../src/crypto/index.js'
import { buildCheck, buildSuccess, isAuthentic, type CheckRequest } from '../../src/ice/binding.js'
import {
  hasValidFingerprint,
  hasValidSeal,
  parseStunMessage,
  sealAnew,
  shortTermKey,
  TRANSACTION_ID_AT,
  TRANSACTION_ID_BYTES,
} from '../../src/stun/index.js'
import type { Layer, Workload } from './layer.js'

const check: Omit<CheckRequest, 'transactionId'> = {
  local: { usernameFragment: 'LBym', password: 'nXlKI8KErNIoX5kSAZmC9TFo' },
  remote: { usernameFragment: 'nMHE', password: 'TdHeOKcRJB3/z6CWfRofRlCt' },
  priority: 1_853_817_087,
  role: 'controlling',
  tieBreaker: 0x932f_f9b1_5126_3b36n,
  nominate: true,
}
const from = { address: '192.0.2.7', port: 44_281 }

function build(): Uint8Array {
  return buildCheck(nodeCrypto, { ...check, transactionId: nodeCrypto.randomBytes(TRANSACTION_ID_BYTES) })
}

/** What idle connections do with a check that says what the one before said. */
function inPlace(name: string, crypto: Crypto, missing?: () => string | undefined): Workload {
  return {
    title: `sealed and verified in place, ${name}`,
    operations: 10_000,
    unit: 'checks',
    ...(missing === undefined ? {} : { missing }),
    prepare(operations) {
      const message = build()
      const key = shortTermKey(check.remote.password)
      return () => {
        let checks = 0
        for (let i = 0; i < operations; i++) {
          message[TRANSACTION_ID_AT + (i % TRANSACTION_ID_BYTES)]!++
          sealAnew(crypto, message, key)
          if (hasValidSeal(crypto, message, key)) checks++
        }
        return { checks }
      }
    },
  }
}

function missingOpenSsl(): string | undefined {
  const hmac = openSslHmacSha1()
  return hmac.isAvailable ? undefined : hmac.reason
}

export const stun: Layer = {
  name: 'stun',
  title: 'connectivity checks',
  workloads: [
    {
      title: 'built',
      operations: 10_000,
      unit: 'checks',
      prepare: (operations) => () => {
        let checks = 0
        for (let i = 0; i < operations; i++) if (build().length > 0) checks++
        return { checks }
      },
    },
    {
      title: 'parsed',
      operations: 50_000,
      unit: 'checks',
      prepare(operations) {
        const datagrams = Array.from({ length: operations }, build)
        return () => ({ checks: datagrams.filter((datagram) => parseStunMessage(datagram) !== undefined).length })
      },
    },
    {
      title: 'parsed and verified',
      operations: 10_000,
      unit: 'checks',
      prepare(operations) {
        const datagrams = Array.from({ length: operations }, build)
        return () => {
          let checks = 0
          for (const datagram of datagrams) {
            const message = parseStunMessage(datagram)
            if (message === undefined || !hasValidFingerprint(message)) continue
            if (isAuthentic(nodeCrypto, message, shortTermKey(check.remote.password))) checks++
          }
          return { checks }
        }
      },
    },
    {
      title: 'answered',
      operations: 10_000,
      unit: 'answers',
      prepare(operations) {
        const request = parseStunMessage(build())!
        const key = shortTermKey(check.remote.password)
        return () => {
          let answers = 0
          for (let i = 0; i < operations; i++) {
            if (buildSuccess(nodeCrypto, request, key, from).length > 0) answers++
          }
          return { answers }
        }
      },
    },
    inPlace("the runtime's OpenSSL", runtimeCrypto, missingOpenSsl),
    inPlace('node:crypto', nodeCrypto),
  ],
}
