/** What happened and is of no consequence to the state: dropped bytes, retransmissions, bounds that were hit. */
export type SctpCounters = ReturnType<typeof zeroCounters>

export function zeroCounters() {
  return {
    packetsReceived: 0,
    packetsSent: 0,
    droppedMalformed: 0,
    droppedWrongPort: 0,
    droppedChecksum: 0,
    droppedTag: 0,
    droppedOutOfTheBlue: 0,
    droppedUnexpected: 0,
    droppedOutsideWindow: 0,
    droppedNoBuffer: 0,
    droppedControl: 0,
    droppedSends: 0,
    duplicateTsns: 0,
    unknownChunks: 0,
    invalidStream: 0,
    errorsReceived: 0,
    staleCookies: 0,
    chunksSent: 0,
    chunksRetransmitted: 0,
    fastRetransmits: 0,
    tailProbes: 0,
    mtuProbes: 0,
    retransmissionTimeouts: 0,
    spuriousRecoveries: 0,
    messagesAbandoned: 0,
    restarts: 0,
  }
}
