import { Driver, messageMemory, nodeCrypto, runtimeCrypto, type ResourceReport } from '../node/index.js'
import type { PeerContract } from '../peer/contract.js'
import { Peer } from '../peer/index.js'
import type { RTCIceConnectionState, RTCIceGatheringState, RTCPeerConnectionState } from './aggregate-states.js'
import { Channels } from './channels.js'
import type { ConnectionContext } from './connection-context.js'
import { Negotiation } from './negotiation.js'
import { PeerEvents } from './peer-events.js'
import { defaultCertificate, localCertificateOf, replenishDefaultCertificates } from './rtc-certificate.js'
import type { Configuration } from './rtc-configuration.js'
import { SEND_BUFFER_BYTES } from './rtc-data-channel.js'
import {
  areSameServers,
  checkCertificates,
  checkConfiguration,
  checkExtensions,
  serversToAsk,
} from './set-configuration.js'
import { ConnectionStats, type StatsSender } from './stats/index.js'
import { statsSenderOf } from './stats-sender.js'
import { Transceivers } from './transceivers.js'
import { Transports } from './transports.js'

/** The internal slots of an RTCPeerConnection, and what they are built on: a peer, and the driver that runs it. */
export class Connection implements ConnectionContext {
  readonly peer: PeerContract
  readonly driver: Driver
  readonly transports: Transports
  readonly channels: Channels
  readonly transceivers: Transceivers
  readonly negotiation: Negotiation
  readonly stats = new ConnectionStats(this)
  /** DER, for the statistics. */
  readonly certificates: readonly Uint8Array[]
  /** [[Configuration]] */
  configuration: Configuration
  /** [[IsClosed]] */
  isClosed = false
  /** [[IceConnectionState]] */
  iceConnectionState: RTCIceConnectionState = 'new'
  /** [[IceGatheringState]] */
  iceGatheringState: RTCIceGatheringState = 'new'
  /** [[ConnectionState]] */
  connectionState: RTCPeerConnectionState = 'new'
  readonly #target: EventTarget

  /** Constructor steps 5 to 8. Throws what {@link checkConfiguration} throws. */
  constructor(target: EventTarget, configuration: Configuration, context: string) {
    // 5. If certificates is non-empty, check and store each of them.
    checkCertificates(configuration, context)
    const iceServers = checkConfiguration(configuration, undefined, false, context)
    checkExtensions(configuration, context)
    const given = configuration.certificates.map(localCertificateOf)
    // 6. Else, generate a certificate.
    const path = pathOf(configuration)
    const certificates = given.length > 0 ? given : [defaultCertificate(path)]
    const {
      certificateAuthorities,
      restartOnNetworkChange,
      iceParameters,
      iceTcp,
      iceLite,
      maxMessageSize,
      sctpNegotiationAcceleration = true,
      ...sockets
    } = configuration.tincan ?? {}
    this.#target = target
    this.configuration = configuration
    this.certificates = certificates.map(({ der }) => der)
    // 7. Initialize connection's ICE Agent.
    this.peer = new Peer({
      crypto: path === 'plain' ? nodeCrypto : runtimeCrypto,
      certificates,
      bundlePolicy: configuration.bundlePolicy,
      iceTransportPolicy: configuration.iceTransportPolicy,
      ...(iceParameters !== undefined && { iceParameters }),
      iceLite: iceLite === true,
      opensTcp: iceTcp !== 'none',
      sctpNegotiationAcceleration,
      messageMemory,
      ...(maxMessageSize !== undefined && { maxMessageSizeBytes: maxMessageSize }),
    })
    const sendBufferBytes = Math.max(SEND_BUFFER_BYTES, maxMessageSize ?? 0)
    this.transports = new Transports(this.peer, sendBufferBytes)
    this.channels = new Channels(this, sendBufferBytes, () => this.negotiation.modified())
    this.transceivers = new Transceivers(this)
    this.negotiation = new Negotiation(this, () => this.channels.updateIds())
    const events = new PeerEvents(this, this.negotiation, this.channels)
    this.driver = new Driver({
      peer: this.peer,
      iceServers: serversToAsk(iceServers, configuration),
      onEvent: (event) => events.handle(event),
      ...sockets,
      listensTcp: iceTcp === 'both',
      ...(restartOnNetworkChange === true && { onPathLost: () => this.negotiation.restartIce() }),
      ...(certificateAuthorities !== undefined && { serverCertificateAuthorities: certificateAuthorities }),
    })
    if (configuration.iceCandidatePoolSize > 0) this.#fillPool(configuration)
  }

  #fillPool({ iceTransportPolicy, iceCandidatePoolSize }: Configuration): void {
    const ahead = { iceTransportPolicy, iceServersChanged: false, iceCandidatePoolSize }
    this.peer.setConfiguration(this.driver.now(), ahead)
    this.driver.wake()
  }

  /**
   * Fires an event at the connection.
   * Deviation: where one change fires several events in one task and a handler closes the connection, the rest of them
   * would tell of states that are "closed" by then, for which no event is fired.
   */
  fire(event: Event): void {
    if (!this.isClosed) this.#target.dispatchEvent(event)
  }

  fireAt({ known }: { readonly known: EventTarget | undefined }, type: string): void {
    if (!this.isClosed) known?.dispatchEvent(new Event(type))
  }

  handshakeWaits(): void {
    if (this.configuration.certificates.length === 0) replenishDefaultCertificates(pathOf(this.configuration))
  }

  get hidesAddresses(): boolean {
    return this.configuration.tincan?.mdnsHostCandidates === true
  }

  /** https://www.w3.org/TR/webrtc/#set-the-configuration, of a connection that has one */
  setConfiguration(configuration: Configuration, context: string): void {
    const { localDescriptionWasSet } = this.negotiation
    const iceServers = checkConfiguration(configuration, this.configuration, localDescriptionWasSet, context)
    // 7. Set the ICE Agent's ICE transports setting to the value of configuration.iceTransportPolicy.
    // 8. Set the ICE Agent's prefetched ICE candidate pool size, which may gather, or discard, at once.
    // 9. Set the ICE Agent's ICE servers list to iceServers.
    const { iceTransportPolicy, iceCandidatePoolSize } = configuration
    const iceServersChanged = !areSameServers(configuration, this.configuration)
    const { tincan } = this.configuration // our extension is fixed when the connection is constructed
    this.driver.setIceServers(serversToAsk(iceServers, { iceTransportPolicy, ...(tincan && { tincan }) }))
    this.peer.setConfiguration(this.driver.now(), { iceTransportPolicy, iceServersChanged, iceCandidatePoolSize })
    this.driver.wake()
    // 10. Store configuration in the [[Configuration]] internal slot.
    this.configuration = { ...configuration, ...(tincan !== undefined && { tincan }) }
  }

  /** https://www.w3.org/TR/webrtc/#close-the-connection */
  close(): void {
    // 1. If [[IsClosed]] is true, abort these steps. 2. Set [[IsClosed]] to true.
    if (this.isClosed) return
    this.stats.close()
    this.isClosed = true
    // 3. Set [[SignalingState]] to "closed". This does not fire any event. (Its getter asks [[IsClosed]].)
    // 4. Stop every transceiver that is not stopped.
    this.transceivers.stop()
    // 5. Set the [[ReadyState]] slot of each of connection's RTCDataChannels to "closed".
    this.channels.closeAbruptly()
    // 6. to 9. Tear down the SCTP association by an ABORT, set the state of all transports to "closed", and destroy the
    //          ICE Agent, releasing any relevant resources.
    this.transports.close()
    this.peer.close(this.driver.now())
    void this.driver.close() // never rejects; what it waits for is asked of released()
    // 10. and 11. Set [[IceConnectionState]] and [[ConnectionState]] to "closed". This does not fire any event.
    this.iceConnectionState = 'closed'
    this.connectionState = 'closed'
  }

  // -- TransceiverContext ---------------------------------------------------------------------------------------------

  chain<T>(operation: () => Promise<T>): Promise<T> {
    return this.negotiation.chain.chain(operation)
  }

  staled(): void {
    this.negotiation.staled()
  }

  modified(): void {
    this.negotiation.modified()
  }

  // -- StatsSource ----------------------------------------------------------------------------------------------------

  get senders(): readonly StatsSender[] {
    return this.transceivers.active.map(statsSenderOf)
  }

  // -------------------------------------------------------------------------------------------------------------------

  /** Settles when a closed connection holds nothing any more. */
  released(): Promise<void> {
    return this.driver.released()
  }

  resources(): ResourceReport {
    return this.driver.resources()
  }
}

function pathOf({ tincan }: Configuration): 'plain' | 'fast' {
  return tincan?.fastPath === false ? 'plain' : 'fast'
}
