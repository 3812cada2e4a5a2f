/** Who we are tested against, whether they are on this machine, and what each is known not to do. */
import { createRequire } from 'node:module'
import { browserExecutable } from '../support/browser.js'
import type { BrowserName, BrowserOptions } from '../support/browser.js'
import { launchBrowser } from './hosts/browser.js'
import { launchChild } from './hosts/child-process.js'
import type { ChildImplementation } from './hosts/child-process.js'
import { launchInProcess } from './hosts/in-process.js'
import type { Host } from './remote-peer.js'
import type { Api } from './w3c-subset.js'

export type PeerName = BrowserName | Exclude<ChildImplementation, 'tincan'>

export interface Peer {
  readonly name: PeerName
  /** Why it cannot take part on this machine. */
  readonly missing: string | undefined
  launch(): Promise<Host>
}

export function browser(name: BrowserName, options: BrowserOptions = {}): Peer {
  const missing =
    browserExecutable(name) === undefined ? `no ${name} on this machine: install it from your distribution` : undefined
  return { name, missing, launch: async () => await launchBrowser(name, options) }
}

function nodePeer(name: Exclude<ChildImplementation, 'tincan'>): Peer {
  return { name, missing: unresolvable(name), launch: async () => await launchChild(name) }
}

function unresolvable(name: string): string | undefined {
  try {
    createRequire(import.meta.url).resolve(name)
    return undefined
  } catch {
    return `the package ${name} is not installed: npm ci`
  }
}

export function peer(name: PeerName): Peer {
  return name === 'chromium' || name === 'firefox' ? browser(name) : nodePeer(name)
}

/**
 * The implementation under test: ours. With INTEROP_SUBJECT another one takes its place, which tells a weakness of the peer, or of these
 * tests, from one of ours.
 */
export async function launchSubject(): Promise<Host> {
  const name = process.env['INTEROP_SUBJECT']
  if (name !== undefined && name !== 'tincan') return await peer(name as PeerName).launch()
  const { RTCPeerConnection } = (await import('../../src/index.js')) as unknown as Api
  return await launchInProcess('tincan', { RTCPeerConnection })
}

/** In CI a missing peer is a failure; on a user's machine a line that says what is missing. */
export function isAbsent({ name, missing }: Pick<Peer, 'missing'> & { name: string }): boolean {
  if (missing === undefined) return false
  if (process.env['CI'] === 'true') throw new Error(`${name}: ${missing}`)
  console.warn(`interop with ${name} skipped: ${missing}`)
  return true
}
