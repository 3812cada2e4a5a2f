import { afterAll, expect, test } from 'vitest'
import { RTCPeerConnection } from './rtc-peer-connection.js'

const connection = new RTCPeerConnection()
const { sender, receiver } = connection.addTransceiver('video')
afterAll(() => connection.close())

test.each([sender, receiver])('%s has no transform, takes none, and checks its receiver', (object) => {
  object.transform = null
  Reflect.set(object, 'transform', undefined)
  expect(object.transform).toBeNull()
  expect(() => Reflect.set(object, 'transform', {})).toThrow(TypeError)
  const { get, set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(object), 'transform')!
  expect(() => Reflect.apply(get!, {}, [])).toThrow(TypeError)
  expect(() => Reflect.apply(set!, {}, [null])).toThrow(TypeError)
})
