import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from './paths.js'

const run = promisify(execFile)

/** The revision whose tests `expectations.json` speaks of. */
export const UPSTREAM: Upstream = {
  url: 'https://github.com/web-platform-tests/wpt.git',
  revision: 'faf875d9b84f4319ac950cd51ef03a3dcf466a7f',
  folders: [
    'common',
    'interfaces',
    'mediacapture-streams',
    'resources',
    'webrtc',
    'webrtc-encoded-transform',
    'webrtc-extensions',
    'webrtc-ice',
    'webrtc-identity',
    'webrtc-priority',
    'webrtc-stats',
    'webrtc-svc',
  ],
}

export interface Upstream {
  readonly url: string
  readonly revision: string
  readonly folders: readonly string[]
}

/** Neither a folder was given nor could one be fetched; the message says what was tried. */
export class WptFilesUnavailable extends Error {
  override readonly name = 'WptFilesUnavailable'
}

/** One command of fetching takes longer only when the network stands still: it brings some hundred megabytes. */
const COMMAND_TIMEOUT_MILLIS = 600_000

const defaultFolder = path.join(projectRoot, '.cache/wpt')
const localScript = path.join(projectRoot, '../shared/wpt/get-wpt')

/** Folder of the Web Platform Tests, where it is there already: `WPT_DIR`, or `.cache/wpt`. */
export function presentWptFolder(): string | undefined {
  const given = process.env['WPT_DIR']
  if (given !== undefined && given !== '') {
    if (!holdsTests(given)) throw new Error(`WPT_DIR is ${given}, where resources/testharness.js is missing`)
    return path.resolve(given)
  }
  return existsSync(path.join(defaultFolder, '.complete')) ? defaultFolder : undefined
}

/** Folder of the Web Platform Tests: `WPT_DIR`, or `.cache/wpt`, which is filled when it is not there yet. */
export async function wptFolder(log: (line: string) => void, upstream: Upstream = UPSTREAM): Promise<string> {
  const present = presentWptFolder()
  if (present !== undefined) return present
  const failures: string[] = []
  if (existsSync(localScript)) {
    log(`fetching the Web Platform Tests with ${localScript}`)
    try {
      await run(localScript, [defaultFolder], { cwd: projectRoot, timeout: COMMAND_TIMEOUT_MILLIS })
      return checked(defaultFolder)
    } catch (error) {
      failures.push(`${localScript}: ${reasonOf(error)}`)
    }
  }
  log(`fetching the Web Platform Tests from ${upstream.url} at ${upstream.revision.slice(0, 12)}`)
  try {
    await fetchUpstream(upstream, defaultFolder)
    return checked(defaultFolder)
  } catch (error) {
    failures.push(`${upstream.url}: ${reasonOf(error)}`)
  }
  throw new WptFilesUnavailable(
    `the Web Platform Tests cannot be had (set WPT_DIR to a checkout of them): ${failures.join('; ')}`,
  )
}

/** Only the wanted folders, only of one revision: some 10 MB instead of 1.5 GB. */
export async function fetchUpstream({ url, revision, folders }: Upstream, destination: string): Promise<void> {
  const work = `${destination}.partial-${process.pid}`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  const git = (...args: string[]) =>
    run('git', ['-C', work, ...args], {
      timeout: COMMAND_TIMEOUT_MILLIS,
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    })
  try {
    await git('init', '--quiet')
    await git('remote', 'add', 'origin', url)
    await git('sparse-checkout', 'set', ...folders)
    await git('fetch', '--quiet', '--depth=1', '--filter=blob:none', 'origin', revision)
    await git('-c', 'advice.detachedHead=false', 'checkout', '--quiet', 'FETCH_HEAD')
    writeFileSync(path.join(work, '.complete'), `${url} ${revision}\n`)
    rmSync(destination, { recursive: true, force: true })
    renameSync(work, destination)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function checked(folder: string): string {
  if (holdsTests(folder)) return folder
  throw new Error(`${folder} holds no Web Platform Tests`)
}

const holdsTests = (folder: string): boolean => existsSync(path.join(folder, 'resources/testharness.js'))

function reasonOf(error: unknown): string {
  const { stderr, killed, message } = error as { stderr?: string; killed?: boolean; message: string }
  if (killed === true) return `no end after ${COMMAND_TIMEOUT_MILLIS / 1000} s`
  const lines = (stderr ?? '').trim() || message
  return lines.split('\n').slice(-2).join(' ')
}
