import type { NatBehavior } from '../../index.js'

/** What `tincan doctor` found; `--json` prints it as it is. Its fields are described in docs/doctor.md. */
export interface DoctorReport {
  /** Of this format: another number where a field goes or changes its meaning, none where one is added. */
  readonly version: 1
  readonly interfaces: readonly InterfaceReport[]
  readonly servers: readonly ServerReport[]
  readonly nat: readonly NatBehavior[]
  readonly multicastDns: MulticastDnsReport
  readonly connectivity: Connectivity
  readonly advice: readonly Advice[]
}

export interface InterfaceReport {
  readonly name: string
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  readonly scope: AddressScope
  /** Whether it becomes a candidate. */
  readonly isUsed: boolean
  /** Why not. */
  readonly reason: string | null
  /** Whether a UDP socket binds to it: the code of the operating system where not, such as `EACCES`. */
  readonly bindError: string | null
}

export type AddressScope = 'loopback' | 'link-local' | 'private' | 'global'

export interface ServerReport {
  readonly url: string
  /** False for the same TURN server over TCP, which is tried where the URL leaves the transport open. */
  readonly isNamed: boolean
  readonly kind: 'stun' | 'turn'
  readonly transport: 'udp' | 'tcp' | 'tls' | 'dtls'
  /** STUN: told our address. TURN: made an allocation, which was given back. */
  readonly hasAnswered: boolean
  /** Until the answer, or the failure. */
  readonly millis: number
  /** Where the server sees us. */
  readonly mapped: AddressAndPort | null
  /** TURN: where peers would have reached us. */
  readonly relayed: AddressAndPort | null
  readonly error: ServerFailure | null
}

export interface AddressAndPort {
  readonly address: string
  readonly port: number
}

export interface ServerFailure {
  /** Of STUN and TURN; 701 where there was no answer of the server. */
  readonly code: number
  readonly text: string
}

/** Over one of the families at least. */
export interface MulticastDnsReport extends MulticastDnsFamilyReport {
  readonly ipv4: MulticastDnsFamilyReport
  readonly ipv6: MulticastDnsFamilyReport
}

export interface MulticastDnsFamilyReport {
  /** Whether this machine sends to and hears the multicast group. */
  readonly works: boolean
  /** Why not. */
  readonly reason: string | null
}

export interface Connectivity {
  /** Whether a connection to the outside is expected to work; the exit code says the same. */
  readonly isExpected: boolean
  /** By an address of this machine: peers on the same network. */
  readonly host: boolean
  /** By the public address that a STUN server tells. `some`: to peers that are open to everybody. */
  readonly serverReflexive: 'most' | 'some' | 'none' | 'unknown'
  /** Over which transports a TURN server that was named relays. */
  readonly relay: readonly ServerReport['transport'][]
}

export interface Advice {
  readonly code: AdviceCode
  readonly text: string
}

export type AdviceCode =
  | 'all-well'
  | 'add-turn'
  | 'credentials-refused'
  | 'name-a-server'
  | 'name-another-stun-server'
  | 'no-address'
  | 'no-hairpinning'
  | 'no-multicast-dns'
  | 'no-udp-socket'
  | 'nothing-answered'
  | 'server-failed'
  | 'symmetric-nat'
  | 'udp-blocked'
  | 'use-tcp'
