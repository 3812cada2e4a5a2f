/** pion, in a small program in Go that is built here from Debian's packages; nothing is fetched. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { BUILD_FOLDER } from './program.js'

const SOURCES = process.env['PION_GOPATH'] ?? '/usr/share/gocode'
const PACKAGE = 'src/github.com/pion/webrtc'

export function pionMissing(): string | undefined {
  const hint = 'on Debian: apt-get install golang-go golang-github-pion-webrtc.v3-dev'
  if (!existsSync(path.join(SOURCES, PACKAGE))) return `no sources of pion in ${SOURCES} (${hint})`
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' })
    return undefined
  } catch {
    return `no Go on this machine (${hint})`
  }
}

let built: string | undefined

/** The path of the built program; the first build takes a minute, later ones use Go's cache. */
export function pionProgram(): string {
  if (built !== undefined) return built
  const executable = path.join(BUILD_FOLDER, process.platform === 'win32' ? 'pion.exe' : 'pion')
  mkdirSync(BUILD_FOLDER, { recursive: true })
  execFileSync('go', ['build', '-o', executable, './bench/pion/'], {
    env: {
      ...process.env,
      GO111MODULE: 'off',
      GOPATH: SOURCES,
      GOFLAGS: '',
      GOCACHE: path.resolve('.cache/go-build'),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  built = executable
  return executable
}
