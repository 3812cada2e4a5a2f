/** How connections end, against one peer, in one role. D8, P4 … are the rows of docs/closing.md. */
import { afterEach, describe, expect, test } from 'vitest'
import type { AgentEvent } from './agent-protocol.js'
import type { Bed } from './bed.js'
import { CLOSE_BOUND_MILLIS, eventsAfter, millisBetween } from './bed.js'
import type { Role } from './negotiate.js'
import type { MessageRecipe } from './payload.js'
import type { RemotePeer } from './remote-peer.js'
import type { Weaknesses } from './weaknesses.js'

const LABELS = ['one', 'two']

/** How a channel ends when its transport goes away (webrtc-pc, "announce the data channel as closed"). */
const ABRUPT = ['error', 'close']

/** RFC 9260 §3.3.10.12: User-Initiated Abort. */
const USER_INITIATED_ABORT = 12

const CLOSED = {
  connectionState: 'closed',
  iceConnectionState: 'closed',
  signalingState: 'closed',
  sctpState: 'closed',
  dtlsState: 'closed',
  iceTransportState: 'closed',
}

/** Closes ours: closed on return, and nothing but the channels' own events comes after the call. */
async function expectCleanClose(ours: RemotePeer, channelEvents: string[]): Promise<AgentEvent> {
  await ours.closeConnection()
  const channelStates = LABELS.map(() => 'closed').join(' ')
  expect(ours.log.find('close returned')?.detail).toMatchObject({ ...CLOSED, channelStates })
  for (const label of LABELS) {
    await ours.log.event('close', label)
    expect(eventsAfter(ours, label, 'open')).toEqual(channelEvents)
  }
  expect(eventsAfter(ours, undefined, 'call close')).toEqual(['close returned'])
  return ours.log.find('call close')!
}

/** Of what a peer does and what it is known not to do instead, each has its test: none stands here as skipped. */
export function connectionClosingSuite(bed: Bed, ourRole: Role, weaknesses: Weaknesses): void {
  const openPair = async (): ReturnType<Bed['openPair']> =>
    await bed.openPair(ourRole, { channels: Object.fromEntries(LABELS.map((label) => [label, {}])) })

  describe('closing the connection', () => {
    afterEach(async () => await bed.closeConnections())

    const theirEnd = weaknesses.seesAbortAs?.events ?? ABRUPT
    const ourEnd = weaknesses.closesConnectionWith?.events ?? ABRUPT

    test(`we close: closed on return; they see ${theirEnd.join(', ')} within a second (P2, P4, P5, P6)`, async () => {
      const { ours, theirs } = await openPair()
      const called = await expectCleanClose(ours, ['close'])
      for (const label of LABELS) {
        const seen = await theirs.log.event('close', label)
        expect(millisBetween(called, seen)).toBeLessThan(CLOSE_BOUND_MILLIS)
        expect(eventsAfter(theirs, label, 'open')).toEqual(theirEnd)
        if (!theirEnd.includes('error')) continue
        const { detail } = theirs.log.find('error', label)!
        const sctpCauseCode = USER_INITIATED_ABORT
        expect(detail).toMatchObject({ name: 'OperationError', errorDetail: 'sctp-failure', sctpCauseCode })
      }
      const dtlsState = async (): Promise<string | null> => (await theirs.connectionView()).dtlsState
      await expect.poll(dtlsState, { timeout: CLOSE_BOUND_MILLIS }).toBe('closed')
    })

    if (weaknesses.leavesSilently === undefined)
      test(`they close: our channels see ${ourEnd.join(', ')} within a second, with the reason (P4, D8)`, async () => {
        const { ours, theirs } = await openPair()
        await theirs.closeConnection()
        const called = theirs.log.find('call close')!
        for (const label of LABELS) {
          const seen = await ours.log.event('close', label)
          expect(millisBetween(called, seen)).toBeLessThan(CLOSE_BOUND_MILLIS)
          expect(seen.detail?.['readyState']).toBe('closed')
          expect(eventsAfter(ours, label, 'open')).toEqual(ourEnd)
          expect(ours.log.find('error', label)?.detail).toMatchObject({
            interface: 'RTCErrorEvent',
            readyState: 'closed',
            name: 'OperationError',
            errorDetail: 'sctp-failure',
            sctpCauseCode: USER_INITIATED_ABORT,
            receivedAlert: null,
            sentAlert: null,
            cause: { name: 'NetworkError', message: expect.stringContaining('the peer aborted the association') },
          })
        }
        expect((await ours.connectionView()).sctpState).toBe('closed')
        await expectCleanClose(ours, ourEnd)
      })

    if (weaknesses.noCloseNotify === undefined)
      test('they close: our DTLS transport is closed and the connection disconnected within a second (P5)', async () => {
        const { ours, theirs } = await openPair()
        await theirs.closeConnection()
        const called = theirs.log.find('call close')!
        const seen = await ours.log.state('connectionstatechange', 'disconnected')
        expect(millisBetween(called, seen)).toBeLessThan(CLOSE_BOUND_MILLIS)
        expect(ours.log.events.filter(({ type }) => type === 'dtls statechange').at(-1)?.detail).toEqual({
          state: 'closed',
        })
        expect(ours.log.find('dtls error')).toBeUndefined()
        expect(await ours.connectionView()).toMatchObject({
          connectionState: 'disconnected',
          iceConnectionState: 'disconnected',
          signalingState: 'stable',
          dtlsState: 'closed',
          iceTransportState: 'disconnected',
        })
        await expectCleanClose(ours, ourEnd)
      })

    // Five seconds without an answer, and nothing in it depends on who offered.
    if (weaknesses.noCloseNotify !== undefined && ourRole === 'offerer')
      test('they close and say nothing to DTLS: our connection is disconnected when their answers stop, and ours closes well', async () => {
        const { ours, theirs } = await openPair()
        await theirs.closeConnection()
        await ours.log.state('connectionstatechange', 'disconnected')
        const silent = weaknesses.leavesSilently !== undefined
        const view = await ours.connectionView()
        expect(silent ? ['connected'] : ['connected', 'closed']).toContain(view.dtlsState)
        expect(view).toMatchObject({
          iceConnectionState: 'disconnected',
          sctpState: silent ? 'connected' : 'closed',
        })
        await expectCleanClose(ours, silent ? ['close'] : ourEnd)
      })

    if (weaknesses.leavesSilently !== undefined)
      test('they leave silently: our channels stay open, sends are kept for a peer that may come back, and our close is clean', async () => {
        const { ours, theirs } = await openPair()
        await theirs.closeConnection()
        const message: MessageRecipe = { kind: 'binary', size: 10_000, seed: 1 }
        await ours.send('one', [message])
        const { readyState } = await ours.channelView('one')
        expect(readyState).toBe('open')
        await expectCleanCloseWithUnsent(ours, message.size)
      })

    test('both close in the same moment: closed on return, one close each, and no error of ours', async () => {
      const { ours, theirs } = await openPair()
      await Promise.all([expectCleanClose(ours, ['close']), theirs.closeConnection()])
      for (const label of LABELS) {
        await theirs.log.event('close', label)
        expect(theirs.log.channelEvents(label).filter((type) => type === 'close')).toHaveLength(1)
        expect(theirs.log.channelEvents(label).at(-1)).toBe('close')
      }
      const { connectionState } = await theirs.connectionView()
      expect(connectionState).toBe('closed')
    })
  })
}

/** As expectCleanClose, with bytes on the channel `one` that nobody will take; bufferedAmount does not reset by itself (P4). */
async function expectCleanCloseWithUnsent(ours: RemotePeer, unsent: number): Promise<void> {
  await ours.closeConnection()
  expect(ours.log.find('close returned')?.detail).toMatchObject({ ...CLOSED, channelStates: 'closed closed' })
  const seen = await ours.log.event('close', 'one')
  expect(seen.detail).toEqual({ bufferedAmount: unsent, readyState: 'closed' })
  expect(eventsAfter(ours, 'one', 'open')).toEqual(['call send', 'close'])
  expect(eventsAfter(ours, undefined, 'call close')).toEqual(['close returned'])
}
