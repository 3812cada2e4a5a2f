import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { builtPackage } from './paths.js'

export const USAGE = `
npm run wpt -- [FILTER] [options]
  FILTER                  only files with this in their path
  --list NAME             a list of test/wpt/lists (may be repeated); by default checked: all that is open and not in unchecked.json
  --update                write what did not pass to the expectations, keeping reasons
  --verbose               show every subtest
  --jobs N                files at once
  --subtest-timeout S     end each subtest after S seconds, to see those behind one that hangs
  --implementation NAME   werift, node-datachannel, @roamhq/wrtc, none, or the path of a module; by default dist/
  --out FILE              where the results go; by default .cache/wpt-results`

/** What runs unless another list is named. Whatever the list, the expectations speak of files that are checked. */
export const CHECKED_LISTS: readonly string[] = ['checked']

export interface Options {
  readonly filter: string
  readonly lists: readonly string[]
  readonly update: boolean
  readonly compare: boolean
  readonly verbose: boolean
  readonly jobs: number
  readonly subtestTimeoutMillis: number
  readonly implementation: string
  readonly out: string | undefined
}

export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      list: { type: 'string', multiple: true },
      update: { type: 'boolean' },
      verbose: { type: 'boolean' },
      jobs: { type: 'string' },
      'subtest-timeout': { type: 'string' },
      implementation: { type: 'string' },
      out: { type: 'string' },
    },
  })
  if (positionals.length > 1) throw new Error('one filter at most')
  const lists = values.list ?? CHECKED_LISTS
  const ours = values.implementation === undefined || existsSync(values.implementation)
  const subtestTimeout = positive('--subtest-timeout', values['subtest-timeout'])
  return {
    filter: positionals[0] ?? '',
    lists,
    update: values.update ?? false,
    compare: ours && subtestTimeout === undefined,
    verbose: values.verbose ?? false,
    jobs: positive('--jobs', values.jobs) ?? Math.max(2, availableParallelism()),
    subtestTimeoutMillis: 1000 * (subtestTimeout ?? 0),
    implementation: implementationOf(values.implementation),
    out: values.out,
  }
}

function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value > 0)) throw new Error(`${option} wants a number above zero`)
  return value
}

/** A path becomes absolute: the children need not run where we do. */
function implementationOf(name: string | undefined): string {
  if (name === undefined) return requireBuilt()
  return existsSync(name) ? path.resolve(name) : name
}

export function requireBuilt(): string {
  if (!existsSync(builtPackage)) throw new Error('the package is not built: npm run build')
  return builtPackage
}
