/**
 * The attribute table: a row per attribute, in the order in which they are written. Browsers write transport first, then
 * identity of the section, then what flows in it; so do we.
 */
import { flag, lenient, many, one, text } from './attribute-row.js'
import type { AttributeRow, Attributes, MutableAttributes, RowResult } from './attribute-row.js'
import {
  fingerprint,
  group,
  ice,
  iceOptions,
  integer,
  midToken,
  msid,
  msidSemantic,
  setup,
} from './attribute-syntax.js'
import { extmap, fmtp, imageattr, rtcp, rtcpFeedback, rtpmap, sctpmap, ssrc, ssrcGroup } from './media-syntax.js'
import { decimal, rid, simulcast } from './media-syntax.js'
import type { Direction } from './types.js'

const ANY = /^\S.*$/

export const ATTRIBUTE_ROWS: readonly AttributeRow[] = [
  many('group', 'session', 'groups', group), //                                     RFC 5888 §5, RFC 9143
  flag('extmap-allow-mixed', 'both', 'extmapAllowMixed'), //                        RFC 8285 §6
  lenient(many('msid-semantic', 'session', 'msidSemantics', msidSemantic)), //      RFC 8830, older drafts
  flag('ice-lite', 'session', 'iceLite'), //                                        RFC 8839 §5.3
  lenient(one('ice-pacing', 'session', 'icePacingMillis', integer(0xffffffff))), // RFC 8839 §5.7
  one('identity', 'session', 'identity', text(ANY)), //                             RFC 8827 §5
  one('rtcp', 'media', 'rtcp', rtcp), //                                            RFC 3605
  many('candidate', 'media', 'candidates', ice.candidate), //                       RFC 8839 §5.1
  lenient(one('remote-candidates', 'media', 'remoteCandidates', text(ANY))), //     RFC 8839 §5.2
  flag('end-of-candidates', 'both', 'endOfCandidates'), //                          RFC 8840 §8.2
  one('ice-ufrag', 'both', 'iceUfrag', ice.credential), //                          RFC 8839 §5.4
  one('ice-pwd', 'both', 'icePwd', ice.credential),
  one('ice-options', 'both', 'iceOptions', iceOptions), //                               RFC 8839 §5.6
  many('fingerprint', 'both', 'fingerprints', fingerprint), //                      RFC 8122 §5
  one('setup', 'both', 'setup', setup), //                                          RFC 4145 §4
  one('tls-id', 'both', 'tlsId', text(/^[-+/_0-9A-Za-z]{20,255}$/)), //             RFC 8842 §4
  one('mid', 'media', 'mid', midToken), //                                          RFC 5888 §4
  flag('bundle-only', 'media', 'bundleOnly'), //                                    RFC 9143 §6
  many('extmap', 'both', 'extmaps', extmap), //                                     RFC 8285 §8
  ...(['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const).map(directionRow), // RFC 8866 §6.7
  many('msid', 'media', 'msids', msid), //                                          RFC 8830 §2
  flag('rtcp-mux', 'media', 'rtcpMux'), //                                          RFC 5761 §5.1.3
  flag('rtcp-mux-only', 'media', 'rtcpMuxOnly'), //                                 RFC 8858 §3
  flag('rtcp-rsize', 'media', 'rtcpRsize'), //                                      RFC 5506 §5
  many('rtpmap', 'media', 'rtpmaps', rtpmap), //                                    RFC 8866 §6.6
  many('rtcp-fb', 'media', 'rtcpFeedbacks', rtcpFeedback), //                       RFC 4585 §4.2
  many('fmtp', 'media', 'fmtps', fmtp), //                                          RFC 8866 §6.15
  lenient(one('ptime', 'media', 'ptime', decimal)), //                              RFC 8866 §6.4
  lenient(one('maxptime', 'media', 'maxptime', decimal)), //                        RFC 8866 §6.5
  lenient(one('framerate', 'media', 'framerate', decimal)), //                      RFC 8866 §6.13
  lenient(many('imageattr', 'media', 'imageattrs', imageattr)), //                  RFC 6236 §3.1
  lenient(many('rid', 'media', 'rids', rid)), //                                    RFC 8851 §10: malformed is ignored
  lenient(one('simulcast', 'media', 'simulcast', simulcast)), //                    RFC 8853 §5.1: likewise
  many('ssrc-group', 'media', 'ssrcGroups', ssrcGroup), //                          RFC 5576 §4.2
  many('ssrc', 'media', 'ssrcs', ssrc), //                                          RFC 5576 §4.1
  one('sctp-port', 'media', 'sctpPort', integer(65535)), //                         RFC 8841 §5
  many('sctpmap', 'media', 'sctpmaps', sctpmap), //                                 drafts before RFC 8841
  one('max-message-size', 'media', 'maxMessageSizeBytes', integer(Number.MAX_SAFE_INTEGER)), // RFC 8841 §6
  lenient(one('sctp-init', 'media', 'sctpInit', text(/^[A-Za-z0-9+/]{4,2732}={0,2}$/))), //          draft-hancke-tsvwg-snap
]

const ROW_BY_NAME = new Map(ATTRIBUTE_ROWS.map((row) => [row.name, row]))

/** One `a=` line without its `a=`. `unknown` for names (and levels) that the table does not have. */
export function parseAttribute(
  level: 'session' | 'media',
  line: string,
  into: MutableAttributes,
): RowResult | 'unknown' {
  const colon = line.indexOf(':')
  const row = ROW_BY_NAME.get(colon < 0 ? line : line.slice(0, colon))
  if (row === undefined || (row.level !== level && row.level !== 'both')) return 'unknown'
  const result = row.parse(colon < 0 ? undefined : line.slice(colon + 1), into)
  return result !== 'ok' && row.lenient === true ? 'unknown' : result
}

const ROWS = {
  session: ATTRIBUTE_ROWS.filter(({ level }) => level !== 'media'),
  media: ATTRIBUTE_ROWS.filter(({ level }) => level !== 'session'),
}

/** Adds the `a=` lines. */
export function writeAttributes(level: 'session' | 'media', attributes: Attributes, lines: string[]): void {
  for (const row of ROWS[level]) row.write(attributes, lines)
}

/** Four names, one meaning. */
function directionRow(direction: Direction): AttributeRow {
  return {
    name: direction,
    level: 'both',
    parse(_value, into) {
      if (into.direction !== undefined && into.direction !== direction) return 'again'
      into.direction = direction
      return 'ok'
    },
    write(from, lines) {
      if (from.direction === direction) lines.push(`a=${direction}`)
    },
  }
}
