/**
 * The parameters of INIT and INIT ACK that matter over DTLS: State Cookie (RFC 9260 §3.3.3.1), Unrecognized Parameter
 * (§3.3.3.2), Forward-TSN-Supported (RFC 3758 §3.1), Supported Extensions (RFC 5061 §4.2.7) and Zero Checksum
 * Acceptable (RFC 9653 §4). Addresses mean nothing here and are skipped; host names are refused (§3.3.2.1.4).
 */
import { type ByteWriter, EMPTY_BYTES } from '../../core/index.js'
import {
  CHUNK_FORWARD_TSN,
  CHUNK_I_DATA,
  CHUNK_I_FORWARD_TSN,
  CHUNK_RECONFIG,
  unknownParameterAction,
} from './chunk-type.js'
import { eachTlv, writeTlv } from './tlv.js'
import { putUint32, uint32At } from './wire.js'

const STATE_COOKIE = 7
const UNRECOGNIZED_PARAMETER = 8
const HOST_NAME_ADDRESS = 11
const ZERO_CHECKSUM_ACCEPTABLE = 0x8001
const SUPPORTED_EXTENSIONS = 0x8008
const FORWARD_TSN_SUPPORTED = 0xc000
/** IPv4 and IPv6 address, Cookie Preservative, Supported Address Types, ECN capable: known, and of no use here. */
const WITHOUT_EFFECT: readonly number[] = [5, 6, 9, 12, 0x8000]

/** The error detection method that makes a zero checksum safe: SCTP over DTLS (RFC 9653 §7.2). */
const ERROR_DETECTION_DTLS = 1
/** Reporting more would only serve to make us send much. */
const MAX_UNRECOGNIZED = 8

export interface InitParameters {
  readonly cookie?: Uint8Array | undefined
  /** RFC 3758: FORWARD-TSN is understood. */
  readonly forwardTsn: boolean
  /** RFC 6525: RE-CONFIG is understood. */
  readonly reconfig: boolean
  /** RFC 8260: I-DATA and I-FORWARD-TSN are understood. */
  readonly interleaving: boolean
  /** RFC 9653: a zero checksum is accepted because of DTLS. */
  readonly zeroChecksum: boolean
  /** Read: what to report back to the sender. Written: what we report. Whole TLVs. */
  readonly unrecognized: readonly Uint8Array[]
  /** A host name address is there: to be refused with cause 5. */
  readonly hostName?: Uint8Array | undefined
}

export function parseInitParameters(bytes: Uint8Array): InitParameters | undefined {
  let cookie: Uint8Array | undefined
  let hostName: Uint8Array | undefined
  let [forwardTsn, reconfig, interleaving, zeroChecksum] = [false, false, false, false]
  const unrecognized: Uint8Array[] = []
  for (const tlv of eachTlv(bytes)) {
    if (tlv === undefined) return undefined
    const { type, value } = tlv
    if (type === STATE_COOKIE) cookie = value
    else if (type === HOST_NAME_ADDRESS) hostName = tlv.whole
    else if (type === FORWARD_TSN_SUPPORTED) forwardTsn = true
    else if (type === SUPPORTED_EXTENSIONS) {
      if (value.includes(CHUNK_RECONFIG)) reconfig = true
      if (value.includes(CHUNK_FORWARD_TSN)) forwardTsn = true
      // One without the other could be (RFC 8260 §2.2.1), but not for data channels, which may be partially reliable.
      if (value.includes(CHUNK_I_DATA) && value.includes(CHUNK_I_FORWARD_TSN)) interleaving = true
    } else if (type === ZERO_CHECKSUM_ACCEPTABLE) {
      zeroChecksum = value.length === 4 && uint32At(value, 0) === ERROR_DETECTION_DTLS
    } else if (type !== UNRECOGNIZED_PARAMETER && !WITHOUT_EFFECT.includes(type)) {
      const action = unknownParameterAction(type)
      if (action.report && unrecognized.length < MAX_UNRECOGNIZED) unrecognized.push(tlv.whole)
      if (!action.skip) break
    }
  }
  return { cookie, forwardTsn, reconfig, interleaving, zeroChecksum, unrecognized, hostName }
}

export function writeInitParameters(writer: ByteWriter, parameters: InitParameters): void {
  if (parameters.cookie !== undefined) writeTlv(writer, STATE_COOKIE, parameters.cookie)
  if (parameters.forwardTsn) writeTlv(writer, FORWARD_TSN_SUPPORTED, EMPTY_BYTES)
  const extensions: number[] = []
  if (parameters.reconfig) extensions.push(CHUNK_RECONFIG)
  if (parameters.forwardTsn) extensions.push(CHUNK_FORWARD_TSN)
  if (parameters.interleaving) extensions.push(CHUNK_I_DATA, CHUNK_I_FORWARD_TSN)
  if (extensions.length > 0) writeTlv(writer, SUPPORTED_EXTENSIONS, Uint8Array.from(extensions))
  if (parameters.zeroChecksum) {
    const method = new Uint8Array(4)
    putUint32(method, 0, ERROR_DETECTION_DTLS)
    writeTlv(writer, ZERO_CHECKSUM_ACCEPTABLE, method)
  }
  for (const whole of parameters.unrecognized) writeTlv(writer, UNRECOGNIZED_PARAMETER, whole)
}
