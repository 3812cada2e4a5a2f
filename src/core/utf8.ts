// Every JavaScript runtime has these two, but they belong to no ECMAScript library that a Node-less tsconfig could name.
declare class TextEncoder {
  encode(text: string): Uint8Array
}
declare class TextDecoder {
  constructor(label: 'utf-8', options: { fatal: boolean; ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}

const encoder = new TextEncoder()
const lenient = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Most texts of protocols are short and ASCII: calling the encoder takes longer than they do, and its memory is not of the heap. */
const SHORT = 64

export function encodeUtf8(text: string): Uint8Array {
  return (text.length <= SHORT ? encodeAscii(text) : undefined) ?? encoder.encode(text)
}

/** `undefined` for what is not ASCII. */
function encodeAscii(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return undefined
    bytes[i] = code
  }
  return bytes
}

/** `undefined` for what is not ASCII. */
function decodeAscii(bytes: Uint8Array): string | undefined {
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes[i]!
    if (code > 0x7f) return undefined
    text += String.fromCharCode(code)
  }
  return text
}

/** Decodes UTF-8; malformed sequences become U+FFFD, as in browsers. */
export function decodeUtf8(bytes: Uint8Array): string {
  return (bytes.length <= SHORT ? decodeAscii(bytes) : undefined) ?? lenient.decode(bytes)
}

/** Decodes UTF-8; `undefined` when it is malformed. */
export function decodeUtf8Strictly(bytes: Uint8Array): string | undefined {
  const ascii = bytes.length <= SHORT ? decodeAscii(bytes) : undefined
  if (ascii !== undefined) return ascii
  try {
    return strict.decode(bytes)
  } catch {
    return undefined // the decoder has no other way to say that these bytes are not UTF-8
  }
}
