import type { TransportId } from '../../peer/contract.js'
import type { DataChannelSlots } from '../data-channel-slots.js'
import type { RTCDataChannelStats, StatsDictionary } from './dictionaries.js'
import { addSenderStats } from './media-stats.js'
import { createStatsReport, type RTCStatsReport } from './rtc-stats-report.js'
import { selectStats } from './select-stats.js'
import { StatsCollection } from './stats-collection.js'
import { StatsIds } from './stats-ids.js'
import type { StatsSelector, StatsSource } from './stats-source.js'
import { TransportStats } from './transport-stats.js'

/** Gathers the statistics of one connection (https://www.w3.org/TR/webrtc-stats/), also after its end. */
export class ConnectionStats {
  readonly #source: StatsSource
  #ids: StatsIds | undefined
  #transports: TransportStats | undefined
  /** What there was when the connection was closed, and stays. */
  #last: readonly StatsDictionary[] | undefined

  constructor(source: StatsSource) {
    this.#source = source
  }

  /** Gathers, and resolves in a queued task, as getStats() has it. */
  report(selector?: StatsSelector): Promise<RTCStatsReport> {
    return new Promise((resolve) => {
      this.#source.driver.queueTask(() => resolve(createStatsReport(this.collect(selector))))
    })
  }

  /** https://www.w3.org/TR/webrtc/#dfn-stats-selection-algorithm */
  collect(selector?: StatsSelector): ReadonlyMap<string, StatsDictionary> {
    // 2. If selector is null, gather stats for the whole connection.
    const all = this.#gather()
    if (selector === undefined) return all
    // 3. The outbound RTP streams of the sender, or 4. the inbound ones of the receiver, which none has before media flows,
    //    and all stats objects that they reference.
    return selectStats(all, selector.of === 'sender' ? this.#outboundIds(selector.transceiver.key) : [])
  }

  /**
   * The connection is about to be closed. Most objects exist for the duration of the connection object, past close(): they
   * stand still from now on. RTP streams go with their transceivers, which close() stops.
   */
  close(): void {
    const last: StatsDictionary[] = []
    for (const stats of this.#gather().values()) {
      if (stats.type === 'outbound-rtp' || stats.type === 'codec' || stats.type === 'peer-connection') continue
      if (stats.type === 'transport') stats.dtlsState = stats.iceState = 'closed'
      if (stats.type === 'data-channel') stats.state = 'closed'
      last.push(stats)
    }
    this.#last = last
  }

  #gather(): ReadonlyMap<string, StatsDictionary> {
    const { channels, driver } = this.#source
    const into = new StatsCollection(performance.timeOrigin + performance.now(), driver.now())
    const ids = (this.#ids ??= new StatsIds())
    into.add({
      timestamp: into.timestamp,
      type: 'peer-connection',
      id: ids.of('P', ''),
      dataChannelsOpened: channels.opened,
      dataChannelsClosed: channels.closed,
    })
    if (this.#last !== undefined) for (const stats of this.#last) into.addCopy(stats)
    else this.#gatherOpen(into, ids)
    return into.byId
  }

  #gatherOpen(into: StatsCollection, ids: StatsIds): void {
    const { peer, transports, channels, certificates, senders } = this.#source
    const transportStats = (this.#transports ??= new TransportStats(ids))
    const byMid = new Map<string, TransportId>()
    for (const [id, dtls] of transports.entries()) {
      const statistics = peer.statistics(id)
      if (statistics === undefined) continue
      for (const mid of statistics.view.mids) byMid.set(mid, id)
      transportStats.add(into, dtls, statistics, certificates)
    }
    for (const channel of channels.values()) into.add(channelStats(into, ids, channel))
    for (const sender of senders) {
      const transportId = sender.mid === null ? undefined : byMid.get(sender.mid)
      addSenderStats(into, ids, sender, transportId === undefined ? undefined : transportStats.idOf(transportId))
    }
  }

  #outboundIds(key: number): string[] {
    const sender = this.#source.senders.find((one) => one.key === key)
    return sender?.streams.map(({ ssrc }) => this.#ids!.of('O', `${key} ${ssrc}`)) ?? []
  }
}

function channelStats(into: StatsCollection, ids: StatsIds, channel: DataChannelSlots): RTCDataChannelStats {
  const { label, protocol } = channel.parameters
  const stats: RTCDataChannelStats = {
    timestamp: into.timestamp,
    type: 'data-channel',
    id: ids.of('D', `${channel.handle}`),
    label,
    protocol,
    state: channel.readyState,
    messagesSent: channel.messagesSent,
    bytesSent: channel.bytesSent,
    messagesReceived: channel.messagesReceived,
    bytesReceived: channel.bytesReceived,
  }
  if (channel.id !== null) stats.dataChannelIdentifier = channel.id
  return stats
}
