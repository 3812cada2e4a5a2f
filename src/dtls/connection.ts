import { ByteReader, Deque, ProtocolError, TimerTable, type Layer, type Millis } from '../core/index.js'
import {
  ALERT_FATAL,
  ALERT_WARNING,
  alertName,
  CLOSE_NOTIFY,
  NO_RENEGOTIATION,
  parseAlert,
  writeAlert,
  type Alert,
} from './alert.js'
import { cipherSuitesNamed } from './cipher-suites.js'
import { DTLS_1_2, NAMED_GROUPS } from './code-points.js'
import { FlightSender, INITIAL_RETRANSMISSION_MILLIS } from './flight.js'
import type { Handshake, KeyingMaterialExporter, Negotiated, Step } from './handshake/handshake.js'
import { CLIENT_HELLO, FINISHED, HELLO_REQUEST, parseFragment, type HandshakeFragment } from './handshake/message.js'
import { Reassembly } from './handshake/reassembly.js'
import { PlaintextProtection } from './record/plaintext-protection.js'
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  HANDSHAKE,
  MAX_PLAINTEXT_BYTES,
  parseRecord,
  RECORD_HEADER_BYTES,
  type DtlsRecord,
} from './record/record.js'
import { RecordLayer } from './record/record-layer.js'
import type { DtlsEvent, DtlsOptions, DtlsRole, DtlsTransportState } from './types.js'
import { ClientHandshake } from './version-1-2/client-handshake.js'
import { ServerHandshake } from './version-1-2/server-handshake.js'

const DEFAULT_MTU_BYTES = 1200
/** Below this no fragment of a handshake message would fit behind its headers. */
const MIN_MTU_BYTES = 128
/** How long we shake hands without getting anywhere. ICE notices a dead path in the same time (RFC 7675 §5.1). */
const HANDSHAKE_PATIENCE_MILLIS: Millis = 30_000
/**
 * How long a sign of failure that anybody could have sent may wait for the handshake to prove it wrong. Three repeats of a
 * flight fit: 200 + 400 + 800 = 1,400 ms.
 */
const SUSPICION_MILLIS: Millis = 3_000
/** Records that overtook the keys they need, and data that overtook Finished: a round trip's worth at the start. */
const MAX_EARLY_RECORDS = 16
const MAX_EARLY_DATA_BYTES = 64 * 1024
/**
 * RFC 9147 §4.5.3: so many forgeries may be tried at one key. The same bounds what we seal under it: with records of
 * 1,200 bytes an observer's advantage stays below 2^-43, and it takes 80 terabytes to get there.
 */
const MAX_RECORDS_PER_KEY = 2 ** 36
/** A peer that keeps asking for a renegotiation is told so a few times, then not heard. */
const MAX_RENEGOTIATION_REFUSALS = 4

/** Why a record, or a part of one, was dropped. */
type DropReason =
  | 'malformedRecord'
  | 'unknownContentType'
  | 'unknownEpoch'
  | 'earlyRecordOverflow'
  | 'replayedRecord'
  | 'forgedRecord'
  | 'plaintextData'
  | 'malformedAlert'
  | 'plaintextAlert'
  | 'warningAlert'
  | 'malformedHandshake'
  | 'unexpectedHandshake'
  | 'refusedFragment'
  | 'duplicateFragment'
  | 'renegotiation'
  | 'notRunning'

/**
 * One DTLS association, client or server.
 *
 *   new ──start──▶ connecting ──both Finished──▶ connected ──close_notify, close()──▶ closed
 *                      │                             │
 *                      └───────────────┬─────────────┘   close() closes from new and connecting too
 *                                      ▼
 *                                   failed
 */
export class DtlsConnection implements Layer<Uint8Array, DtlsEvent> {
  readonly role: DtlsRole
  /** Gone when it is done: certificates, transcript and key shares are of no use any more. */
  #handshake: Handshake | undefined
  #exporter: KeyingMaterialExporter | undefined
  readonly #records = new RecordLayer(new PlaintextProtection(DTLS_1_2))
  readonly #reassembly = new Reassembly()
  readonly #flights: FlightSender
  readonly #timers = new TimerTable<'patience' | 'suspicion'>()
  readonly #alerts = new Deque<Uint8Array>()
  readonly #events = new Deque<DtlsEvent>()
  readonly #counters: Partial<Record<DropReason, number>> = {}
  #state: DtlsTransportState = 'new'
  /** Messages below this number are of flights that we answered: one that comes again asks for our answer again. */
  #answeredSequence = 0
  #earlyRecords: DtlsRecord[] = []
  #earlyData: Uint8Array[] = []
  #earlyDataBytes = 0
  /** The newest sign of failure that was not authenticated. */
  #suspicion: ProtocolError | undefined
  #renegotiationRefusals = 0
  #remoteCertificates: readonly Uint8Array[] = []
  /** There is nothing to send, to tell or to wait for, until something is asked of it: it need not be looked into. */
  #isSilent = false

  constructor(options: DtlsOptions) {
    this.role = options.role
    const handshakeOptions = {
      crypto: options.crypto,
      certificates: [...(options.certificate ? [options.certificate] : []), ...(options.furtherCertificates ?? [])],
      remoteFingerprints: options.remoteFingerprints,
      verifyChain: options.verifyChain,
      requiresCertificate: options.requiresCertificate ?? true,
      serverName: options.serverName,
      srtpProfiles: options.srtpProfiles,
      cipherSuites: cipherSuitesNamed(options.cipherSuites),
      groups: options.groups ?? NAMED_GROUPS,
      cookieExchange: options.cookieExchange ?? false,
    }
    this.#handshake =
      options.role === 'client' ? new ClientHandshake(handshakeOptions) : new ServerHandshake(handshakeOptions)
    this.#flights = new FlightSender(
      this.#records,
      Math.max(options.mtuBytes ?? DEFAULT_MTU_BYTES, MIN_MTU_BYTES),
      options.initialRetransmissionMillis ?? INITIAL_RETRANSMISSION_MILLIS,
    )
  }

  get state(): DtlsTransportState {
    return this.#state
  }

  /** The peer's chain, DER, its own certificate first; empty before `connected`. */
  get remoteCertificates(): readonly Uint8Array[] {
    return this.#remoteCertificates
  }

  /** What was dropped, by reason. */
  get counters(): Readonly<Record<string, number>> {
    return this.#counters
  }

  /** The client sends its hello. The server waits for it, however long: whether the path lives is for ICE to say. */
  start(now: Millis): void {
    if (this.#state !== 'new') return
    this.#state = 'connecting'
    const step = this.#handshake?.start()
    if (step?.flight !== undefined) this.#take(now, step)
  }

  receive(now: Millis, datagram: Uint8Array): void {
    let offset = 0
    while (offset < datagram.length) {
      if (this.#state !== 'connecting' && this.#state !== 'connected') {
        this.#count('notRunning')
        return
      }
      const record = parseRecord(datagram, offset)
      if (record === undefined) {
        this.#count('malformedRecord') // and what follows it, since nobody knows where that begins
        return
      }
      this.#receiveRecord(now, record)
      offset += RECORD_HEADER_BYTES + record.fragment.length
    }
  }

  /**
   * {@link receive}, but data that came alone in its datagram is returned instead of told as an event, in memory that the next
   * one may be opened in.
   */
  open(now: Millis, datagram: Uint8Array): Uint8Array | undefined {
    const opened = this.#state === 'connected' ? this.#records.openSingle(APPLICATION_DATA, datagram) : 'other'
    if (typeof opened !== 'string') return opened
    if (opened === 'other') this.receive(now, datagram)
    else this.#countRefused(opened)
    return undefined
  }

  /** One record of application data, ready to be sent as a datagram; `undefined` unless connected. */
  seal(data: Uint8Array): Uint8Array | undefined {
    return this.#maySeal(data.length) ? this.#records.seal(this.#records.writeEpoch, APPLICATION_DATA, data) : undefined
  }

  /** What stands before the data in a record of it. */
  get headBytes(): number {
    return this.#records.headBytes(this.#records.writeEpoch)
  }

  /** What a record of application data is longer than the data. */
  get overheadBytes(): number {
    return this.#records.overheadBytes(this.#records.writeEpoch)
  }

  /**
   * {@link seal} without a copy: the data stands {@link headBytes} after `at`, and there is room for {@link overheadBytes} in
   * all. The length of the record, which begins at `at`; 0 unless connected.
   */
  sealInPlace(memory: Uint8Array, at: number, length: number): number {
    if (!this.#maySeal(length)) return 0
    return this.#records.sealInPlace(this.#records.writeEpoch, APPLICATION_DATA, memory, at, length)
  }

  #maySeal(length: number): boolean {
    if (this.#state !== 'connected' || length > MAX_PLAINTEXT_BYTES) return false
    if (this.#records.sealedRecords(this.#records.writeEpoch) < MAX_RECORDS_PER_KEY) return true
    this.#failWith(new ProtocolError('dtls.record-limit', 'This connection sealed as many records as its key may.'))
    return false
  }

  /** Says close_notify where the peer could know of us, and ends. Idempotent. */
  close(now: Millis): void {
    this.handleTimeout(now) // what was due before happened before
    if (this.#state === 'closed' || this.#state === 'failed') return
    if (this.#state !== 'new') this.#sendAlert({ level: ALERT_WARNING, description: CLOSE_NOTIFY })
    this.#finish('closed', { type: 'closed', by: 'local' })
  }

  /** RFC 5705; `undefined` unless connected. */
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Uint8Array | undefined {
    return this.#state === 'connected' ? this.#exporter?.exportKeyingMaterial(label, context, length) : undefined
  }

  /** Whether {@link pollTransmit} and {@link pollEvent} have nothing, and {@link nextTimeout} is never, without a look. */
  get isSilent(): boolean {
    return this.#isSilent
  }

  nextTimeout(): Millis {
    if (this.#isSilent) return Infinity
    return Math.min(this.#timers.next(), this.#flights.deadline)
  }

  handleTimeout(now: Millis): void {
    if (this.#isSilent) return
    this.#flights.handleTimeout(now)
    for (let timer = this.#timers.takeDue(now); timer !== undefined; timer = this.#timers.takeDue(now)) {
      const seconds = HANDSHAKE_PATIENCE_MILLIS / 1000
      const silence = new ProtocolError('dtls.timeout', `The DTLS handshake got no further for ${seconds} seconds.`)
      this.#failWith(this.#suspicion ?? silence)
    }
  }

  pollTransmit(now: Millis): Uint8Array | undefined {
    if (this.#isSilent) return undefined
    const datagram = this.#flights.takeDatagram(now) ?? this.#alerts.shift()
    const hasNothing = datagram === undefined && this.#events.length === 0
    if (hasNothing && this.#state === 'connected' && this.nextTimeout() === Infinity) this.#isSilent = true
    return datagram
  }

  get hasEvents(): boolean {
    return this.#events.length > 0
  }

  pollEvent(): DtlsEvent | undefined {
    return this.#isSilent ? undefined : this.#events.shift()
  }

  // -- records ----------------------------------------------------------------------------------------------------------

  #receiveRecord(now: Millis, record: DtlsRecord): void {
    const opened = this.#open(record)
    if (opened === undefined) return
    switch (opened.type) {
      case APPLICATION_DATA:
        return this.#receiveData(opened)
      case HANDSHAKE:
        return this.#receiveHandshake(now, opened)
      case ALERT:
        return this.#receiveAlert(now, opened)
      case CHANGE_CIPHER_SPEC:
        return // the epoch of each record says the same, and cannot be lost or overtaken
      default:
        return this.#count('unknownContentType')
    }
  }

  #open(record: DtlsRecord): DtlsRecord | undefined {
    const opened = this.#records.open(record)
    if (typeof opened !== 'string') return opened
    if (opened === 'noKeys') this.#keepEarlyRecord(record)
    else this.#countRefused(opened)
    return undefined
  }

  #countRefused(reason: 'replayed' | 'forged'): void {
    if (reason === 'replayed') this.#count('replayedRecord')
    else this.#dropForged()
  }

  /** Reordering lets Finished and data overtake the messages that their keys come from. */
  #keepEarlyRecord(record: DtlsRecord): void {
    if (this.#state !== 'connecting' || record.epoch !== 1) return this.#count('unknownEpoch')
    if (this.#earlyRecords.length === MAX_EARLY_RECORDS) return this.#count('earlyRecordOverflow')
    this.#earlyRecords.push({ ...record, fragment: record.fragment.slice() })
  }

  #dropForged(): void {
    this.#count('forgedRecord')
    if (this.#records.forgedRecords < MAX_RECORDS_PER_KEY) return
    this.#failWith(new ProtocolError('dtls.record-limit', 'Too many forged records came in under one key.'))
  }

  #receiveData(record: DtlsRecord): void {
    if (record.epoch === 0) return this.#count('plaintextData')
    if (this.#state === 'connected') {
      this.#isSilent = false
      this.#events.push({ type: 'data', data: record.fragment.slice() }) // it was opened in memory that is used again
    } else if (this.#earlyDataBytes + record.fragment.length > MAX_EARLY_DATA_BYTES) {
      this.#count('earlyRecordOverflow')
    } else if (this.#earlyData.length === MAX_EARLY_RECORDS) {
      this.#count('earlyRecordOverflow')
    } else {
      this.#earlyData.push(record.fragment.slice())
      this.#earlyDataBytes += record.fragment.length
    }
  }

  // -- handshake --------------------------------------------------------------------------------------------------------

  #receiveHandshake(now: Millis, record: DtlsRecord): void {
    const reader = new ByteReader(record.fragment)
    while (reader.remaining > 0) {
      const fragment = parseFragment(reader)
      if (fragment === undefined) return this.#count('malformedHandshake')
      if (this.#state !== 'connecting' && record.epoch === 0) this.#count('unexpectedHandshake')
      else if (this.#state === 'connected') this.#receiveLateFragment(now, fragment)
      else if (this.#handshake?.admits(fragment.type, record.epoch) === true) this.#receiveFragment(now, fragment)
      else this.#count('unexpectedHandshake')
    }
  }

  #receiveFragment(now: Millis, fragment: HandshakeFragment): void {
    const insertion = this.#reassembly.insert(fragment)
    if (insertion === 'refused') return this.#count('refusedFragment')
    if (insertion !== 'taken') this.#count('duplicateFragment')
    // RFC 6347 §4.2.4: a repeated flight says that our answer to it did not arrive.
    if (insertion === 'old' && fragment.sequence < this.#answeredSequence) this.#flights.repeat(now)
    for (let message = this.#reassembly.next(); message !== undefined; message = this.#reassembly.next()) {
      const step = this.#handshake!.receive(message)
      if (step.malformed === true) {
        this.#reassembly.discard()
        this.#count('malformedHandshake')
        const words = `A handshake message of type ${message.type} could not be parsed.`
        this.#suspect(now, new ProtocolError('dtls.handshake', words))
        continue
      }
      this.#reassembly.accept()
      this.#take(now, step)
      if (this.#state !== 'connecting') return
    }
  }

  /** After the handshake: the end of the peer's last flight once more, or the wish for another handshake. */
  #receiveLateFragment(now: Millis, fragment: HandshakeFragment): void {
    if (fragment.type === FINISHED && fragment.sequence < this.#answeredSequence) {
      this.#count('duplicateFragment')
      this.#isSilent = false
      this.#flights.repeat(now)
    } else if (fragment.type === HELLO_REQUEST || fragment.type === CLIENT_HELLO) {
      // RFC 5746 §4.5 allows to refuse, RFC 8827 §6.5 has no use for it.
      this.#count('renegotiation')
      if (this.#renegotiationRefusals++ >= MAX_RENEGOTIATION_REFUSALS) return
      this.#sendAlert({ level: ALERT_WARNING, description: NO_RENEGOTIATION })
    } else {
      this.#count('unexpectedHandshake')
    }
  }

  /** Does what the handshake asked for. */
  #take(now: Millis, step: Step): void {
    if (step.failure !== undefined) {
      const { alert, code, message } = step.failure
      this.#sendAlert({ level: ALERT_FATAL, description: alert })
      return this.#failWith(new ProtocolError(code, message, { sentAlert: alert }))
    }
    this.#suspicion = undefined
    this.#timers.clear('suspicion')
    this.#timers.set('patience', now + HANDSHAKE_PATIENCE_MILLIS)
    if (step.writeKeys !== undefined) this.#records.addWriteEpoch(step.writeKeys.epoch, step.writeKeys.protection)
    if (step.flight !== undefined) {
      this.#flights.begin(now, step.flight)
      this.#answeredSequence = this.#reassembly.nextSequence
    }
    if (step.connected !== undefined) {
      // Who sends the last flight may be asked for it again (RFC 6347 §4.2.4); that of the other was answered.
      if (step.flight === undefined) this.#flights.stop()
      this.#enterConnected(step.connected)
    }
    if (step.readKeys !== undefined) this.#installReadKeys(now, step.readKeys)
  }

  #installReadKeys(now: Millis, { epoch, protection }: NonNullable<Step['readKeys']>): void {
    this.#records.addReadEpoch(epoch, protection)
    const early = this.#earlyRecords
    this.#earlyRecords = []
    for (const record of early) {
      if (this.#state === 'connecting' || this.#state === 'connected') this.#receiveRecord(now, record)
    }
  }

  #enterConnected(negotiated: Negotiated): void {
    this.#state = 'connected'
    const { remoteCertificates = [], exporter } = this.#handshake ?? {}
    this.#remoteCertificates = remoteCertificates
    this.#exporter = exporter
    this.#handshake = undefined
    this.#timers.clearAll()
    this.#flights.stopTimer()
    this.#reassembly.clear()
    // What is not protected has nothing to say any more.
    this.#records.dropReadEpoch(0)
    this.#events.push({ type: 'connected', ...negotiated, remoteCertificates: this.remoteCertificates })
    for (const data of this.#earlyData) this.#events.push({ type: 'data', data })
    this.#earlyData = []
  }

  // -- alerts and the end -----------------------------------------------------------------------------------------------

  #receiveAlert(now: Millis, record: DtlsRecord): void {
    const alert = parseAlert(record.fragment)
    if (alert === undefined) return this.#count('malformedAlert')
    const isClose = alert.description === CLOSE_NOTIFY
    if (!isClose && alert.level !== ALERT_FATAL) return this.#count('warningAlert')
    const words = isClose
      ? 'The peer closed the connection.'
      : `The peer sent the alert ${alertName(alert.description)}.`
    const error = new ProtocolError('dtls.alert', words, { receivedAlert: alert.description })
    if (record.epoch === 0) {
      this.#count('plaintextAlert')
      return this.#suspect(now, error)
    }
    if (!isClose) return this.#failWith(error)
    // RFC 5246 §7.2.1: answer with a close_notify of our own, and drop what was not sent.
    this.#sendAlert({ level: ALERT_WARNING, description: CLOSE_NOTIFY })
    this.#finish('closed', { type: 'closed', by: 'peer' })
  }

  /**
   * Something in plain text speaks against this handshake: perhaps the peer, perhaps somebody who wants to stop it. If it
   * gets no further for a while, it was the peer.
   */
  #suspect(now: Millis, error: ProtocolError): void {
    this.#suspicion = error
    // A server that was never spoken to has nobody to be refused by.
    if (this.#timers.isSet('suspicion') || !this.#timers.isSet('patience')) return
    this.#timers.set('suspicion', now + SUSPICION_MILLIS)
  }

  #sendAlert(alert: Alert): void {
    const record = this.#records.seal(this.#records.writeEpoch, ALERT, writeAlert(alert))
    this.#isSilent = false
    if (record !== undefined) this.#alerts.push(record)
  }

  #failWith(error: ProtocolError): void {
    this.#finish('failed', { type: 'failed', error })
  }

  #finish(state: 'closed' | 'failed', event: DtlsEvent): void {
    this.#state = state
    this.#isSilent = false
    this.#timers.clearAll()
    this.#flights.stop()
    this.#reassembly.clear()
    this.#earlyRecords = []
    this.#earlyData = []
    this.#records.release()
    this.#events.push(event)
  }

  #count(reason: DropReason): void {
    this.#counters[reason] = (this.#counters[reason] ?? 0) + 1
  }
}
