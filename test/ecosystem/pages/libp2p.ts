import { libp2pAdapter } from '../adapters/libp2p.js'
import { pageProgram } from '../support/page-program.js'

export const { start, run } = pageProgram(libp2pAdapter)
