import { writeAttributes } from './attribute-table.js'
import { writeConnection, writeMediaLine, writeOrigin } from './fields.js'
import type { Bandwidth, ConnectionData, MediaDescription, SessionDescription } from './types.js'

/** The text of a description, in the line order of RFC 8866 §5 and with CRLF at the end of each line. */
export function writeSdp(session: SessionDescription): string {
  const lines = [
    'v=0',
    `o=${writeOrigin(session.origin)}`,
    `s=${session.sessionName}`,
    ...connectionLines(session.connection, session.bandwidths),
    `t=${session.timing.start} ${session.timing.stop}`,
    ...writeAttributes('session', session.attributes),
    ...session.media.flatMap(mediaLines),
  ]
  return lines.join('\r\n') + '\r\n'
}

function mediaLines(media: MediaDescription): string[] {
  return [
    `m=${writeMediaLine(media)}`,
    ...connectionLines(media.connection, media.bandwidths),
    ...writeAttributes('media', media.attributes),
  ]
}

function connectionLines(connection: ConnectionData | undefined, bandwidths: readonly Bandwidth[]): string[] {
  const lines = bandwidths.map(({ type, value }) => `b=${type}:${value}`)
  if (connection !== undefined) lines.unshift(`c=${writeConnection(connection)}`)
  return lines
}
