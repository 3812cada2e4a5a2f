const MAX_LENGTH = 200

/** What a server says, for a terminal: without characters that control one, and without the secret, should the server echo it. */
export function printable(text: string, secret: string | undefined): string {
  const told = secret === undefined || secret === '' ? text : text.replaceAll(secret, '***')
  return told.replaceAll(/\p{C}+/gu, ' ').slice(0, MAX_LENGTH)
}
