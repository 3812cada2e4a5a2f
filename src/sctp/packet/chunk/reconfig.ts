/**
 * RE-CONFIG chunk (RFC 6525 §3.1, https://www.rfc-editor.org/rfc/rfc6525#section-3.1): one or two parameters.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |  Type = 130   |   Flags (0)   |            Length             |
 *  +---------------+---------------+-------------------------------+
 *  \                  Re-configuration Parameter                   \
 *  \             Re-configuration Parameter (optional)             \
 *  +---------------------------------------------------------------+
 */
import { concatBytes } from '../../../core/index.js'
import { CHUNK_RECONFIG } from '../chunk-type.js'
import { encodeChunk } from '../chunk-walker.js'
import { encodeReconfigParameter, parseReconfigParameter, type ReconfigParameter } from '../reconfig-parameter.js'
import { eachTlv } from '../tlv.js'

/** Longer lists are legal nowhere (RFC 6525 §3.1); a hostile one must not cost us more than two. */
const MAX_PARAMETERS = 2

export function parseReconfig(body: Uint8Array): readonly ReconfigParameter[] | undefined {
  const parameters: ReconfigParameter[] = []
  for (const tlv of eachTlv(body)) {
    if (tlv === undefined) return undefined
    const parameter = parseReconfigParameter(tlv)
    if (parameter === undefined) return undefined
    if (parameter === 'unknown') continue
    if (parameters.length === MAX_PARAMETERS) return undefined
    parameters.push(parameter)
  }
  return parameters.length > 0 ? parameters : undefined
}

export function encodeReconfig(...parameters: readonly ReconfigParameter[]): Uint8Array {
  return encodeChunk(CHUNK_RECONFIG, 0, concatBytes(...parameters.map(encodeReconfigParameter)))
}
