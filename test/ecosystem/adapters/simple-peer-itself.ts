import SimplePeer from 'simple-peer'
import { simplePeerAdapter } from './simple-peer.js'
import type { StreamPeerClass } from './simple-peer.js'

export const simplePeerItself = simplePeerAdapter(SimplePeer as unknown as StreamPeerClass)
