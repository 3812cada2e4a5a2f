/**
 * CHANGE-REQUEST and OTHER-ADDRESS (RFC 5780 §7.2, §7.4). The first asks for an answer that comes from the other address (A) and
 * from the other port (B) of the server; the second holds that address and port in the clear. RESPONSE-ORIGIN (§7.3) tells nothing
 * that the address of an answer does not.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 A B 0|
 *  +---------------------------------------------------------------+
 */
import { ByteReader } from '../../core/index.js'
import type { AttributeCodec } from '../attribute.js'
import { addressAttribute } from './address.js'

export interface ChangeRequest {
  readonly changeAddress: boolean
  readonly changePort: boolean
}

const CHANGE_ADDRESS = 0x4
const CHANGE_PORT = 0x2

export const CHANGE_REQUEST: AttributeCodec<ChangeRequest> = {
  type: 0x0003,
  name: 'CHANGE-REQUEST',
  parse(value) {
    if (value.length !== 4) return undefined
    const flags = new ByteReader(value).uint32()
    return { changeAddress: (flags & CHANGE_ADDRESS) !== 0, changePort: (flags & CHANGE_PORT) !== 0 }
  },
  write(writer, { changeAddress, changePort }) {
    writer.uint32((changeAddress ? CHANGE_ADDRESS : 0) | (changePort ? CHANGE_PORT : 0))
  },
}

export const OTHER_ADDRESS = addressAttribute(0x802c, 'OTHER-ADDRESS')
