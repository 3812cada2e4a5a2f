import { expect, test } from 'vitest'
import { concatBytes } from '../../core/index.js'
import { causeWithText, encodeErrorCauses, parseErrorCauses } from './error-cause.js'
import { parseInitParameters } from './init-parameters.js'
import { parseReconfig } from './chunk/reconfig.js'
import { encodeReconfigParameter } from './reconfig-parameter.js'
import { encodeTlv } from './tlv.js'

test('SECURITY 9: of parameters that nobody knows eight are reported', () => {
  const unknown = (count: number) =>
    concatBytes(...Array.from({ length: count }, (_, i) => encodeTlv(0xc100 + i, new Uint8Array(4))))
  expect(parseInitParameters(unknown(8))!.unrecognized).toHaveLength(8)
  expect(parseInitParameters(unknown(100))!.unrecognized).toHaveLength(8)
})

test('SECURITY 9: of error causes eight are read', () => {
  const causes = Array.from({ length: 9 }, () => ({ code: 13, information: Uint8Array.of(1) }))
  expect(parseErrorCauses(encodeErrorCauses(causes))).toHaveLength(8)
})

test('the words of a cause are 512 bytes at most, and no letter is cut', () => {
  expect(causeWithText(12, 'x'.repeat(600)).information).toHaveLength(512)
  expect(causeWithText(12, 'é'.repeat(600)).information).toHaveLength(512)
  expect(causeWithText(12, `x${'é'.repeat(600)}`).information).toHaveLength(511)
})

test('SECURITY 6: a RE-CONFIG of three parameters is none (RFC 6525 §3.1)', () => {
  const parameter = encodeReconfigParameter({ type: 'ssnTsnReset', requestSequence: 1 })
  expect(parseReconfig(concatBytes(parameter, parameter))).toHaveLength(2)
  expect(parseReconfig(concatBytes(parameter, parameter, parameter))).toBeUndefined()
})
