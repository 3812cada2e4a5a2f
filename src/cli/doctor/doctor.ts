import { parseOptions, USAGE } from './options.js'

/** The command after the word `doctor`: what it prints, and its exit code. */
export async function doctor(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, process.env)
  if (options instanceof Error) return refuse(options)
  if (options.help) {
    console.log(USAGE)
    return 0
  }
  // A wrong argument, or a wish for help, needs none of WebRTC.
  const [{ diagnose, refusalOf }, { printReport }] = await Promise.all([
    import('./diagnose.js'),
    import('./print-report.js'),
  ])
  const refusal = refusalOf(options)
  if (refusal !== undefined) return refuse(refusal)
  if (process.stderr.isTTY && !options.json) console.error(`This takes up to ${options.timeoutMillis / 1000} s.\n`)
  const report = await diagnose(options)
  const isColored = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === ''
  console.log(options.json ? JSON.stringify(report, undefined, 2) : printReport(report, isColored))
  return report.connectivity.isExpected ? 0 : 1
}

function refuse({ message }: Error): number {
  console.error(`${message}\n\n${USAGE}`)
  return 2
}
