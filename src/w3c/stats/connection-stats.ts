import type { ChannelHandle } from '../../datachannel/types.js'
import type { TransportId, TransportStatistics } from '../../peer/contract.js'
import type { DataChannelSlots } from '../data-channel-slots.js'
import type { DtlsTransportSlots } from '../rtc-dtls-transport.js'
import type { RTCDataChannelStats, StatsDictionary } from './dictionaries.js'
import { addSenderStats } from './media-stats.js'
import { createStatsReport, type RTCStatsReport } from './rtc-stats-report.js'
import { selectStats } from './select-stats.js'
import { StatsCollection } from './stats-collection.js'
import { StatsIds } from './stats-ids.js'
import type { StatsSelector, StatsSource } from './stats-source.js'
import { TransportStats } from './transport-stats.js'

/** Statistics of a connection that is closed, before anybody has asked for them. */
interface KeptStats {
  /** Of the moment of closing. */
  readonly into: StatsCollection
  readonly certificates: readonly Uint8Array[]
  readonly media: readonly StatsDictionary[]
  readonly transports: readonly { readonly dtls: DtlsTransportSlots; readonly statistics: TransportStatistics }[]
  readonly channels: readonly { readonly handle: ChannelHandle; readonly stats: Omit<RTCDataChannelStats, 'id'> }[]
}

/** Gathers the statistics of one connection (https://www.w3.org/TR/webrtc-stats/), also after its end. */
export class ConnectionStats {
  readonly #source: StatsSource
  #ids: StatsIds | undefined
  #transports: TransportStats | undefined
  /** What there was when the connection was closed, and stays: as it was kept, and as a report shows it. */
  #kept: KeptStats | undefined
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
   * stand still from now on. RTP streams go with their transceivers, which close() stops. Most connections are never asked
   * again, so no more is done here than to keep what would be gone.
   */
  close(): void {
    const { peer, transports, channels, certificates, senders } = this.#source
    const into = this.#begin()
    const ids = this.#idsOf()
    for (const sender of senders) addSenderStats(into, ids, sender, undefined)
    this.#kept = {
      into,
      certificates,
      media: [...into.byId.values()].filter(({ type }) => type === 'media-source'),
      transports: [...transports.entries()].flatMap(([id, dtls]) => {
        const statistics = peer.statistics(id)
        return statistics === undefined ? [] : [{ dtls, statistics: this.#transportsOf().keep(statistics) }]
      }),
      channels: [...channels.values()].map((channel) => ({
        handle: channel.handle,
        stats: channelStats(into, channel),
      })),
    }
  }

  #gather(): ReadonlyMap<string, StatsDictionary> {
    const { channels } = this.#source
    const into = this.#begin()
    into.add({
      timestamp: into.timestamp,
      type: 'peer-connection',
      id: this.#idsOf().of('P', ''),
      dataChannelsOpened: channels.opened,
      dataChannelsClosed: channels.closed,
    })
    if (this.#kept !== undefined) this.#last = this.#show(this.#kept)
    if (this.#last !== undefined) for (const stats of this.#last) into.addCopy(stats)
    else this.#gatherOpen(into)
    return into.byId
  }

  #begin(): StatsCollection {
    return new StatsCollection(performance.timeOrigin + performance.now(), this.#source.driver.now())
  }

  #idsOf(): StatsIds {
    return (this.#ids ??= new StatsIds())
  }

  #transportsOf(): TransportStats {
    return (this.#transports ??= new TransportStats(this.#idsOf()))
  }

  #show({ into, certificates, media, transports, channels }: KeptStats): readonly StatsDictionary[] {
    this.#kept = undefined
    const ids = this.#idsOf()
    into.byId.clear()
    for (const stats of media) into.add(stats)
    for (const { dtls, statistics } of transports) this.#transportsOf().add(into, dtls, statistics, certificates)
    for (const { handle, stats } of channels) into.add({ ...stats, id: channelStatsId(ids, handle), state: 'closed' })
    return [...into.byId.values()]
  }

  #gatherOpen(into: StatsCollection): void {
    const { peer, transports, channels, certificates, senders } = this.#source
    const ids = this.#idsOf()
    const transportStats = this.#transportsOf()
    const byMid = new Map<string, TransportId>()
    for (const [id, dtls] of transports.entries()) {
      const statistics = peer.statistics(id)
      if (statistics === undefined) continue
      for (const mid of statistics.view.mids) byMid.set(mid, id)
      transportStats.add(into, dtls, statistics, certificates)
    }
    for (const channel of channels.values()) {
      into.add({ ...channelStats(into, channel), id: channelStatsId(ids, channel.handle) })
    }
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

function channelStatsId(ids: StatsIds, handle: ChannelHandle): string {
  return ids.of('D', `${handle}`)
}

function channelStats({ timestamp }: StatsCollection, channel: DataChannelSlots): Omit<RTCDataChannelStats, 'id'> {
  const { label, protocol } = channel.parameters
  const stats: Omit<RTCDataChannelStats, 'id'> = {
    timestamp,
    type: 'data-channel',
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
