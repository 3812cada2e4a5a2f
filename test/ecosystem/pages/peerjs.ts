import { peerJsAdapter } from '../adapters/peerjs.js'
import { pageProgram } from '../support/page-program.js'

export const { start, run } = pageProgram(peerJsAdapter)
