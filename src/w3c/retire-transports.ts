import type { ConnectionContext } from './connection-context.js'
import type { TransportChanges } from './transports.js'

/**
 * Closes transports that are not used any more, with their events, and derives the states of the connection anew, also
 * where only new ones came. Runs in a task of its own, as "set a session description" asks for.
 */
export function retireTransports(connection: ConnectionContext, { dtls, sctp }: TransportChanges): void {
  if (sctp !== undefined) enterClosed(connection, sctp)
  for (const transport of dtls) {
    enterClosed(connection, transport)
    enterClosed(connection, transport.ice)
  }
  if (connection.isClosed) return // by a handler of these events
  const { transports } = connection
  const { iceGatheringState, iceConnectionState, connectionState } = connection
  connection.iceGatheringState = transports.deriveGatheringState()
  connection.iceConnectionState = transports.deriveIceConnectionState()
  connection.connectionState = transports.deriveConnectionState(connection.iceConnectionState)
  const changes = {
    icegatheringstatechange: connection.iceGatheringState !== iceGatheringState,
    iceconnectionstatechange: connection.iceConnectionState !== iceConnectionState,
    connectionstatechange: connection.connectionState !== connectionState,
  }
  for (const [type, changed] of Object.entries(changes)) if (changed) connection.fire(new Event(type))
}

function enterClosed(
  connection: ConnectionContext,
  slots: { state: string; readonly known: EventTarget | undefined },
): void {
  if (slots.state === 'closed') return
  slots.state = 'closed'
  connection.fireAt(slots, 'statechange')
}
