import { expect, test } from 'vitest'
import * as tincan from '../../../src/index.js'
import { captureDevices } from './capture-devices.js'

interface Devices {
  getUserMedia(constraints?: object): Promise<tincan.MediaStream>
}

const devices = captureDevices(tincan).mediaDevices as Devices

test('the emulated devices give what they are asked for, and refuse what contradicts itself', async () => {
  const stream = await devices.getUserMedia({ audio: true, video: { width: { ideal: 1280 }, height: { max: 360 } } })
  expect(stream.getTracks().map(({ kind, label }) => [kind, label])).toEqual([
    ['audio', 'Emulated microphone'],
    ['video', 'Emulated camera'],
  ])
  expect(stream.getVideoTracks()[0]!.getSettings()).toMatchObject({ width: 1280, height: 360, frameRate: 30 })
  await expect(devices.getUserMedia({ video: { width: { min: 5, max: 4 } } })).rejects.toBeInstanceOf(
    tincan.OverconstrainedError,
  )
  await expect(devices.getUserMedia({})).rejects.toBeInstanceOf(TypeError)
})

test('an implementation without such sources has no devices', () => {
  expect(captureDevices({})).toEqual({})
})
