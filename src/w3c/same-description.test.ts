import { expect, test } from 'vitest'
import { RTCPeerConnection } from './index.js'
import { isSameDescription } from './same-description.js'

const CREATED = 'v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=ice-options:trickle\r\na=mid:0\r\n'

test('the same text, or the same without its ice-options', () => {
  expect(isSameDescription(CREATED, CREATED)).toBe(true)
  expect(isSameDescription(CREATED.replace('a=ice-options:trickle\r\n', ''), CREATED)).toBe(true)
})

test.each([
  ['another mid', CREATED.replace('mid:0', 'mid:1')],
  ['other ice-options', CREATED.replace('trickle', 'renomination')],
  ['a line more', `${CREATED}a=ice-options:trickle\r\n`],
  ['other line ends', CREATED.replaceAll('\r\n', '\n')],
  ['nothing', ''],
])('%s is not the same', (_, given) => {
  expect(isSameDescription(given, CREATED)).toBe(false)
})

test('nothing is like what was never created', () => {
  expect(isSameDescription('a=ice-options:trickle\r\n', '')).toBe(false)
})

test('setLocalDescription() takes an offer without ice-options, applies the one that it made, and no other', async () => {
  const connection = new RTCPeerConnection()
  connection.createDataChannel('')
  const { sdp } = await connection.createOffer()
  const altered = sdp.replace('a=mid:0', 'a=mid:1')
  const refusal = connection.setLocalDescription({ type: 'offer', sdp: altered })
  await expect(refusal).rejects.toThrow(expect.objectContaining({ name: 'InvalidModificationError' }))
  await connection.setLocalDescription({ type: 'offer', sdp: sdp.replace(/a=ice-options:trickle\s\n/g, '') })
  expect(connection.localDescription!.sdp).toContain('a=ice-options:trickle')
  connection.close()
})
