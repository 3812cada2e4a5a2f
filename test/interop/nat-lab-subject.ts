/** The implementation under test, on a host of the lab: ours, or with INTEROP_SUBJECT a browser or another one. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { browserExecutable } from '../support/browser.js'
import type { BrowserName } from '../support/browser.js'
import { launchBrowser } from './hosts/browser.js'
import { launchChild } from './hosts/child-process.js'
import type { ChildImplementation } from './hosts/child-process.js'
import type { LabHost } from './nat-lab.js'
import { launchOn } from './nat-lab-host.js'
import type { Host } from './remote-peer.js'

export async function launchSubjectOn(host: LabHost, name: string): Promise<Host> {
  const subject = process.env['INTEROP_SUBJECT']
  if (subject === undefined || subject === 'tincan') return await launchOn(host, name)
  if (subject === 'chromium' || subject === 'firefox') return await launchBrowserOn(host, subject)
  return await launchChild(subject as ChildImplementation, host.enter)
}

/** A browser with the network of the host, and nothing else of it: it is driven over descriptors. */
export async function launchBrowserOn(host: LabHost, name: BrowserName): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), `interop-${name}-`))
  try {
    const executable = join(folder, name)
    await writeFile(executable, `#!/bin/sh\nexec ${host.enter.join(' ')} ${browserExecutable(name)!} "$@"\n`)
    await chmod(executable, 0o755)
    return await launchBrowser(name, { executable, pipe: true })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
