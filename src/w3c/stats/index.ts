/**
 * stats: `getStats()` of connections, senders and receivers (https://www.w3.org/TR/webrtc/#statistics-model,
 * https://www.w3.org/TR/webrtc-stats/). The numbers are counted where they arise, in `ice/`, `dtls/`, `peer/` and the data
 * channels; here they get names, ids and references. Deliberately absent, since there is nothing to count yet: inbound-rtp,
 * remote-inbound-rtp, remote-outbound-rtp and media-playout; and members that tell of encoders, decoders and bandwidth.
 */
export * from './connection-stats.js'
export type * from './dictionaries.js'
export { RTCStatsReport, type RTCStatsReportValue } from './rtc-stats-report.js'
export type { StatsSelector, StatsSender, StatsSendStream } from './stats-source.js'
