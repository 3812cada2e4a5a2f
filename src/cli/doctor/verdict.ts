import type { NatBehavior } from '../../index.js'
import type { Advice, AdviceCode, Connectivity, DoctorReport, ServerReport } from './report.js'

/** What was measured. */
export type Findings = Pick<DoctorReport, 'interfaces' | 'servers' | 'nat' | 'multicastDns'>

/** STUN and TURN errors about who asks (RFC 8489 §14.8, RFC 8656 §19). */
const UNAUTHORIZED = [401, 403, 441]

/** What would connect, and what to do about what would not. */
export function judge(findings: Findings): Pick<DoctorReport, 'connectivity' | 'advice'> {
  const connectivity = connectivityOf(findings)
  const advice = adviceFor(findings, connectivity)
  return { connectivity, advice: advice.length > 0 ? advice : [ALL_WELL] }
}

const ALL_WELL: Advice = {
  code: 'all-well',
  text: 'Connections are expected to work, directly with most peers and through the relay with the rest.',
}

function connectivityOf({ interfaces, servers, nat }: Findings): Connectivity {
  const used = interfaces.filter(({ isUsed }) => isUsed)
  const serverReflexive = reflexivity(servers, nat)
  const relays = servers.filter(({ kind, isNamed, hasAnswered }) => kind === 'turn' && isNamed && hasAnswered)
  const relay = [...new Set(relays.map(({ transport }) => transport))]
  // Nobody was asked: an address of the internet is all that speaks for it.
  const isPublic = servers.length === 0 && used.some(({ scope }) => scope === 'global')
  const isExpected = relay.length > 0 || serverReflexive === 'most' || isPublic
  return { isExpected, host: used.length > 0, serverReflexive, relay }
}

function reflexivity(servers: readonly ServerReport[], nat: readonly NatBehavior[]): Connectivity['serverReflexive'] {
  const overUdp = servers.filter(isOverUdp)
  if (overUdp.length === 0) return 'unknown'
  if (!overUdp.some(({ hasAnswered }) => hasAnswered)) return 'none'
  return nat.length > 0 && nat.every(isSymmetric) ? 'some' : 'most'
}

/** DTLS is, too. */
function isOverUdp({ transport }: ServerReport): boolean {
  return transport === 'udp' || transport === 'dtls'
}

/** RFC 4787 §4.1 has three kinds; the two that depend on the destination are what people call symmetric. */
function isSymmetric({ isTranslated, mapping }: NatBehavior): boolean {
  return isTranslated && mapping !== null && mapping !== 'endpoint-independent'
}

function adviceFor(findings: Findings, connectivity: Connectivity): Advice[] {
  return [
    ...aboutThisMachine(findings),
    ...aboutServers(findings),
    ...aboutTheNat(findings, connectivity),
    ...aboutMulticast(findings),
  ]
}

function aboutThisMachine({ interfaces, servers }: Findings): Advice[] {
  const outside = interfaces.filter(({ scope }) => scope !== 'loopback')
  const advice: Advice[] = []
  if (outside.length === 0) {
    advice.push(say('no-address', 'This machine has no network address besides loopback: it is offline.'))
  } else if (outside.every(({ bindError }) => bindError !== null)) {
    const codes = [...new Set(outside.map(({ bindError }) => bindError))].join(', ')
    advice.push(
      say('no-udp-socket', `UDP sockets do not bind (${codes}): a sandbox or a policy of this machine forbids it.`),
    )
  }
  if (servers.length === 0) {
    const text = 'No server was asked, so what lies between here and the internet is not known.'
    advice.push(say('name-a-server', `${text} Name a STUN or TURN server: --ice-server stun:HOST`))
  }
  return advice
}

function aboutServers({ servers, nat }: Findings): Advice[] {
  const named = servers.filter(({ isNamed }) => isNamed)
  const advice = named.filter(({ hasAnswered }) => !hasAnswered).map(aboutFailure)
  for (const { url, isNamed, hasAnswered } of servers) {
    const isInstead = !named.some((server) => server.hasAnswered && url === `${server.url}?transport=tcp`)
    if (!isNamed && hasAnswered && isInstead)
      advice.push(say('use-tcp', `That TURN server answers over TCP: use ${url}`))
  }
  const overUdp = servers.filter(isOverUdp)
  // Who refuses our credentials has answered all the same.
  const speaksUdp = nat.length > 0 || overUdp.some((server) => server.hasAnswered || isRefusal(server))
  if (servers.length > 0 && servers.every((server) => !server.hasAnswered && !isRefusal(server))) {
    const text = 'None of the servers answers: check their names, and whether a firewall stands before them.'
    advice.push(say('nothing-answered', text))
  } else if (overUdp.length > 0 && !speaksUdp) {
    const text =
      'Nothing answers over UDP, which seems to be blocked. Then only a TURN server over TCP or TLS connects:'
    const remedy = 'turn:HOST?transport=tcp, or turns:HOST:443, which passes most firewalls.'
    advice.push(say('udp-blocked', `${text} ${remedy}`))
  }
  return advice
}

function isRefusal({ error }: ServerReport): boolean {
  return error !== null && UNAUTHORIZED.includes(error.code)
}

function aboutFailure(server: ServerReport): Advice {
  const { url, error } = server
  const text = `${error?.code ?? ''} ${error?.text ?? ''}`.trim()
  if (isRefusal(server)) return say('credentials-refused', `${url} refuses the username or the credential (${text}).`)
  return say('server-failed', `${url} failed: ${text}`)
}

function aboutTheNat({ servers, nat }: Findings, { serverReflexive, relay }: Connectivity): Advice[] {
  const advice: Advice[] = []
  if (serverReflexive === 'some') {
    const text = 'The NAT gives us another public port for every destination (a symmetric NAT).'
    const remedy =
      relay.length > 0
        ? 'Peers behind most other NATs are reached through the relay.'
        : 'Peers behind most other NATs are not reached: add a TURN server.'
    advice.push(say('symmetric-nat', `${text} ${remedy}`))
  } else if (serverReflexive === 'most') {
    if (!servers.some(({ kind }) => kind === 'turn'))
      advice.push(
        say(
          'add-turn',
          'Peers behind symmetric NATs, or without UDP, are reached through a TURN server alone: add one.',
        ),
      )
    if (nat.length > 0 && nat.every(({ isTranslated, mapping }) => isTranslated && mapping === null)) {
      const text = 'Whether the NAT is symmetric cannot be told by one server with one address:'
      advice.push(say('name-another-stun-server', `${text} name another one, or one that supports RFC 5780.`))
    }
  }
  if (nat.some(({ hairpinning }) => hairpinning === false)) {
    const text = 'The NAT does not hairpin: peers behind the same one reach each other by their host candidates,'
    advice.push(say('no-hairpinning', `${text} or through a relay.`))
  }
  return advice
}

function aboutMulticast({ multicastDns: { works, reason } }: Findings): Advice[] {
  if (works) return []
  const text = 'Multicast DNS does not work here'
  const why = reason === null ? '' : ` (${reason})`
  const result =
    'browsers on the same network, which hide their addresses behind .local names, are not reached directly.'
  return [say('no-multicast-dns', `${text}${why}: ${result}`)]
}

function say(code: AdviceCode, text: string): Advice {
  return { code, text }
}
