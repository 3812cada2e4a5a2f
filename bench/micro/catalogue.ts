import { dtls } from './dtls.js'
import { ice } from './ice.js'
import type { Layer } from './layer.js'
import { sctp } from './sctp.js'
import { sdp } from './sdp.js'
import { stun } from './stun.js'

/** From the bytes of a channel up to what is negotiated once. */
export const LAYERS: readonly Layer[] = [dtls, sctp, stun, ice, sdp]
