import type { MutableAttributes } from './attribute-row.js'
import { parseAttribute } from './attribute-table.js'
import { parseBandwidth, parseConnection, parseMediaLine, parseOrigin, parseTiming } from './fields.js'
import type { MediaLine } from './fields.js'
import type { Bandwidth, ConnectionData, MediaDescription, Origin, ParsedSdp, SessionDescription } from './types.js'

/** Beyond these a description is refused: nobody needs it, and its reader must not pay for it. */
export const SDP_LIMITS = {
  textLength: 4 * 1024 * 1024,
  lines: 50_000,
  /** Candidates and codec parameters stay far below 1 KiB; an identity assertion may be longer. */
  lineLength: 16 * 1024,
  /** A large conference offers hundreds; what is done with them grows as their number does. */
  mediaSections: 1024,
  /** Kept for diagnosis; more are dropped without being listed. */
  unknownAttributes: 100,
}

interface Level {
  connection?: ConnectionData
  bandwidths: Bandwidth[]
  attributes: MutableAttributes
}

/** What has been read so far. */
interface Reading {
  origin?: Origin | undefined
  sessionName?: string
  timing?: { start: number; stop: number } | undefined
  session: Level
  media: (Level & { line: MediaLine; lineNumber: number })[]
  unknown: string[]
}

/**
 * Line types in the order of RFC 8866 §5, each with how often it may stand there. `t` and `r` alternate, and so do the
 * types that follow an `m`; `o`, `s` and `t` must be there.
 */
const SESSION_ORDER = 'vosiuepcbtrzka'
const MEDIA_ORDER = 'micbka'
const REPEATABLE_IN_SESSION = 'epbtra'
const REPEATABLE_IN_MEDIA = 'cba'

/** Reads a whole description. Never throws; an error names the first line that is wrong. */
export function parseSdp(text: string): ParsedSdp {
  if (text.length > SDP_LIMITS.textLength) return failure(1, `longer than ${SDP_LIMITS.textLength} characters`)
  const lines = text.split('\n', SDP_LIMITS.lines + 1)
  if (lines.length > SDP_LIMITS.lines) return failure(SDP_LIMITS.lines, `more than ${SDP_LIMITS.lines} lines`)
  // What ends each line also ends the last one; some signalling adds another, some takes it away.
  while (lines.length > 1 && (lines.at(-1) === '' || lines.at(-1) === '\r')) lines.pop()

  const reading: Reading = { session: { bandwidths: [], attributes: {} }, media: [], unknown: [] }
  let previous = ''
  for (let index = 0; index < lines.length; index++) {
    const rawLine = lines[index]!
    const line = rawLine.endsWith('\r') ? rawLine.slice(0, -1) : rawLine
    const problem = formProblem(line) ?? orderProblem(previous, line[0]!, reading) ?? readLine(line, index + 1, reading)
    if (problem !== undefined) return failure(index + 1, problem)
    previous = line[0]!
  }
  return finish(reading, lines.length)
}

function failure(line: number, message: string): ParsedSdp {
  return { ok: false, error: { line, message } }
}

/** RFC 8866 §5: `<type>=<value>`, without white space around the equals sign. */
function formProblem(line: string): string | undefined {
  if (line.length > SDP_LIMITS.lineLength) return `longer than ${SDP_LIMITS.lineLength} characters`
  if (!/^[a-z]=/.test(line)) return 'expected a letter, an equals sign and a value'
  // RFC 8866 §9 leaves NUL and CR out of byte-string.
  return /[\u0000\r]/.test(line) ? 'a control character in the line' : undefined
}

function orderProblem(previous: string, type: string, reading: Reading): string | undefined {
  if (previous === '') return type === 'v' ? undefined : 'expected v= in the first line'
  if (type === 'm') return sessionProblem(reading)
  const inMedia = reading.media.length > 0
  const order = inMedia ? MEDIA_ORDER : SESSION_ORDER
  const place = order.indexOf(type)
  if (place < 0) return `${type}= is not expected ${inMedia ? 'in a media section' : 'at session level'}`
  if (!inMedia && type !== 'o' && reading.origin === undefined) return 'expected o='
  if (!inMedia && type !== 's' && type !== 'o' && reading.sessionName === undefined) return 'expected s='
  if (!inMedia && place > order.indexOf('t') && reading.timing === undefined) return 'expected t='
  if (type === previous) {
    const repeatable = inMedia ? REPEATABLE_IN_MEDIA : REPEATABLE_IN_SESSION
    return repeatable.includes(type) ? undefined : `${type}= stands twice`
  }
  if (!inMedia && type === 't' && previous === 'r') return undefined
  return place < order.indexOf(previous) ? `${type}= must stand before ${previous}=` : undefined
}

/** The session level must be whole where the first media section, or the end, follows. */
function sessionProblem({ origin, sessionName, timing }: Reading): string | undefined {
  if (origin === undefined) return 'expected o='
  if (sessionName === undefined) return 'expected s='
  return timing === undefined ? 'expected t=' : undefined
}

/** What is wrong with the line's value; nothing when it was taken. */
function readLine(line: string, lineNumber: number, reading: Reading): string | undefined {
  const value = line.slice(2)
  const level = reading.media.at(-1) ?? reading.session
  switch (line[0]) {
    case 'v':
      return value.trimEnd() === '0' ? undefined : 'expected v=0'
    case 'o':
      return (reading.origin = parseOrigin(value)) ? undefined : 'malformed o='
    case 's':
      reading.sessionName = value
      return undefined
    case 't': {
      const timing = parseTiming(value)
      reading.timing ??= timing
      return timing ? undefined : 'malformed t='
    }
    case 'c': {
      const connection = parseConnection(value)
      if (connection === undefined) return 'malformed c='
      level.connection ??= connection // several are for multicast, which WebRTC does not have
      return undefined
    }
    case 'b': {
      const bandwidth = parseBandwidth(value)
      if (bandwidth === undefined) return 'malformed b='
      level.bandwidths.push(bandwidth)
      return undefined
    }
    case 'm':
      return readMediaLine(value, lineNumber, reading)
    case 'a':
      return readAttribute(value, level, reading)
    default:
      return undefined // i=, u=, e=, p=, r=, z=, k=: nothing in WebRTC reads them
  }
}

function readMediaLine(value: string, lineNumber: number, reading: Reading): string | undefined {
  const line = parseMediaLine(value)
  if (line === undefined) return 'malformed m='
  if (reading.media.length === SDP_LIMITS.mediaSections) return `more than ${SDP_LIMITS.mediaSections} media sections`
  reading.media.push({ line, lineNumber, bandwidths: [], attributes: {} })
  return undefined
}

function readAttribute(value: string, level: Level, reading: Reading): string | undefined {
  const result = parseAttribute(level === reading.session ? 'session' : 'media', value, level.attributes)
  if (result === 'malformed') return `malformed a=${nameOf(value)}`
  if (result === 'again') return `a=${nameOf(value)} contradicts an earlier line`
  if (result === 'unknown' && reading.unknown.length < SDP_LIMITS.unknownAttributes) reading.unknown.push(value)
  return undefined
}

function nameOf(attribute: string): string {
  return /^[^:]{0,40}/.exec(attribute)?.[0] ?? ''
}

function finish(reading: Reading, lineCount: number): ParsedSdp {
  const problem = sessionProblem(reading)
  if (problem !== undefined) return failure(lineCount, problem)
  const { session, unknown } = reading
  const value: SessionDescription = {
    origin: reading.origin!,
    sessionName: reading.sessionName!,
    ...(session.connection && { connection: session.connection }),
    bandwidths: session.bandwidths,
    timing: reading.timing!,
    attributes: session.attributes,
    media: reading.media.map(mediaDescription),
    ...(unknown.length > 0 && { unknown }),
  }
  return { ok: true, value }
}

function mediaDescription(reading: Reading['media'][number]): MediaDescription {
  const { line, lineNumber, connection, bandwidths, attributes } = reading
  const { kind, port, portCount, protocol, formats } = line
  // Field by field: V8 gives each object that is spread a shape of its own, 300 bytes that live as long as the description.
  const media: { -readonly [K in keyof MediaDescription]: MediaDescription[K] } = {
    kind,
    port,
    protocol,
    formats: formats.slice(), // without the room that V8 gives to lists that grow
    bandwidths,
    attributes,
    line: lineNumber,
  }
  if (portCount !== undefined) media.portCount = portCount
  if (connection !== undefined) media.connection = connection
  return media
}
