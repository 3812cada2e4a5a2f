import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleChild } from './bundle.js'
import { runFile } from './run-file.js'
import type { FileRun } from './run-file.js'
import { runList } from './run-list.js'

/** As much of testharness.js as the runner talks to: tests run one after the other, the file ends when they have. */
const HARNESS = `
  var state = [], result = [], complete = [], tests = [], running = Promise.resolve(), over = false
  function setup() {}
  function add_test_state_callback(f) { state.push(f) }
  function add_result_callback(f) { result.push(f) }
  function add_completion_callback(f) { complete.push(f) }
  function end(status, message) { if (!over) { over = true; complete.forEach((f) => f(tests, { status, message })) } }
  function timeout() { tests.forEach((t) => { if (t.phase < 3) { t.status = 2 } }); end(2, null) }
  function promise_test(body, name) {
    const t = { name, status: 3, message: null, phase: 0, phases: { STARTED: 1, HAS_RESULT: 3 }, add_cleanup() {} }
    tests.push(t)
    state.forEach((f) => f(t))
    running = running.then(body).then(() => { t.status = 0 }, (e) => { t.status = 1; t.message = String(e) })
      .then(() => { t.phase = 3; result.forEach((f) => f(t)) })
  }
  addEventListener('load', () => running.then(() => end(0, null)))
  addEventListener('error', (e) => end(1, e.message))
  addEventListener('unhandledrejection', (e) => end(1, 'unhandled ' + e.reason))`

/** What stands for an implementation: it tries to reach the world. */
const IMPLEMENTATION = `
  import { createSocket } from 'node:dgram'
  import { lookup, Resolver } from 'node:dns/promises'
  const codeOf = (promise) => promise.then(() => 'reached', (error) => error.code)
  export class RTCProbe {
    static lookup = (name) => codeOf(lookup(name))
    static resolve = (name) => codeOf(new Resolver().resolve4(name))
    static send = (address) => codeOf(new Promise((resolve, reject) => {
      const socket = createSocket('udp4')
      socket.send('x', 9, address, (error) => { socket.close(); error ? reject(error) : resolve() })
    }))
  }
  export const notForTheWindow = 1`

let folder: string
let child: string

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wpt-run-'))
  mkdirSync(path.join(folder, 'resources'))
  writeFileSync(path.join(folder, 'resources/testharness.js'), HARNESS)
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "probe", "version": "1.2.3", "type": "module" }')
  writeFileSync(path.join(folder, 'probe.js'), IMPLEMENTATION)
  child = await bundleChild()
})
afterAll(() => {
  rmSync(folder, { recursive: true })
  rmSync(child)
})

function write(file: string, script: string): string {
  const harness =
    '<script src="/resources/testharness.js"></script><script src="/resources/testharnessreport.js"></script>'
  writeFileSync(
    path.join(folder, file),
    `<title>T</title>${harness}<video id=remote></video><script>${script}</script>`,
  )
  return file
}

function run(script: string, fields: { timeoutMillis?: number; implementation?: string } = {}): Promise<FileRun> {
  const file = write(`${Math.random().toString(36).slice(2)}.html`, script)
  const implementation = path.join(folder, 'probe.js')
  const task = { wptFolder: folder, variant: '', implementation, timeoutMillis: 10_000, subtestTimeoutMillis: 0 }
  return runFile(child, { ...task, ...fields, file })
}

describe('one file in a process of its own', () => {
  test('its subtests are told, with the name and version of what they ran against', async () => {
    const { result, implementation } = await run(`
      promise_test(async () => {}, 'good')
      promise_test(async () => { throw new Error('bad luck') }, 'bad')`)
    expect(result).toMatchObject({
      status: 'OK',
      subtests: [
        { name: 'good', status: 'PASS' },
        { name: 'bad', status: 'FAIL', message: 'Error: bad luck' },
      ],
    })
    expect(implementation).toEqual({ name: 'probe', version: '1.2.3' })
  })

  test('the window has what tests of pages use, and of the implementation what starts with RTC', async () => {
    const { result } = await run(`
      const equal = (got, wanted) => { if (got !== wanted) throw new Error(got + ' is not ' + wanted) }
      promise_test(async () => {
        equal(self, globalThis)
        equal(document.title, 'T')
        equal(remote.tagName, 'VIDEO')
        equal(document.querySelector('#remote'), remote)
        equal(document.createElement('div') instanceof HTMLElement, true)
        equal(typeof RTCProbe, 'function')
        equal(typeof notForTheWindow, 'undefined')
        equal(Object.keys(globalThis).includes('RTCProbe'), false)
        equal(await new Promise((r) => { onmessage = (e) => r(e.data); postMessage('to myself', '*') }), 'to myself')
        equal(await (await fetch('/package.json')).text().then((t) => JSON.parse(t).name), 'probe')
        equal((await fetch('/nothing')).status, 404)
      }, 'window')`)
    expect(result.subtests).toEqual([{ name: 'window', status: 'PASS' }])
  })

  test('a second window by srcdoc', async () => {
    const { result } = await run(`
      promise_test(async () => {
        const frame = document.createElement('iframe')
        frame.srcdoc = '<script>onmessage = (e) => parent.postMessage(e.data + " and back", "*")<\\/script>'
        const loaded = new Promise((r) => frame.onload = r)
        document.body.appendChild(frame)
        await loaded
        const answer = new Promise((r) => { onmessage = (e) => r(e) })
        frame.contentWindow.postMessage('there', '*')
        const e = await answer
        if (e.data !== 'there and back' || e.source !== frame.contentWindow) throw new Error(e.data)
      }, 'frame')`)
    expect(result.subtests).toEqual([{ name: 'frame', status: 'PASS' }])
  })

  test('nothing leaves the machine', async () => {
    const { result } = await run(`
      const list = async () => [
        await RTCProbe.send('192.0.2.1'), await RTCProbe.send('224.0.0.251'), await RTCProbe.send('127.0.0.1'),
        await RTCProbe.lookup('wpt.example'), await RTCProbe.resolve('wpt.example'), await RTCProbe.lookup('localhost'),
        await fetch('http://192.0.2.1/').then(() => 'reached', (e) => e.cause.code),
      ].join(' ')
      promise_test(async () => { throw await list() }, 'out')`)
    expect(result.subtests[0]?.message).toBe(
      'EHOSTUNREACH EHOSTUNREACH reached ENOTFOUND ENOTFOUND reached EHOSTUNREACH',
    )
  })

  test('an error outside of subtests ends the file with ERROR', async () => {
    const thrown = await run(
      `promise_test(() => new Promise(() => {}), 'open'); setTimeout(() => { throw new Error('oops') })`,
    )
    expect(thrown.result).toMatchObject({ status: 'ERROR', message: 'Uncaught Error: oops' })
    const rejected = await run(`promise_test(() => new Promise(() => {}), 'open'); Promise.reject('no')`)
    expect(rejected.result).toMatchObject({ status: 'ERROR', message: 'unhandled no' })
  })

  test('a subtest that hangs ends the file after its time', async () => {
    const { result } = await run(`promise_test(() => new Promise(() => {}), 'open')`, { timeoutMillis: 100 })
    expect(result).toMatchObject({ status: 'TIMEOUT', subtests: [{ name: 'open', status: 'TIMEOUT' }] })
  })

  test('a crash costs what had not ended', async () => {
    const { result } = await run(`
      promise_test(async () => {}, 'good')
      promise_test(async () => { process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {}) }, 'deadly')`)
    expect(result).toMatchObject({
      status: 'CRASH',
      message: 'exit SIGSEGV: ',
      subtests: [
        { name: 'good', status: 'PASS' },
        { name: 'deadly', status: 'CRASH' },
      ],
    })
  })

  test('an implementation that cannot be loaded is an ERROR', async () => {
    const { result } = await run('', { implementation: path.join(folder, 'nonesuch.js') })
    expect(result.status).toBe('ERROR')
    expect(result.message).toMatch(/loading the implementation.*nonesuch/)
  })
})

describe('a list of files', () => {
  /** Fails the first time that it is run, passes from then on. */
  const flakyScript = (flag: string): string => `
    promise_test(async () => {
      const { existsSync, writeFileSync } = process.getBuiltinModule('node:fs')
      if (existsSync('${flag}')) return
      writeFileSync('${flag}', '')
      throw new Error('the first time')
    }, 'moody')`

  const options = () => ({ wptFolder: folder, implementation: path.join(folder, 'probe.js'), jobs: 2 })
  const item = (file: string) => ({ file, variant: '', long: false })

  test('what is not as expected is run again on its own before it counts', async () => {
    const moody = item(write('moody.html', flakyScript(path.join(folder, 'flag-1'))))
    const bad = item(write('bad.html', `promise_test(async () => { throw 'always' }, 'bad')`))
    const good = item(write('good.html', `promise_test(async () => {}, 'good')`))
    const heard: string[] = []
    const run = await runList([moody, bad, good], {
      ...options(),
      expectations: {},
      onResult: ({ file }, again) => heard.push(`${file} ${again}`),
    })
    expect(run.results.map(({ file }) => file)).toEqual(['moody.html', 'bad.html', 'good.html'])
    expect(run.flaky).toEqual(['moody.html'])
    expect(run.problems).toEqual([{ kind: 'regression', what: 'bad.html: bad', got: 'FAIL: always' }])
    expect(heard.slice(3)).toEqual(['moody.html true', 'bad.html true'])
  })

  test('without expectations everything runs once', async () => {
    const moody = item(write('moody.html', flakyScript(path.join(folder, 'flag-2'))))
    const skipped = { file: 'worker.html', variant: '', long: false, skip: 'needs a service worker' }
    const run = await runList([moody, skipped], options())
    expect(run.results.map(({ status, subtests }) => [status, subtests[0]?.status])).toEqual([
      ['OK', 'FAIL'],
      ['SKIP', undefined],
    ])
    expect(run.problems).toEqual([])
  })
})
