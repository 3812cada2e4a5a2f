import { parseArgs } from 'node:util'

export interface DoctorOptions {
  readonly iceServers: readonly string[]
  readonly username: string | undefined
  readonly credential: string | undefined
  readonly json: boolean
  readonly timeoutMillis: number
  readonly help: boolean
}

export const USAGE = `usage: tincan doctor [--ice-server URL]… [--username NAME --credential SECRET] [--json] [--timeout 10]

Shows what this network allows to WebRTC. Nothing but the servers that you name is asked.

  --ice-server URL     stun:host[:port] or stuns:…, turn:host[:port][?transport=udp|tcp] or turns:…; repeat it for more
  --username NAME      for turn: and turns:, or the environment variable TINCAN_TURN_USERNAME
  --credential SECRET  the password; the environment variable TINCAN_TURN_CREDENTIAL keeps it out of the list of processes
  --json               the same as data (docs/doctor.md)
  --timeout SECONDS    how long servers may take, 1 to 600 (10)
  --help               this text

Exit code: 0 when a connection to the outside is expected to work, 1 when not, 2 for bad arguments.`

/** As many as a connection would ask. */
const MAX_SERVERS = 16
const SCHEME = /^(stuns?|turns?):/i

/** Reads the command line; an `Error` says in words what was wrong with it, without what may be a secret. */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): DoctorOptions | Error {
  let parsed
  try {
    parsed = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        'ice-server': { type: 'string', multiple: true, default: [] },
        username: { type: 'string' },
        credential: { type: 'string' },
        json: { type: 'boolean', default: false },
        timeout: { type: 'string', default: '10' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return error as Error // parseArgs throws nothing but errors that name the option
  }
  const { values, positionals } = parsed
  if (positionals.length > 0) return new Error('doctor takes options alone; servers are named by --ice-server')
  const seconds = /^\d{1,3}$/.test(values.timeout) ? Number(values.timeout) : NaN
  if (!(seconds >= 1 && seconds <= 600)) return new Error('--timeout takes a whole number from 1 to 600')
  const iceServers = [...new Set(values['ice-server'])]
  if (iceServers.length > MAX_SERVERS) return new Error(`--ice-server: at most ${MAX_SERVERS} servers`)
  const options = {
    iceServers,
    username: values.username ?? environment['TINCAN_TURN_USERNAME'],
    credential: values.credential ?? environment['TINCAN_TURN_CREDENTIAL'],
    json: values.json,
    timeoutMillis: seconds * 1000,
    help: values.help,
  }
  return complaint(options) ?? options
}

function complaint({ iceServers, username, credential }: DoctorOptions): Error | undefined {
  for (const url of iceServers) {
    if (url.includes('@')) return new Error('--ice-server: credentials do not belong into the URL, see --username')
    if (!SCHEME.test(url)) return new Error(`--ice-server: '${url}' is no stun:, turn: or turns: URL`)
    const isTurn = url.toLowerCase().startsWith('turn')
    if (isTurn && (username === undefined || credential === undefined))
      return new Error(`--ice-server: ${url} needs --username and --credential`)
  }
  return undefined
}
