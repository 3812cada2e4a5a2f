/** Restrictions of `a=rid` (RFC 8851 §4, §5): `pt=96,97;max-width=1280;max-fps=30`. */

export interface RidRestrictions {
  /** Absent: any of the section. */
  readonly payloadTypes?: readonly number[]
  readonly maxWidth?: number
  readonly maxHeight?: number
  readonly maxFramesPerSecond?: number
  /** Pixels of one frame. */
  readonly maxFrameSize?: number
  /** Bits per second of payload and the RTP header. */
  readonly maxBitrate?: number
  readonly maxPixelsPerSecond?: number
  /** Bits per pixel, with a fraction. */
  readonly maxBitsPerPixel?: number
  /** Rids of streams that it builds on. */
  readonly depend?: readonly string[]
}

type LimitKey = Exclude<keyof RidRestrictions, 'payloadTypes' | 'depend'>

const LIMITS: Readonly<Record<string, LimitKey>> = {
  'max-width': 'maxWidth',
  'max-height': 'maxHeight',
  'max-fps': 'maxFramesPerSecond',
  'max-fs': 'maxFrameSize',
  'max-br': 'maxBitrate',
  'max-pps': 'maxPixelsPerSecond',
  'max-bpp': 'maxBitsPerPixel',
}

/**
 * Undefined for what is malformed, and for restrictions that we do not know: their stream must not be used (RFC 8851
 * §6.2). The list of payload types comes first (§10).
 */
export function parseRidRestrictions(text: string): RidRestrictions | undefined {
  const found: { -readonly [K in keyof RidRestrictions]: RidRestrictions[K] } = {}
  for (const [index, part] of text.split(';').entries()) {
    const equals = part.indexOf('=')
    const [name, value] = equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)]
    if (name === 'pt') {
      const payloadTypes = value.split(',').map((number) => (/^\d{1,3}$/.test(number) ? Number(number) : 128))
      if (index > 0 || payloadTypes.some((number) => number > 127)) return undefined
      found.payloadTypes = payloadTypes
    } else if (name === 'depend') {
      const depend = value.split(',')
      if (found.depend !== undefined || !depend.every((rid) => /^[A-Za-z0-9_-]+$/.test(rid))) return undefined
      found.depend = depend
    } else if (!readLimit(found, name, value)) return undefined
  }
  return found
}

function readLimit(into: { -readonly [K in LimitKey]?: number }, name: string, value: string): boolean {
  const key = Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined
  const pattern = key === 'maxBitsPerPixel' ? /^\d{1,5}(?:\.\d{1,5})?$/ : /^\d{1,15}$/
  if (key === undefined || into[key] !== undefined || !pattern.test(value)) return false
  into[key] = Number(value)
  return true
}
