import { styleText } from 'node:util'
import type { NatBehavior } from '../../index.js'
import type { AddressAndPort, DoctorReport, InterfaceReport, MulticastDnsFamilyReport, ServerReport } from './report.js'

type Style = 'bold' | 'green' | 'red' | 'dim'
type Paint = (style: Style, text: string) => string

/** For people: sections, one line a fact, what to do at the end. */
export function printReport(report: DoctorReport, isColored: boolean): string {
  // Whether the stream is for colours has been decided.
  const paint: Paint = (style, text) => (isColored ? styleText(style, text, { validateStream: false }) : text)
  const { connectivity, advice, multicastDns } = report
  const sections: [string, readonly string[]][] = [
    ['Addresses of this machine', report.interfaces.map((one) => interfaceLine(one, paint))],
    [
      'Servers',
      orNone(
        report.servers.map((server) => serverLine(server, paint)),
        'none was named, none was asked',
      ),
    ],
    ['NAT', orNone(report.nat.flatMap(natLines), 'not known: no server answered over UDP')],
    [
      'Multicast DNS',
      [multicastLine('IPv4', multicastDns.ipv4, paint), multicastLine('IPv6', multicastDns.ipv6, paint)],
    ],
    ['What would connect', connectivityLines(report, paint)],
    ['Advice', advice.map(({ text }) => `- ${text}`)],
  ]
  const verdict = connectivity.isExpected
    ? paint('green', 'A connection to the outside is expected to work.')
    : paint('red', 'A connection to the outside is not expected to work.')
  const text = sections.map(([title, lines]) => [paint('bold', title), ...lines.map((line) => `  ${line}`), ''])
  return [...text.flat(), verdict].join('\n')
}

function interfaceLine({ name, address, scope, isUsed, reason, bindError }: InterfaceReport, paint: Paint): string {
  const what = isUsed ? 'used' : `not used: ${reason ?? ''}`
  const udp = bindError === null ? '' : paint('red', `, UDP does not bind: ${bindError}`)
  return `${mark(isUsed, paint)} ${name}  ${address}  ${scope}, ${what}${udp}`
}

function serverLine(server: ServerReport, paint: Paint): string {
  const { url, transport, kind, hasAnswered, millis, mapped, relayed, error, isNamed } = server
  const line = `${mark(hasAnswered, paint)} ${url}  ${transport.toUpperCase()}${isNamed ? '' : ' (tried too)'}, ${millis} ms`
  if (!hasAnswered) return `${line}: ${error?.code ?? ''} ${error?.text ?? 'no answer'}`
  const seen = mapped === null ? '' : `, sees us at ${endpoint(mapped)}`
  const relay = relayed === null ? '' : `, relayed at ${endpoint(relayed)} and given back`
  return `${line}: ${kind === 'turn' ? 'TURN' : 'STUN'}${seen}${relay}`
}

function natLines({ localAddress, isTranslated, mapping, filtering, hairpinning, servers }: NatBehavior): string[] {
  const seen = servers[0]!.mappedAddress
  const hairpin = hairpinning === null ? '' : `, ${hairpinning ? 'hairpins' : 'does not hairpin'}`
  return [
    isTranslated ? `${localAddress} is seen as ${seen}` : `${localAddress} is seen as it is: no NAT`,
    `  mapping ${mapping ?? 'not known'}, filtering ${filtering ?? 'not known'}${hairpin}`,
  ]
}

function multicastLine(family: string, { works, reason }: MulticastDnsFamilyReport, paint: Paint): string {
  const what = works ? 'sent to and heard' : `does not work${reason === null ? '' : `: ${reason}`}`
  return `${mark(works, paint)} ${family}  ${what}`
}

function connectivityLines({ connectivity, servers }: DoctorReport, paint: Paint): string[] {
  const { host, serverReflexive, relay } = connectivity
  const reach = {
    most: 'directly with most peers on the internet',
    some: 'directly only with peers that are open to everybody',
    none: 'not directly with peers on the internet',
    unknown: 'directly with peers on the internet: not known',
  }[serverReflexive]
  const named = servers.some(({ kind }) => kind === 'turn')
  const relayText = relay.length > 0 ? `through a relay over ${relay.join(', ').toUpperCase()}` : 'not through a relay'
  return [
    `${mark(host, paint)} host   ${host ? 'with peers on the same network' : 'not even on the same network'}`,
    `${serverReflexive === 'unknown' ? '?' : mark(serverReflexive === 'most', paint)} srflx  ${reach}`,
    `${mark(relay.length > 0, paint)} relay  ${relayText}${named ? '' : ': no TURN server was named'}`,
  ]
}

function orNone(lines: readonly string[], none: string): readonly string[] {
  return lines.length > 0 ? lines : [none]
}

function mark(isGood: boolean, paint: Paint): string {
  return isGood ? paint('green', '✓') : paint('dim', '✗')
}

function endpoint({ address, port }: AddressAndPort): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
