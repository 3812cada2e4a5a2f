import { parseArgs } from 'node:util'

export interface Options {
  /** End after the transfer between two processes, without the page. */
  readonly once: boolean
  /** First port to try for the page. */
  readonly port: number
  readonly sizeBytes: number
  readonly help: boolean
}

export const USAGE = `usage: npm start -- [--once] [--port 8080] [--size 256]

  --once        end after the transfer between two processes: exit code 0, or 1 and the reason
  --port PORT   where the page is served, 1 to 65535; a busy port is said and the next free one is used (8080)
  --size MIB    size of the file that is sent, 1 to 65536 MiB (256)
  --help        this text`

const MIB = 1024 * 1024

/** Reads the command line; an `Error` says in words what was wrong with it. */
export function parseOptions(args: readonly string[]): Options | Error {
  let values
  try {
    values = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        once: { type: 'boolean', default: false },
        port: { type: 'string', default: '8080' },
        size: { type: 'string', default: '256' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return error as Error // parseArgs throws nothing but errors that name the argument
  }
  const port = wholeNumber('--port', values.port, 1, 65_535)
  if (port instanceof Error) return port
  const sizeMib = wholeNumber('--size', values.size, 1, 65_536)
  if (sizeMib instanceof Error) return sizeMib
  return { once: values.once, port, sizeBytes: sizeMib * MIB, help: values.help }
}

function wholeNumber(name: string, text: string, min: number, max: number): number | Error {
  const value = /^\d+$/.test(text) ? Number(text) : NaN
  if (value >= min && value <= max) return value
  return new Error(`${name} takes a whole number from ${min} to ${max}, not "${text}"`)
}
