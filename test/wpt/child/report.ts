import { FILE_STATUS, short, SUBTEST_STATUS } from '../results.js'
import type { SubtestResult } from '../results.js'
import type { ChildMessage, ChildTask } from './protocol.js'

/** What we use of testharness.js; see https://web-platform-tests.org/writing-tests/testharness-api.html. */
interface Test {
  readonly name: string
  readonly status: number
  readonly message: string | null
  readonly phase: number
  readonly phases: { readonly STARTED: number; readonly HAS_RESULT: number }
  force_timeout(): void
  add_cleanup(clean: () => void): void
}

interface TestHarness {
  setup(properties: { output: boolean; explicit_timeout: boolean }): void
  timeout(): void
  add_test_state_callback(callback: (test: Test) => void): void
  add_result_callback(callback: (test: Test) => void): void
  add_completion_callback(callback: (tests: Test[], status: { status: number; message: string | null }) => void): void
}

/** Takes the place of testharnessreport.js. */
export function installReport(task: ChildTask, send: (message: ChildMessage) => Promise<void>): void {
  const harness = globalThis as unknown as TestHarness
  harness.setup({ output: false, explicit_timeout: true })
  const known = new Set<Test>()
  const started = new Set<Test>()
  harness.add_test_state_callback((test) => {
    if (!known.has(test)) void send({ type: 'known', name: test.name })
    known.add(test)
    if (task.subtestTimeoutMillis === 0 || test.phase < test.phases.STARTED || started.has(test)) return
    started.add(test)
    limitTime(test, task.subtestTimeoutMillis)
  })
  harness.add_result_callback((test) => void send({ type: 'result', result: resultOf(test) }))
  harness.add_completion_callback((tests, { status, message }) => {
    const done = { status: FILE_STATUS[status] ?? 'ERROR', message: short(message) }
    void send({ type: 'done', results: tests.map(resultOf), ...done }).then(() => process.exit(0))
  })
  setTimeout(harness.timeout, task.timeoutMillis)
}

function limitTime(test: Test, millis: number): void {
  const timer = setTimeout(() => {
    if (test.phase < test.phases.HAS_RESULT) test.force_timeout()
  }, millis)
  test.add_cleanup(() => clearTimeout(timer))
}

function resultOf({ name, status, message }: Test): SubtestResult {
  return { name, status: SUBTEST_STATUS[status] ?? 'FAIL', message: short(message) }
}
