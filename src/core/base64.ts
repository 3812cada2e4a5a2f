/** Base 64 (RFC 4648 §4), with padding, as SDP has it (RFC 8866 §9, `base64`). */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const CODE_OF = new Map(Array.from(ALPHABET, (letter, code) => [letter, code] as const))

export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at
    const bits = (bytes[at]! << 16) | ((left > 1 ? bytes[at + 1]! : 0) << 8) | (left > 2 ? bytes[at + 2]! : 0)
    text += ALPHABET[bits >> 18]! + ALPHABET[(bits >> 12) & 63]!
    text += (left > 1 ? ALPHABET[(bits >> 6) & 63]! : '=') + (left > 2 ? ALPHABET[bits & 63]! : '=')
  }
  return text
}

/** `undefined` for anything but whole, padded groups of four. Bits beyond the last byte are not looked at. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const letters = text.length - padding
  const bytes = new Uint8Array(Math.floor((letters * 3) / 4))
  let bits = 0
  for (let at = 0; at < text.length; at++) {
    const code = at < letters ? CODE_OF.get(text[at]!) : 0
    if (code === undefined) return undefined
    bits = (bits << 6) | code
    if (at % 4 !== 3) continue
    const from = (at >> 2) * 3
    for (let i = 0; i < 3 && from + i < bytes.length; i++) bytes[from + i] = (bits >> (16 - 8 * i)) & 0xff
    bits = 0
  }
  return bytes
}
