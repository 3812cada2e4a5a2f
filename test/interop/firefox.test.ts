import { interopSuite } from './interop-suite.js'

interopSuite('firefox')
