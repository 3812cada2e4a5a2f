/** One test file in this process, in its main realm. Started with an IPC channel by run-file.ts; exits by itself. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import vm from 'node:vm'
import { short } from '../results.js'
import { readTestFile } from '../test-file.js'
import type { Step } from '../test-file.js'
import { define } from './define.js'
import { loadImplementation } from './implementation.js'
import type { Implementation } from './implementation.js'
import { installIteratorHelpers } from './iterator-helpers.js'
import { fenceNetwork } from './network-fence.js'
import type { ChildMessage, ChildTask } from './protocol.js'
import { installReport } from './report.js'
import { installWindow } from './window.js'
import type { WindowLike } from './window.js'

// What a test harness with a user would do: every permission is granted, every click made.
const TEST_DRIVER = `
  Object.assign(window.test_driver_internal, {
    in_automation: true,
    set_permission: async () => {}, click: async () => {}, action_sequence: async () => {},
  });`

const task = JSON.parse(process.argv[2] ?? '') as ChildTask
const send = (message: ChildMessage): Promise<void> => new Promise((resolve) => process.send!(message, () => resolve()))
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
process.on('disconnect', () => process.exit(1)) // the parent is gone

async function fatal(stage: string, error: unknown): Promise<never> {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  await send({ type: 'fatal', message: short(`${stage}: ${text}`, 400) })
  process.exit(1)
}

async function load(): Promise<Implementation> {
  try {
    return await loadImplementation(task.implementation)
  } catch (error) {
    return fatal('loading the implementation', error)
  }
}

function runScript(window: WindowLike, code: string, filename: string, lineOffset = 0): void {
  try {
    vm.runInThisContext(code, {
      filename,
      lineOffset,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })
  } catch (error) {
    window.reportError(error)
  }
}

/** The helpers of the tests make tracks from a canvas and Web Audio; let the implementation supply others. */
function replaceTrackSources({ createTrack, mediaDevices }: Implementation): void {
  if (createTrack === undefined) return
  Object.assign(vm.runInThisContext('trackFactories') as object, {
    canCreate: () => mediaDevices === undefined, // else the helpers ask getUserMedia()
    audio: () => createTrack('audio'),
    video: (options?: object) => createTrack('video', options),
  })
}

function runStep(window: WindowLike, step: Step, implementation: Implementation): void {
  if (step.kind === 'inline') return runScript(window, step.code, task.file, step.line)
  if (step.path === '/resources/testharnessreport.js') return installReport(task, send)
  if (step.path === '/resources/testdriver-vendor.js') return runScript(window, TEST_DRIVER, step.path)
  let text: string
  try {
    text = readFileSync(path.join(task.wptFolder, step.path), 'utf8')
  } catch {
    return // not found: a browser goes on as well
  }
  runScript(window, text, step.path.slice(1))
  if (step.path.endsWith('/RTCPeerConnection-helper.js')) replaceTrackSources(implementation)
}

fenceNetwork()
installIteratorHelpers()
const test = readTestFile(task.wptFolder, task.file)
const implementation = await load()
const window = installWindow(task, test, implementation)
for (const [name, value] of Object.entries(implementation.globals)) define(globalThis, name, value)
await send({ type: 'implementation', name: implementation.name, version: implementation.version })
for (const step of test.steps) {
  runStep(window, step, implementation)
  await turn()
}
window.finishLoading()
