import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test, vi } from 'vitest'
import { once, Pair, record, task } from './connected-pair.test-support.js'
import { resourcesOf, RTCError, RTCPeerConnection, RTCSessionDescription, type RTCErrorEvent } from './index.js'

const CHANNEL_EVENTS = ['open', 'message', 'error', 'closing', 'close']
const invalidState = expect.objectContaining({ name: 'InvalidStateError' }) as Error

describe('a connection', () => {
  test('connects, and channels carry text and binary both ways', async () => {
    using pair = new Pair()
    const [ours, theirs] = await pair.channels('hello', { protocol: 'p', ordered: false, maxRetransmits: 3 })
    expect(theirs).toMatchObject({
      label: 'hello',
      protocol: 'p',
      ordered: false,
      maxRetransmits: 3,
      negotiated: false,
    })
    expect(theirs.id).toBe(ours.id)
    const received: unknown[] = []
    theirs.onmessage = ({ data }) => {
      received.push(data)
      theirs.send(data as string)
    }
    const echoed: unknown[] = []
    const all = new Promise<void>((resolve) => {
      ours.onmessage = ({ data }) => {
        if (echoed.push(data) === 3) resolve()
      }
    })
    for (const data of ['text', '', Uint8Array.of(1, 2)]) ours.send(data)
    await all
    for (const messages of [received, echoed]) {
      expect(messages).toEqual(expect.arrayContaining(['text', '', Uint8Array.of(1, 2).buffer]))
    }
    expect(pair.a).toMatchObject({ signalingState: 'stable', connectionState: 'connected' })
    const ice = pair.a.sctp!.transport.iceTransport
    expect(ice.getSelectedCandidatePair()?.remote.type).toMatch(/host|prflx/)
    expect(pair.a.sctp).toMatchObject({ state: 'connected', maxMessageSize: 262_144 })
    expect(pair.a.sctp!.transport.getRemoteCertificates()[0]).toBeInstanceOf(ArrayBuffer)
  })

  test('datachannel, open and messages come in this order; sending works from the first on', async () => {
    using pair = new Pair()
    const ours = pair.a.createDataChannel('')
    ours.onopen = () => ours.send('at once')
    const order: string[] = []
    const done = new Promise<void>((resolve) => {
      pair.b.ondatachannel = ({ channel }) => {
        order.push(`datachannel ${channel.readyState}`)
        record(channel, CHANNEL_EVENTS, () => channel.readyState, order)
        channel.send('in the datachannel event')
        channel.addEventListener('message', () => resolve())
      }
    })
    const answer = once<MessageEvent>(ours, 'message')
    await pair.negotiate()
    await done
    expect(order).toEqual(['datachannel open', 'open open', 'message open'])
    expect(await answer).toMatchObject({ data: 'in the datachannel event' })
  })

  test('surfaces candidates, then an empty one, then null', async () => {
    using pair = new Pair()
    pair.a.createDataChannel('')
    const candidates: (string | null)[] = []
    pair.a.onicecandidate = ({ candidate }) => candidates.push(candidate && candidate.candidate)
    const states = record(pair.a, ['icegatheringstatechange'], () => pair.a.iceGatheringState)
    await pair.a.setLocalDescription()
    while (pair.a.iceGatheringState !== 'complete') await once(pair.a, 'icegatheringstatechange')
    await task()
    expect(candidates.length).toBeGreaterThan(2)
    expect(candidates.slice(-2)).toEqual(['', null])
    for (const candidate of candidates.slice(0, -2)) expect(pair.a.localDescription!.sdp).toContain(`a=${candidate!}`)
    expect(pair.a.localDescription!.sdp).toContain('a=end-of-candidates')
    expect(states).toEqual(['icegatheringstatechange gathering', 'icegatheringstatechange complete'])
  })

  test('negotiationneeded fires for the first channel alone, once the chain is empty', async () => {
    using pair = new Pair()
    const fired = record(pair.a, ['negotiationneeded'], () => pair.a.signalingState)
    pair.a.createDataChannel('1')
    pair.a.createDataChannel('2')
    expect(fired).toEqual([])
    await once(pair.a, 'negotiationneeded')
    await pair.negotiate()
    pair.a.createDataChannel('3')
    await task()
    await task()
    expect(fired).toEqual(['negotiationneeded stable'])
    pair.a.restartIce()
    await once(pair.a, 'negotiationneeded')
  })

  test('an offer rolls back an own one; every state change is told', async () => {
    using pair = new Pair()
    pair.a.createDataChannel('')
    pair.b.createDataChannel('')
    await Promise.all([pair.a.setLocalDescription(), pair.b.setLocalDescription()])
    const states = record(pair.b, ['signalingstatechange'], () => pair.b.signalingState)
    await pair.b.setRemoteDescription(pair.a.localDescription!)
    expect(states).toEqual(['signalingstatechange stable', 'signalingstatechange have-remote-offer'])
    expect(pair.b.pendingLocalDescription).toBeNull()
    expect(pair.b.remoteDescription).toBeInstanceOf(RTCSessionDescription)
    await pair.b.setLocalDescription()
    await pair.a.setRemoteDescription(pair.b.localDescription!)
    expect(pair.b.currentRemoteDescription?.type).toBe('offer')
  })

  test('a rollback closes the transports that the offer had made', async () => {
    using pair = new Pair()
    const { a } = pair
    a.createDataChannel('')
    await a.setLocalDescription()
    const sctp = a.sctp!
    while (a.iceGatheringState === 'new') await once(a, 'icegatheringstatechange')
    const events = record(sctp.transport, ['statechange'], () => sctp.transport.state)
    record(sctp, ['statechange'], () => sctp.state, events)
    await a.setLocalDescription({ type: 'rollback' })
    expect(a.sctp).toBeNull()
    await task()
    expect(events).toEqual(['statechange closed', 'statechange closed'])
    expect([sctp.transport.iceTransport.state, a.iceGatheringState, a.connectionState]).toEqual([
      'closed',
      'new',
      'new',
    ])
  })

  test('a data section that the peer rejects closes the channels', async () => {
    using pair = new Pair()
    const channel = pair.a.createDataChannel('')
    const closed = once(channel, 'close')
    await pair.a.setLocalDescription()
    const offer = pair.a.localDescription!.sdp
    const answer = offer.replace('m=application 9', 'm=application 0').replace('a=setup:actpass', 'a=setup:active')
    await pair.a.setRemoteDescription({ type: 'answer', sdp: answer.replace('a=group:BUNDLE 0', 'a=group:BUNDLE') })
    await closed
    expect([pair.a.sctp, channel.readyState, pair.a.connectionState]).toEqual([null, 'closed', 'new'])
  })

  test('refuses wrong descriptions and candidates as browsers do', async () => {
    using pair = new Pair()
    const { a } = pair
    await expect(a.setRemoteDescription({ type: 'offer', sdp: 'v=0\r\nnonsense' })).rejects.toSatisfy(
      (error: RTCError) => {
        return error instanceof RTCError && error.errorDetail === 'sdp-syntax-error' && error.sdpLineNumber === 2
      },
    )
    await expect(a.createAnswer()).rejects.toThrow(invalidState)
    await expect(a.setLocalDescription({ type: 'rollback' })).rejects.toThrow(invalidState)
    await expect(a.setLocalDescription({ type: 'offer', sdp: 'v=0' })).rejects.toMatchObject({
      name: 'InvalidModificationError',
    })
    await expect(a.addIceCandidate({ candidate: 'candidate:x' })).rejects.toThrow(TypeError)
    await expect(a.addIceCandidate({ candidate: 'x', sdpMid: '0' })).rejects.toThrow(invalidState)
    await expect(Reflect.apply(a.setRemoteDescription, a, [])).rejects.toThrow('1 argument required')
    await expect(Reflect.apply(RTCPeerConnection.prototype.createOffer, {}, [])).rejects.toThrow(TypeError)
  })

  test('the legacy forms call back, and their promise says nothing', async () => {
    using pair = new Pair()
    const offer = await new Promise<{ type: string }>((resolve, reject) => {
      void pair.a.createOffer(resolve, reject).then((value) => expect(value).toBeUndefined())
    })
    expect(offer.type).toBe('offer')
    const reason = await new Promise((resolve, reject) => void pair.a.createAnswer(reject, resolve))
    expect(reason).toMatchObject({ name: 'InvalidStateError' })
  })

  test('getStats() tells what is true', async () => {
    using pair = new Pair()
    const [ours] = await pair.channels('counted')
    ours.send('12345')
    const report = [...(await pair.a.getStats()).values()]
    const byType = (type: string) => report.find((stats) => stats.type === type)
    expect(byType('peer-connection')).toMatchObject({ dataChannelsOpened: 1, dataChannelsClosed: 0 })
    expect(byType('data-channel')).toMatchObject({ label: 'counted', state: 'open', messagesSent: 1, bytesSent: 5 })
    expect(byType('transport')).toMatchObject({ dtlsState: 'connected', selectedCandidatePairChanges: 1 })
    const { selectedCandidatePairId } = byType('transport') as { selectedCandidatePairId?: string } & object
    expect(byType('candidate-pair')?.id).toBe(selectedCandidatePairId)
  })

  test('certificates are generated, shown and checked', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const certificate = await RTCPeerConnection.generateCertificate(algorithm)
    const [fingerprint] = certificate.getFingerprints()
    using pair = new Pair({ certificates: [certificate] })
    pair.a.createDataChannel('')
    const { sdp } = await pair.a.createOffer()
    expect(sdp.toLowerCase()).toContain(`a=fingerprint:sha-256 ${fingerprint!.value!}`)
    const expired = await RTCPeerConnection.generateCertificate({ ...algorithm, expires: 0 })
    await new Promise((resolve) => setTimeout(resolve, 2))
    expect(() => new RTCPeerConnection({ certificates: [expired] })).toThrow(
      expect.objectContaining({ name: 'InvalidAccessError' }),
    )
    await expect(RTCPeerConnection.generateCertificate({ name: 'HMAC' })).rejects.toMatchObject({
      name: 'NotSupportedError',
    })
  })
})

describe('closing a channel', () => {
  test('the tutorial: close() inside the first message event', async () => {
    using pair = new Pair()
    const [ours, theirs] = await pair.channels()
    const events = record(ours, CHANNEL_EVENTS, () => ours.readyState)
    const theirEvents = record(theirs, CHANNEL_EVENTS, () => theirs.readyState)
    theirs.onmessage = () => theirs.close()
    const closed = Promise.all([once(ours, 'close'), once(theirs, 'close')])
    ours.send('first')
    ours.send('second')
    await closed
    expect(theirEvents).toEqual(['message open', 'close closed'])
    expect(events).toEqual(['closing closing', 'close closed'])
  })

  test('D4: what was sent before close() arrives before the close event', async () => {
    using pair = new Pair()
    const [ours, theirs] = await pair.channels()
    const block = new Uint8Array(65_536)
    let bytes = 0
    theirs.onmessage = ({ data }) => {
      bytes += (data as ArrayBuffer).byteLength
    }
    const closed = once(theirs, 'close')
    for (let i = 0; i < 160; i++) ours.send(block)
    ours.close()
    expect(() => ours.send('')).toThrow(invalidState)
    await closed
    expect(bytes).toBe(160 * 65_536)
  })
})

describe('closing the connection', () => {
  test('P1, P2, P4, P6: all is closed on return; nothing follows but close of each channel', async () => {
    using pair = new Pair()
    const [ours] = await pair.channels()
    const { a } = pair
    const { sctp, iceGatheringState } = a
    const handlers = ['connectionstatechange', 'iceconnectionstatechange', 'signalingstatechange', 'icecandidate']
    const events = record(a, [...handlers, 'icegatheringstatechange', 'negotiationneeded'], () => a.connectionState)
    const transport = sctp!.transport
    for (const target of [sctp!, transport, transport.iceTransport]) record(target, ['statechange'], () => '', events)
    const channelEvents = record(ours, CHANNEL_EVENTS, () => ours.readyState)
    const close: () => unknown = a.close.bind(a)
    expect(close()).toBeUndefined()
    expect(a).toMatchObject({ signalingState: 'closed', connectionState: 'closed', iceConnectionState: 'closed' })
    expect(a.iceGatheringState).toBe(iceGatheringState)
    expect([ours.readyState, sctp!.state, transport.state, transport.iceTransport.state]).toEqual(
      Array<string>(4).fill('closed'),
    )
    expect(channelEvents).toEqual([])
    expect(close()).toBeUndefined()
    await a[Symbol.asyncDispose]()
    await task()
    expect(channelEvents).toEqual(['close closed'])
    expect(events).toEqual([])
  })

  test('P4, P5, D8: the peer sees error, then close, and its transports end', async () => {
    using pair = new Pair()
    const [, theirs] = await pair.channels()
    const events = record(theirs, CHANNEL_EVENTS, () => theirs.readyState)
    const dtls = pair.b.sctp!.transport
    const failed = once<RTCErrorEvent>(theirs, 'error')
    const closed = once(theirs, 'close')
    const ended = once(dtls, 'statechange')
    const disconnected = once(pair.b, 'connectionstatechange')
    pair.a.close()
    const { error } = await failed
    expect(error).toMatchObject({ name: 'OperationError', errorDetail: 'sctp-failure', sctpCauseCode: 12 })
    expect(error.cause).toMatchObject({ name: 'NetworkError' })
    await Promise.all([closed, ended, disconnected])
    expect(events).toEqual(['error closed', 'close closed'])
    expect([dtls.state, pair.b.sctp!.state, pair.b.connectionState]).toEqual(['closed', 'closed', 'disconnected'])
  })

  test('P1: inside an event handler of every kind', async () => {
    for (const type of ['signalingstatechange', 'icecandidate', 'iceconnectionstatechange', 'connectionstatechange']) {
      using pair = new Pair()
      pair.a.createDataChannel('')
      const closed = new Promise<void>((resolve) => {
        pair.a.addEventListener(type, () => {
          pair.a.close()
          resolve()
        })
      })
      void pair.negotiate()
      await closed
      await pair.a[Symbol.asyncDispose]()
      expect(pair.a.connectionState, type).toBe('closed')
    }
  })

  test('P1: pending promises never settle, later calls are refused', async () => {
    const pc = new RTCPeerConnection()
    let settled = 0
    for (const promise of [pc.createOffer(), pc.setLocalDescription(), pc.createAnswer()]) {
      promise.then(
        () => settled++,
        () => settled++,
      )
    }
    pc.close()
    await task()
    await task()
    expect(settled).toBe(0)
    await expect(pc.createOffer()).rejects.toThrow(invalidState)
    await expect(pc.addIceCandidate()).rejects.toThrow(invalidState)
    expect(() => pc.createDataChannel('')).toThrow(invalidState)
    expect(() => pc.setConfiguration({})).toThrow(invalidState)
    pc.restartIce()
    expect((await pc.getStats()).size).toBe(1)
  })

  test('P8, P9: nothing is held any more when await using goes on', async () => {
    const pair = new Pair()
    await pair.channels()
    expect(resourcesOf(pair.a).sockets).toBeGreaterThan(0)
    {
      await using a = pair.a
      await using b = pair.b
      expect([a.connectionState, b.signalingState]).toEqual(['connected', 'stable'])
    }
    for (const pc of [pair.a, pair.b]) {
      expect(resourcesOf(pc)).toMatchObject({ sockets: 0, timers: 0, lookups: 0 })
    }
  })

  test('P9: connections that nobody refers to and that were never connected are collected', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    let collected = 0
    const registry = new FinalizationRegistry(() => collected++)
    const make = async () => {
      const pc = new RTCPeerConnection()
      registry.register(pc, undefined)
      pc.createDataChannel('').onopen = () => undefined
      await pc.createOffer()
    }
    for (let i = 0; i < 20; i++) await make()
    await vi.waitFor(() => {
      collectGarbage()
      expect(collected).toBeGreaterThan(15)
    }, 5000)
  })
})
