import SimplePeer from 'simple-peer/simplepeer.min.js'
import { simplePeerAdapter } from '../adapters/simple-peer.js'
import type { StreamPeerClass } from '../adapters/simple-peer.js'
import { pageProgram } from '../support/page-program.js'

export const { start, run } = pageProgram(simplePeerAdapter(SimplePeer as unknown as StreamPeerClass))
