import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { captureDevices } from './capture-devices.js'
import { OTHER_IMPLEMENTATIONS } from './other-implementations.js'

export type Exports = Readonly<Record<string, unknown>>

/** What the tests are run against. */
export interface Implementation {
  readonly name: string
  readonly version?: string | undefined
  /** Constructors for the global object. */
  readonly globals: Exports
  /** Becomes `navigator.mediaDevices`. */
  readonly mediaDevices?: unknown
  /** A MediaStreamTrack that sends something, for helpers that want a canvas or Web Audio. */
  readonly createTrack?: ((kind: 'audio' | 'video', options?: object) => unknown) | undefined
}

const WEB_NAME = /^(RTC|Media(Stream|Device)|SFrame|OverconstrainedError$)/

export async function loadImplementation(nameOrPath: string): Promise<Implementation> {
  if (nameOrPath === 'none') return { name: 'none', globals: {} } // what passes whatever one does
  const other = OTHER_IMPLEMENTATIONS[nameOrPath]
  other?.prepare?.()
  const file = other === undefined ? nameOrPath : createRequire(import.meta.url).resolve(other.specifier)
  const loaded = (await import(pathToFileURL(file).href)) as Exports
  const exports = { ...(loaded['default'] as Exports | undefined), ...loaded }
  const globals = Object.fromEntries(
    Object.entries(exports).filter(([name, value]) => typeof value === 'function' && WEB_NAME.test(name)),
  )
  const complete = other?.complete ?? captureDevices
  return { ...packageOf(file), globals, mediaDevices: exports['mediaDevices'], ...complete(exports) }
}

function packageOf(file: string): { name: string; version?: string } {
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json')
    if (!existsSync(manifest)) continue
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string; version?: string }
    if (name !== undefined) return { name, ...(version !== undefined && { version }) }
  }
  return { name: path.basename(file) }
}
