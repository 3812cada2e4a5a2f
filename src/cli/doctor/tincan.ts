#!/usr/bin/env node
import { doctor } from './doctor.js'

const USAGE = `usage: tincan doctor [--help]

  doctor   shows what this network allows to WebRTC`

const [command, ...args] = process.argv.slice(2)
if (command === 'doctor') {
  process.exitCode = await doctor(args)
} else if (command === '--help') {
  console.log(USAGE)
} else {
  console.error(USAGE)
  process.exitCode = 2
}
