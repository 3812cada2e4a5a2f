/**
 * turn: the client of Traversal Using Relays around NAT (RFC 8656), on bytes and time: one allocation per client, with the
 * long-term credentials of RFC 8489 §9.2 (password algorithms and anonymous usernames included), relayed addresses of both
 * families, refresh, permissions, channels, redirection, and the deletion of what is wanted no more. Over UDP, over DTLS, or over
 * streams whose frames are cut here (§12.5). And what asks a server over DTLS for our address alone (RFC 7350).
 *
 * Deliberately absent: sockets, DNS and TLS; candidates, which the peer makes of allocations; relayed TCP (RFC 6062), EVEN-PORT
 * and reservations, which RTP without multiplexing wanted; DONT-FRAGMENT and the ICMP attribute; mobility (RFC 8016); OAuth
 * (RFC 7635), which browsers have removed.
 */
export { BindingClient } from './binding-client.js'
export { TurnClient, type TurnClientOptions } from './client.js'
export type { RelayFamily } from './requests.js'
export { StreamFrames } from './stream-frames.js'
export type * from './types.js'
