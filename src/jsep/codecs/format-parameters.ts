/** `a=fmtp` in the form that most codecs give it: `key=value;key=value`. */

/** Undefined where it is not of that form: `0-15`, `111/111`. Keys without case; of a key that stands twice the first. */
export function parseFormatParameters(line: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>()
  for (const part of line.split(';')) {
    const text = part.trim()
    if (text === '') continue
    const equals = text.indexOf('=')
    if (equals <= 0) return undefined
    const key = text.slice(0, equals).trim().toLowerCase()
    if (!parameters.has(key)) parameters.set(key, text.slice(equals + 1).trim())
  }
  return parameters
}

/** The same line with one value exchanged; other parameters keep their place and spelling. */
export function withFormatParameter(line: string, key: string, value: string): string {
  const parts = line.split(';').map((part) => {
    const [name = ''] = part.split('=')
    return name.trim().toLowerCase() === key ? `${name.trim()}=${value}` : part.trim()
  })
  return parts.join(';')
}
