import { expect, test } from 'vitest'
import type { Io } from './io.js'
import { nodeIo } from './node-io.js'
import { OwnTasks } from './own-tasks.js'

/** A turn of the event loop that is asked for comes when the test says so. */
function withTurns() {
  const turns: (() => void)[] = []
  const io: Io = { ...nodeIo, queueTask: (callback) => void turns.push(callback) }
  return { io, turns }
}

/** All microtasks and ticks, but no turn of the event loop that the tasks ask for. */
const ticks = () => new Promise((done) => setImmediate(done))

test('tasks run in order, each when the promises that wait for the one before are done', async () => {
  const { io, turns } = withTurns()
  const tasks = new OwnTasks(io)
  const log: string[] = []
  const task = (name: string) => () => {
    log.push(name)
    void Promise.resolve()
      .then(() => log.push(`${name} 1`))
      .then(() => log.push(`${name} 2`))
  }
  tasks.queueTask(task('a'))
  tasks.queueTask(task('b'))
  expect(log).toEqual([])
  expect(tasks.pending).toBe(2)
  await ticks()
  expect(log).toEqual(['a', 'a 1', 'a 2', 'b', 'b 1', 'b 2'])
  expect(tasks.pending).toBe(0)
  expect(turns).toEqual([])
})

test('promises of what one connection does are done before another one does something', async () => {
  const { io } = withTurns()
  const log: string[] = []
  for (const name of ['a', 'b']) {
    const tasks = new OwnTasks(io)
    const task = (kind: string) => () => {
      log.push(`${name} ${kind}`)
      void Promise.resolve()
        .then(() => log.push(`${name} ${kind} 1`))
        .then(() => log.push(`${name} ${kind} 2`))
    }
    tasks.queueTask(task('task'))
    tasks.queueTick(task('tick'))
  }
  await ticks()
  const all = ['a task', 'a tick', 'b task', 'b tick']
  expect(log).toEqual(all.flatMap((name) => [name, `${name} 1`, `${name} 2`]))
})

test('what a task queues runs after what was queued before, and a task does not count itself', async () => {
  const { io } = withTurns()
  const tasks = new OwnTasks(io)
  const log: string[] = []
  tasks.queueTask(() => {
    log.push(`first, ${tasks.pending} wait`)
    tasks.queueTask(() => log.push('third'))
  })
  tasks.queueTask(() => log.push('second'))
  await ticks()
  expect(log).toEqual(['first, 1 wait', 'second', 'third'])
})

test('tasks that follow one another without end leave a turn to others: one of 16, of all connections together', async () => {
  const { io, turns } = withTurns()
  const tasks = [new OwnTasks(io), new OwnTasks(io)]
  let ran = 0
  const again = (own: OwnTasks) => () => {
    ran++
    own.queueTask(again(own))
  }
  for (const own of tasks) own.queueTask(again(own))
  await ticks()
  // One of them came to the sixteenth, the other one went on alone until it came to the next.
  expect(turns).toHaveLength(2)
  expect(ran).toBeGreaterThanOrEqual(15)
  expect(ran).toBeLessThanOrEqual(31)
  const before = ran
  turns.shift()!()
  await ticks()
  expect(ran).toBeGreaterThan(before)
  expect(turns).toHaveLength(2)
})

test('a task that throws does not keep the next one from running', async () => {
  const { io, turns } = withTurns()
  const tasks = new OwnTasks(io)
  const log: string[] = []
  for (let i = 1; i < 16; i++) {
    tasks.queueTask(() => undefined)
    await ticks()
  }
  // The sixteenth waits for a turn, which is called here: what it throws comes here, too.
  tasks.queueTask(() => {
    throw new Error('of the application')
  })
  tasks.queueTask(() => log.push('next'))
  expect(turns).toHaveLength(1)
  expect(() => turns.shift()!()).toThrow('of the application')
  await ticks()
  expect(log).toEqual(['next'])
  expect(tasks.pending).toBe(0)
})
