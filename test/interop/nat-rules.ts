/** What NATs do, in the words of RFC 4787 §4.1 (mapping) and §5 (filtering), as rules of nftables for the router that is one. */

/**
 * - `full-cone`: endpoint-independent mapping and filtering. A host's port has one public port, and who knows it reaches the host.
 * - `address-restricted`: the same mapping; what comes is let in from addresses that the host sent to from that port.
 * - `port-restricted`: the same mapping; let in from addresses and ports that the host sent to.
 * - `symmetric`: another public port for each remote address and port, and filtering by both.
 * - `udp-blocked`: a firewall that lets TCP out to {@link OPEN_TCP_PORTS}, and nothing else, without a word.
 */
export type NatKind = 'full-cone' | 'address-restricted' | 'port-restricted' | 'symmetric' | 'udp-blocked'

/** Not the ports that hosts bind to, so that a mapped port never looks like the host's own. */
const MAPPED_UDP_PORTS = '20000-29999'
const MAPPED_TCP_PORTS = '30000-39999'
const OPEN_TCP_PORTS = '3478, 5349'

/** The kernel keeps a host's port on one public port as long as it may choose; it filters by address and port. */
const CONE = `chain source { type nat hook postrouting priority srcnat;
  oifname outside meta l4proto udp masquerade to :${MAPPED_UDP_PORTS};
  oifname outside meta l4proto tcp masquerade to :${MAPPED_TCP_PORTS}; }`

const SYMMETRIC = CONE.replace(`:${MAPPED_UDP_PORTS}`, `:${MAPPED_UDP_PORTS} fully-random`)

/** Only what the kernel knows as an answer, or what a rule above has let through to the host. */
const ANSWERS_ONLY = `chain forward { type filter hook forward priority filter;
  iifname outside ct status dnat accept;
  iifname outside ct state new drop; }`

const TCP_OUT_ONLY = `chain forward { type filter hook forward priority filter; policy drop;
  ct state established accept;
  iifname inside tcp dport { ${OPEN_TCP_PORTS} } accept; }`

/** After masquerading: where answers come to. */
const PUBLIC_PORT = 'ct reply proto-dst'

/** Remembers which public port is whose, and where it has sent to; then lets others in than the kernel would. */
function letIn(from: 'anybody' | 'addresses sent to'): string {
  const condition = from === 'anybody' ? '' : 'ip saddr . udp dport @sent'
  return `map mapped { type inet_service : ipv4_addr . inet_service; flags dynamic; size 65535; }
    set sent { type ipv4_addr . inet_service; flags dynamic; size 65535; }
    chain remember { type filter hook postrouting priority srcnat + 1; policy accept;
      ct direction reply accept;
      oifname outside meta l4proto udp add @mapped { ${PUBLIC_PORT} : ct original ip saddr . ct original proto-src };
      oifname outside meta l4proto udp add @sent { ip daddr . ${PUBLIC_PORT} }; }
    chain inward { type nat hook prerouting priority dstnat;
      iifname outside udp dport ${MAPPED_UDP_PORTS} ${condition} dnat ip to udp dport map @mapped; }`
}

const KINDS: Record<NatKind, readonly string[]> = {
  'full-cone': [CONE, letIn('anybody'), ANSWERS_ONLY],
  'address-restricted': [CONE, letIn('addresses sent to'), ANSWERS_ONLY],
  'port-restricted': [CONE, ANSWERS_ONLY],
  symmetric: [SYMMETRIC, ANSWERS_ONLY],
  'udp-blocked': [CONE, TCP_OUT_ONLY],
}

/**
 * Everything that is in force on a router with the interfaces `inside` and `outside`; what was before goes.
 *
 * The kernel remembers flows for minutes, whatever becomes of the rules, and a host takes its ports at random: one in some hundred
 * runs has a port that a NAT of another kind has let answers in to. So each NAT remembers in a zone of its own.
 *
 * Nobody in the lab knows names; whoever asks is to hear that at once, whatever name server this machine is set up with. Without the
 * rule on input, what comes unsolicited leaves an entry that makes the next mapping take another port.
 */
export function natRules(kind: NatKind, zone: number): string {
  return `flush ruleset
    table ip lab {
      chain memory { type filter hook prerouting priority raw; ct zone set ${zone}; }
      ${KINDS[kind].join('\n')}
      chain input { type filter hook input priority filter;
        iifname outside ct state new drop; }
      chain names { type filter hook prerouting priority filter;
        udp dport 53 reject; }
    }`
}
