/** Who is measured, and why somebody cannot be measured on this machine. */
import { createRequire } from 'node:module'
import path from 'node:path'
import { browserExecutable } from '../../test/support/browser.js'
import { startBrowserPair } from './browser-pair.js'
import type { Pair } from './pair.js'
import { pionMissing, pionProgram } from './pion.js'
import { startForeignPair, startNodePair } from './process-pair.js'
import type { NodePairOptions } from './process-pair.js'
import type { NodeStackName } from '../agent/node-start.js'

export const PEER_NAMES = [
  'tincan',
  'tincan-plain',
  'node-datachannel',
  'node-datachannel-w3c',
  'wrtc',
  'werift',
  'pion',
  'chromium',
] as const

export type PeerName = (typeof PEER_NAMES)[number]

export interface Peer {
  readonly name: PeerName
  /** As a person reads it in a table. */
  readonly title: string
  readonly isOurs: boolean
  /** Why it cannot take part on this machine. */
  readonly missing: string | undefined
  start(): Promise<Pair>
}

export interface CatalogueOptions {
  /** The file that is imported for tincan: by default the built package. */
  readonly library?: string
}

export function catalogue({ library = path.resolve('dist/index.js') }: CatalogueOptions = {}): readonly Peer[] {
  const ours = (name: PeerName, title: string, env: NodePairOptions['env']): Peer => ({
    name,
    title,
    isOurs: true,
    missing: undefined,
    start: async () => await startNodePair('tincan', { library, env: env ?? {} }),
  })
  const other = (name: PeerName, title: string, stack: NodeStackName): Peer => ({
    name,
    title,
    isOurs: false,
    missing: unresolvable(stack),
    start: async () => await startNodePair(stack, { library }),
  })
  return [
    ours('tincan', 'tincan', { TINCAN_FAST_PATH: undefined }),
    ours('tincan-plain', 'tincan, plain path', { TINCAN_FAST_PATH: 'off' }),
    other('node-datachannel', 'node-datachannel', 'node-datachannel'),
    other('node-datachannel-w3c', 'node-datachannel, W3C layer', 'node-datachannel/polyfill'),
    other('wrtc', '@roamhq/wrtc', '@roamhq/wrtc'),
    other('werift', 'werift', 'werift'),
    {
      name: 'pion',
      title: 'pion',
      isOurs: false,
      missing: pionMissing(),
      start: async () => await startForeignPair(pionProgram()),
    },
    {
      name: 'chromium',
      title: 'Chromium',
      isOurs: false,
      missing:
        browserExecutable('chromium') === undefined
          ? 'no Chromium on this machine: install it from your distribution'
          : undefined,
      start: startBrowserPair,
    },
  ]
}

function unresolvable(name: string): string | undefined {
  try {
    createRequire(path.resolve('package.json')).resolve(name)
    return undefined
  } catch {
    return `the package ${name} is not installed: npm ci`
  }
}
