import { closing } from './closing.js'
import { eventLoop } from './event-loop.js'
import { growth } from './growth.js'
import { interactive } from './interactive.js'
import { latency } from './latency.js'
import { longLink, lossyLink } from './links.js'
import { many } from './many.js'
import type { Measurement } from './measurement.js'
import { messages } from './messages.js'
import { seasoned } from './seasoned.js'
import { setup } from './setup.js'
import { sharing } from './sharing.js'
import { streams } from './streams.js'
import { throughput } from './throughput.js'

/** In the order in which they are made and reported. */
export const MEASUREMENTS: readonly Measurement[] = [
  throughput,
  messages,
  latency,
  interactive,
  setup,
  closing,
  streams,
  many,
  seasoned,
  growth,
  eventLoop,
  longLink,
  lossyLink,
  sharing,
]
