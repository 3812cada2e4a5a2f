import { interopSuite } from './interop-suite.js'

interopSuite('node-datachannel')
