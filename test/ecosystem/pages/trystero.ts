import { trysteroAdapter } from '../adapters/trystero.js'
import { pageProgram } from '../support/page-program.js'

export const { start, run } = pageProgram(trysteroAdapter)
