import { describe, expect, test } from 'vitest'
import { createDtmfSender, RTCDTMFSender } from './rtc-dtmf-sender.js'
import { RTCDTMFToneChangeEvent } from './rtc-dtmf-tone-change-event.js'

/** A clock with its tasks and one timer, as the driver has them. */
function rig() {
  const state = { now: 0, canSend: true, timerAt: Infinity, fire: (): void => undefined }
  const tasks: (() => void)[] = []
  const sender = createDtmfSender({
    canSend: () => state.canSend,
    driver: {
      now: () => state.now,
      queueTask: (steps) => void tasks.push(steps),
      createTimer: (callback) => {
        state.fire = callback
        return { arm: (at) => (state.timerAt = at) }
      },
    },
  })
  const told: [tone: string, toneBuffer: string, atMillis: number][] = []
  sender.ontonechange = ({ tone }) => told.push([tone, sender.toneBuffer, state.now])
  const runUntil = (end: number): void => {
    for (;;) {
      for (const task of tasks.splice(0)) task()
      if (state.timerAt > end) break
      state.now = state.timerAt
      state.timerAt = Infinity
      state.fire()
    }
    state.now = end
  }
  return { sender, state, tasks, told, runUntil }
}

describe('insertDTMF()', () => {
  test('plays one tone after the other, then tells that there are no more', () => {
    const { sender, told, runUntil } = rig()
    sender.insertDTMF('1b,#')
    expect(sender.toneBuffer).toBe('1B,#')
    expect(told).toEqual([])
    runUntil(10_000)
    expect(told).toEqual([
      ['1', 'B,#', 0],
      ['B', ',#', 170],
      [',', '#', 340],
      ['#', '', 2340],
      ['', '', 2510],
    ])
  })

  test.each([
    [0, 0, 40 + 30],
    [7000, 7000, 6000 + 6000],
    [-1, 2 ** 32 + 100, 6000 + 100], // −1 wraps around to the largest unsigned long, 2³² + 100 to 100
    [50, undefined, 50 + 70],
  ])('limits duration %s and gap %s: %s ms', (duration, gap, expected) => {
    const { sender, told, runUntil } = rig()
    sender.insertDTMF('12', duration, gap)
    runUntil(20_000)
    expect(told[1]).toEqual(['2', '', expected])
  })

  test('replaces what has not begun, without beginning anew', () => {
    const { sender, told, runUntil } = rig()
    sender.insertDTMF('123')
    runUntil(100)
    sender.insertDTMF('9', 200)
    runUntil(10_000)
    expect(told).toEqual([
      ['1', '23', 0],
      ['9', '', 170],
      ['', '', 170 + 270],
    ])
  })

  test('of nothing cancels the rest, and queues nothing by itself', () => {
    const { sender, told, tasks, runUntil } = rig()
    sender.insertDTMF('')
    expect(tasks).toHaveLength(0)
    sender.insertDTMF('12')
    runUntil(0)
    sender.insertDTMF('')
    runUntil(10_000)
    expect(told).toEqual([
      ['1', '2', 0],
      ['', '', 170],
    ])
    sender.insertDTMF('3')
    runUntil(20_000)
    expect(told.at(-2)).toEqual(['3', '', 10_000])
  })

  test('refuses what is no tone and leaves the buffer alone', () => {
    const { sender } = rig()
    sender.insertDTMF('1')
    for (const wrong of ['1e', 'E', ' ', '１', '1\n']) {
      expect(() => sender.insertDTMF(wrong)).toThrow(expect.objectContaining({ name: 'InvalidCharacterError' }))
    }
    expect(sender.toneBuffer).toBe('1')
    expect(() => Reflect.apply(sender.insertDTMF, sender, [])).toThrow('1 argument required')
  })

  test('wants to be able to send, before it looks at the tones', () => {
    const { sender, state } = rig()
    state.canSend = false
    expect(sender.canInsertDTMF).toBe(false)
    expect(() => sender.insertDTMF('x')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
  })

  test('stops when it cannot be sent any more, and begins again later', () => {
    const { sender, state, told, runUntil } = rig()
    sender.insertDTMF('123')
    runUntil(100)
    state.canSend = false
    runUntil(1000)
    expect(told).toHaveLength(1)
    expect([sender.toneBuffer, state.timerAt]).toEqual(['23', Infinity])
    state.canSend = true
    sender.insertDTMF('4')
    runUntil(1000)
    expect(told.at(-1)).toEqual(['4', '', 1000])
  })

  test('from the handler of the last tone goes on where it is', () => {
    const { sender, told, runUntil } = rig()
    sender.addEventListener('tonechange', ({ tone }) => {
      if (tone === '2') sender.insertDTMF('3')
    })
    sender.insertDTMF('12')
    runUntil(10_000)
    expect(told.map(([tone, , at]) => [tone, at])).toEqual([
      ['1', 0],
      ['2', 170],
      ['3', 340],
      ['', 510],
    ])
  })
})

test('RTCDTMFSender is nothing that scripts can construct', () => {
  expect(() => Reflect.construct(RTCDTMFSender, [])).toThrow('Illegal constructor')
})

test('RTCDTMFToneChangeEvent has a tone, by default none', () => {
  expect(new RTCDTMFToneChangeEvent('tonechange', { tone: '1', bubbles: true })).toMatchObject({
    tone: '1',
    bubbles: true,
  })
  expect(new RTCDTMFToneChangeEvent('tonechange').tone).toBe('')
  expect(RTCDTMFToneChangeEvent.length).toBe(1)
  expect(() => Reflect.construct(RTCDTMFToneChangeEvent, [])).toThrow(TypeError)
})
