/**
 * PASSWORD-ALGORITHM and PASSWORD-ALGORITHMS (RFC 8489 §14.11, §14.12): one, or a list in order of preference, of
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |           Algorithm           |   Length of the parameters    |
 *  +-------------------------------+-------------------------------+
 *  |                 Parameters, padded to 32 bits                 |
 *  +---------------------------------------------------------------+
 */
import { ByteReader, type ByteWriter } from '../../core/index.js'
import type { AttributeCodec } from '../attribute.js'

export interface PasswordAlgorithm {
  readonly algorithm: number
  readonly parameters: Uint8Array
}

/** RFC 8489 §18.5.1. Neither has parameters. */
export const PASSWORD_ALGORITHM_MD5 = 0x0001
export const PASSWORD_ALGORITHM_SHA256 = 0x0002

/** The registry has two; what a server offers beyond a few is not looked at. */
const MAX_ALGORITHMS = 16

export const PASSWORD_ALGORITHMS: AttributeCodec<readonly PasswordAlgorithm[]> = {
  type: 0x8002,
  name: 'PASSWORD-ALGORITHMS',
  parse: parseAlgorithms,
  write(writer, algorithms) {
    for (const algorithm of algorithms) writeAlgorithm(writer, algorithm)
  },
}

export const PASSWORD_ALGORITHM: AttributeCodec<PasswordAlgorithm> = {
  type: 0x001d,
  name: 'PASSWORD-ALGORITHM',
  parse(value) {
    const algorithms = parseAlgorithms(value)
    return algorithms?.length === 1 ? algorithms[0] : undefined
  },
  write: writeAlgorithm,
}

function parseAlgorithms(value: Uint8Array): PasswordAlgorithm[] | undefined {
  const reader = new ByteReader(value)
  const algorithms: PasswordAlgorithm[] = []
  while (reader.remaining > 0) {
    const algorithm = reader.uint16()
    const parameters = reader.bytes(reader.uint16())
    // The padding of the last one may have been counted as the attribute's own.
    reader.skip(Math.min(-parameters.length & 3, reader.remaining))
    if (!reader.ok || algorithms.length === MAX_ALGORITHMS) return undefined
    algorithms.push({ algorithm, parameters })
  }
  return algorithms
}

function writeAlgorithm(writer: ByteWriter, { algorithm, parameters }: PasswordAlgorithm): void {
  writer.uint16(algorithm).uint16(parameters.length).bytes(parameters).padTo4()
}
