/** The values that lines other than `a=` are made of (RFC 8866 §5). */
import type { Bandwidth, ConnectionData, MediaDescription, Origin } from './types.js'

/** RFC 8866 §9 token: no spaces, no separators. */
export const TOKEN = /^[!#-'*+\-.0-9A-Z^-~]+$/

const DIGITS = /^\d+$/

/** A decimal number without sign; `undefined` when it is none, or above `max`. */
export function parseNumber(text: string | undefined, max: number = Number.MAX_SAFE_INTEGER): number | undefined {
  if (text === undefined || text.length > 20 || !DIGITS.test(text)) return undefined
  const value = Number(text)
  return value <= max ? value : undefined
}

export function parseOrigin(value: string): Origin | undefined {
  const [username, sessionId, sessionVersion, netType, addressType, address, ...rest] = value.split(' ')
  if (!username || !isWord64(sessionId) || !isWord64(sessionVersion) || netType !== 'IN' || rest.length > 0)
    return undefined
  if ((addressType !== 'IP4' && addressType !== 'IP6') || !address) return undefined
  return { username, sessionId, sessionVersion, addressType, address }
}

/** 20 digits hold every unsigned 64-bit number. Firefox and others are known to use more than 63 bits. */
function isWord64(text: string | undefined): text is string {
  return text !== undefined && text.length <= 20 && DIGITS.test(text)
}

export function writeOrigin(origin: Origin): string {
  const { username, sessionId, sessionVersion, addressType, address } = origin
  return `${username} ${sessionId} ${sessionVersion} IN ${addressType} ${address}`
}

export function parseConnection(value: string): ConnectionData | undefined {
  const [netType, addressType, address, ...rest] = value.split(' ')
  if (netType !== 'IN' || (addressType !== 'IP4' && addressType !== 'IP6') || !address || rest.length > 0)
    return undefined
  return { addressType, address }
}

export function writeConnection(connection: ConnectionData): string {
  return `IN ${connection.addressType} ${connection.address}`
}

export function parseBandwidth(value: string): Bandwidth | undefined {
  const colon = value.indexOf(':')
  const type = value.slice(0, colon)
  const amount = parseNumber(value.slice(colon + 1))
  if (colon < 1 || amount === undefined || !TOKEN.test(type)) return undefined
  return { type, value: amount }
}

export function parseTiming(value: string): { start: number; stop: number } | undefined {
  const [first, second, ...rest] = value.split(' ')
  const start = parseNumber(first)
  const stop = parseNumber(second)
  return start === undefined || stop === undefined || rest.length > 0 ? undefined : { start, stop }
}

/** What an `m=` line says: `<media> <port>[/<number of ports>] <proto> <fmt> …` (RFC 8866 §5.14). */
export type MediaLine = Pick<MediaDescription, 'kind' | 'port' | 'portCount' | 'protocol' | 'formats'>

export function parseMediaLine(value: string): MediaLine | undefined {
  const [kind, ports, protocol, ...formats] = value.trimEnd().split(' ')
  if (!kind || !TOKEN.test(kind) || !ports || !protocol || formats.length === 0) return undefined
  if (!protocol.split('/').every((part) => TOKEN.test(part)) || !formats.every((format) => TOKEN.test(format))) {
    return undefined
  }
  const [portText, countText, ...rest] = ports.split('/')
  const port = parseNumber(portText, 65535)
  if (port === undefined || rest.length > 0) return undefined
  if (countText === undefined) return { kind, port, protocol, formats }
  const portCount = parseNumber(countText, 65535)
  return portCount === undefined ? undefined : { kind, port, portCount, protocol, formats }
}

export function writeMediaLine(media: MediaLine): string {
  const ports = media.portCount === undefined ? `${media.port}` : `${media.port}/${media.portCount}`
  return [media.kind, ports, media.protocol, ...media.formats].join(' ')
}
