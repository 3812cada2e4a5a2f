import { writeAttributes } from './attribute-table.js'
import { writeConnection, writeMediaLine, writeOrigin } from './fields.js'
import type { Bandwidth, ConnectionData, SessionDescription } from './types.js'

/** The text of a description, in the line order of RFC 8866 §5 and with CRLF at the end of each line. */
export function writeSdp(session: SessionDescription): string {
  const lines = ['v=0', `o=${writeOrigin(session.origin)}`, `s=${session.sessionName}`]
  writeConnectionLines(session, lines)
  lines.push(`t=${session.timing.start} ${session.timing.stop}`)
  writeAttributes('session', session.attributes, lines)
  for (const media of session.media) {
    lines.push(`m=${writeMediaLine(media)}`)
    writeConnectionLines(media, lines)
    writeAttributes('media', media.attributes, lines)
  }
  return lines.join('\r\n') + '\r\n'
}

interface Connected {
  readonly connection?: ConnectionData
  readonly bandwidths: readonly Bandwidth[]
}

function writeConnectionLines({ connection, bandwidths }: Connected, lines: string[]): void {
  if (connection !== undefined) lines.push(`c=${writeConnection(connection)}`)
  for (const { type, value } of bandwidths) lines.push(`b=${type}:${value}`)
}
