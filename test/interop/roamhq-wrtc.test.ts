import { interopSuite } from './interop-suite.js'

interopSuite('@roamhq/wrtc')
