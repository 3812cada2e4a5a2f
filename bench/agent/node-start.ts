/** How a process is told, in the variable TINCAN_BENCH_AGENT, which end of which pair it is. */
export type NodeStackName = 'tincan' | 'node-datachannel' | 'node-datachannel/polyfill' | '@roamhq/wrtc' | 'werift'

export interface NodeStart {
  readonly stack: NodeStackName
  readonly role: 'offerer' | 'answerer'
  /** Of the local socket (a path, or a named pipe of Windows) between the two. */
  readonly socketPath: string
  /** The file that is imported for `tincan`. */
  readonly library: string
}
