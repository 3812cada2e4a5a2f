import { expect, test } from 'vitest'
import { EventTasks } from './event-tasks.js'

test('first steps run at once, further ones in tasks, and events that come meanwhile wait', () => {
  const queued: (() => void)[] = []
  const log: string[] = []
  const tasks = new EventTasks(
    (steps) => queued.push(steps),
    (step) => step(),
  )
  const step = (name: string) => () => void log.push(name)

  tasks.run([step('lone')])
  expect(log.splice(0)).toEqual(['lone'])
  tasks.run([step('datachannel'), step('open')])
  tasks.run([step('message')])
  expect(log.splice(0)).toEqual(['datachannel'])
  while (queued.length > 0) {
    queued.shift()!()
    log.push('|')
  }
  expect(log.splice(0)).toEqual(['open', '|', 'message', '|'])
  tasks.run([step('later')])
  expect(log).toEqual(['later'])
})

test('an event told inside a step runs after what the step had queued', () => {
  const queued: (() => void)[] = []
  const log: string[] = []
  const tasks = new EventTasks(
    (steps) => queued.push(steps),
    (step) => step(),
  )
  tasks.run([() => tasks.run([() => void log.push('inner')]), () => void log.push('second')])
  while (queued.length > 0) queued.shift()!()
  expect(log).toEqual(['second', 'inner'])
})
