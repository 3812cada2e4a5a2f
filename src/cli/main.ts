import { parseOptions, USAGE } from './options.js'
import { serve } from './server.js'
import { transfer } from './transfer/transfer.js'

const options = parseOptions(process.argv.slice(2))
if (options instanceof Error) {
  console.error(`${options.message}\n\n${USAGE}`)
  process.exitCode = 2
} else if (options.help) {
  console.log(USAGE)
} else {
  const print = (line: string) => {
    console.log(line)
  }
  print(`tincan: a file of ${options.sizeBytes / 1024 / 1024} MiB from one process to another, then both closings\n`)
  const failure = await transfer(options.sizeBytes, print)
  if (failure !== undefined) {
    console.error(`\nfailed: ${failure}`)
    process.exitCode = 1
  } else if (!options.once) {
    const address = await serve(options.port, print)
    print(`\nnow with a browser: open ${address} (Ctrl+C ends)`)
  }
}
