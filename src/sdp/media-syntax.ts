/** How the values of attributes about media and SCTP are read and written. */
import { splitWords } from './attribute-syntax.js'
import { parseConnection, parseNumber, TOKEN, writeConnection } from './fields.js'
import type {
  Direction,
  Extmap,
  Fmtp,
  Imageattr,
  RtcpAddress,
  RtcpFeedback,
  Rid,
  Rtpmap,
  Sctpmap,
  Simulcast,
  SimulcastRid,
  SsrcAttribute,
  SsrcGroup,
} from './types.js'

const MAX_UINT32 = 0xffffffff

/** The first word and what follows it. */
function headAndRest(value: string): [string, string | undefined] {
  const space = value.indexOf(' ')
  return space < 0 ? [value, undefined] : [value.slice(0, space), value.slice(space + 1).trim() || undefined]
}

const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] satisfies Direction[]

/** `<id>["/"<direction>] <URI> [<parameters>]`; ids above 255 are for offers to be renumbered (RFC 8285 §8). */
export const extmap = {
  parse(value: string): Extmap | undefined {
    const [head, rest] = headAndRest(value)
    const [idText, direction, ...more] = head.split('/')
    const id = parseNumber(idText, 65535)
    if (id === undefined || rest === undefined || more.length > 0) return undefined
    if (direction !== undefined && !DIRECTIONS.includes(direction)) return undefined
    const [uri, parameters] = headAndRest(rest)
    return {
      id,
      uri,
      ...(direction !== undefined && { direction: direction as Direction }),
      ...(parameters !== undefined && { parameters }),
    }
  },
  write({ id, direction, uri, parameters }: Extmap): string {
    const head = direction === undefined ? `${id} ${uri}` : `${id}/${direction} ${uri}`
    return parameters === undefined ? head : `${head} ${parameters}`
  },
}

export const rtcp = {
  parse(value: string): RtcpAddress | undefined {
    const [portText, rest] = headAndRest(value)
    const port = parseNumber(portText, 65535)
    if (port === undefined) return undefined
    if (rest === undefined) return { port }
    const connection = parseConnection(rest)
    return connection === undefined ? undefined : { port, connection }
  },
  write: ({ port, connection }: RtcpAddress): string =>
    connection === undefined ? `${port}` : `${port} ${writeConnection(connection)}`,
}

export const rtpmap = {
  parse(value: string): Rtpmap | undefined {
    const [head, rest] = headAndRest(value)
    const [encodingName, rate, channelsText, ...more] = (rest ?? '').split('/')
    const payloadType = parseNumber(head, 127)
    const clockRate = parseNumber(rate, MAX_UINT32)
    if (payloadType === undefined || !encodingName || clockRate === undefined || more.length > 0) return undefined
    if (!TOKEN.test(encodingName)) return undefined
    if (channelsText === undefined) return { payloadType, encodingName, clockRate }
    const channels = parseNumber(channelsText, 65535)
    return channels === undefined ? undefined : { payloadType, encodingName, clockRate, channels }
  },
  write({ payloadType, encodingName, clockRate, channels }: Rtpmap): string {
    const codec = `${payloadType} ${encodingName}/${clockRate}`
    return channels === undefined ? codec : `${codec}/${channels}`
  },
}

export const fmtp = {
  parse(value: string): Fmtp | undefined {
    const [format, parameters] = headAndRest(value)
    return parameters === undefined || !TOKEN.test(format) ? undefined : { format, parameters }
  },
  write: ({ format, parameters }: Fmtp): string => `${format} ${parameters}`,
}

function payloadTypeOrAll(word: string): number | '*' | undefined {
  return word === '*' ? '*' : parseNumber(word, 127)
}

export const rtcpFeedback = {
  parse(value: string): RtcpFeedback | undefined {
    const [head, feedback] = headAndRest(value)
    const payloadType = payloadTypeOrAll(head)
    return payloadType === undefined || feedback === undefined ? undefined : { payloadType, feedback }
  },
  write: ({ payloadType, feedback }: RtcpFeedback): string => `${payloadType} ${feedback}`,
}

export const imageattr = {
  parse(value: string): Imageattr | undefined {
    const [head, rest] = headAndRest(value)
    const payloadType = payloadTypeOrAll(head)
    return payloadType === undefined || rest === undefined ? undefined : { payloadType, value: rest }
  },
  write: ({ payloadType, value }: Imageattr): string => `${payloadType} ${value}`,
}

export const ssrc = {
  parse(value: string): SsrcAttribute | undefined {
    const [head, rest] = headAndRest(value)
    const number = parseNumber(head, MAX_UINT32)
    if (number === undefined || rest === undefined) return undefined
    const colon = rest.indexOf(':')
    const attribute = colon < 0 ? rest : rest.slice(0, colon)
    if (!TOKEN.test(attribute)) return undefined
    return { ssrc: number, attribute, ...(colon >= 0 && { value: rest.slice(colon + 1) }) }
  },
  write: ({ ssrc: number, attribute, value }: SsrcAttribute): string =>
    value === undefined ? `${number} ${attribute}` : `${number} ${attribute}:${value}`,
}

export const ssrcGroup = {
  parse(value: string): SsrcGroup | undefined {
    const [semantics, ...numbers] = splitWords(value)
    const ssrcs = numbers.map((number) => parseNumber(number, MAX_UINT32))
    if (semantics === undefined || !TOKEN.test(semantics) || !ssrcs.every((number) => number !== undefined))
      return undefined
    return { semantics, ssrcs }
  },
  write: ({ semantics, ssrcs }: SsrcGroup): string => [semantics, ...ssrcs].join(' '),
}

const RID_ID = /^[A-Za-z0-9_-]+$/

export const rid = {
  parse(value: string): Rid | undefined {
    const [id, rest] = headAndRest(value)
    const [direction, restrictions] = headAndRest(rest ?? '')
    if (!RID_ID.test(id) || (direction !== 'send' && direction !== 'recv')) return undefined
    return { id, direction, ...(restrictions !== undefined && { restrictions }) }
  },
  write: ({ id, direction, restrictions }: Rid): string =>
    restrictions === undefined ? `${id} ${direction}` : `${id} ${direction} ${restrictions}`,
}

export const simulcast = {
  /** `send 1;2,~3 recv 4`: `;` between streams, `,` between alternatives, `~` for those that start paused. */
  parse(value: string): Simulcast | undefined {
    const found: { send?: readonly (readonly SimulcastRid[])[]; recv?: readonly (readonly SimulcastRid[])[] } = {}
    const words = splitWords(value)
    if (words.length !== 2 && words.length !== 4) return undefined
    for (let i = 0; i < words.length; i += 2) {
      const direction = words[i]
      if ((direction !== 'send' && direction !== 'recv') || found[direction] !== undefined) return undefined
      const streams = words[i + 1]!.split(';').map((stream) => stream.split(',').map(parseSimulcastRid))
      if (!streams.flat().every(({ id }) => RID_ID.test(id))) return undefined
      found[direction] = streams
    }
    return found
  },
  write({ send, recv }: Simulcast): string {
    const sides = [
      ['send', send],
      ['recv', recv],
    ] as const
    return sides
      .flatMap(([name, streams]) => (streams === undefined ? [] : [`${name} ${writeStreams(streams)}`]))
      .join(' ')
  },
}

function parseSimulcastRid(word: string): SimulcastRid {
  return word.startsWith('~') ? { id: word.slice(1), paused: true } : { id: word, paused: false }
}

function writeStreams(streams: readonly (readonly SimulcastRid[])[]): string {
  return streams.map((stream) => stream.map(({ id, paused }) => (paused ? `~${id}` : id)).join(',')).join(';')
}

export const sctpmap = {
  parse(value: string): Sctpmap | undefined {
    const [portText, application, streamsText, ...rest] = splitWords(value)
    const port = parseNumber(portText, 65535)
    if (port === undefined || application === undefined || rest.length > 0) return undefined
    if (streamsText === undefined) return { port, application }
    const streams = parseNumber(streamsText, 65535)
    return streams === undefined ? undefined : { port, application, streams }
  },
  write: ({ port, application, streams }: Sctpmap): string =>
    streams === undefined ? `${port} ${application}` : `${port} ${application} ${streams}`,
}

/** `20`, `2.5`: packet times and frame rates may have a fraction (RFC 8866 §6.4, §6.13). */
export const decimal = {
  parse: (value: string): number | undefined => (/^\d{1,9}(?:\.\d{1,9})?$/.test(value) ? Number(value) : undefined),
  write: String,
}
