import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

type Exports = Readonly<Record<string, unknown>>

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

/** Others to compare with: their module, and what of it is not where browsers have it. */
const OTHERS: Readonly<Record<string, (exports: Exports) => Partial<Implementation>>> = {
  none: () => ({ globals: {} }),
  'node-datachannel': () => ({}),
  werift: ({ MediaStreamTrack }) => ({
    createTrack: (kind) => new (MediaStreamTrack as new (init: object) => unknown)({ kind }),
  }),
  '@roamhq/wrtc': ({ mediaDevices }) => ({ mediaDevices }),
}

export async function loadImplementation(nameOrPath: string): Promise<Implementation> {
  const other = OTHERS[nameOrPath]
  if (nameOrPath === 'none') return { name: 'none', globals: {} }
  const specifier = nameOrPath === 'node-datachannel' ? 'node-datachannel/polyfill' : nameOrPath
  if (nameOrPath === '@roamhq/wrtc') useRuntimeDomException()
  const file = other === undefined ? nameOrPath : createRequire(import.meta.url).resolve(specifier)
  const loaded = (await import(pathToFileURL(file).href)) as Exports
  const exports = { ...(loaded['default'] as Exports | undefined), ...loaded }
  const globals = Object.fromEntries(
    Object.entries(exports).filter(([name, value]) => typeof value === 'function' && WEB_NAME.test(name)),
  )
  const { mediaDevices, wptTrack } = exports
  const createTrack = typeof wptTrack === 'function' ? (wptTrack as Implementation['createTrack']) : undefined
  return { ...packageOf(file), globals, mediaDevices, createTrack, ...other?.(exports) }
}

/** wrtc throws the class of the npm package "domexception" when it finds one: let that be the runtime's own. */
function useRuntimeDomException(): void {
  const require = createRequire(import.meta.url)
  let id: string
  try {
    id = require.resolve('domexception')
  } catch {
    return // not installed: wrtc uses its built-in errors
  }
  const cache = require.cache as Record<string, unknown>
  cache[id] = { id, filename: id, loaded: true, exports: DOMException, children: [], paths: [] }
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
