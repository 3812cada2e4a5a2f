import type { ProtocolError } from '../core/index.js'
import type { Crypto, LocalCertificate } from '../crypto/types.js'
import type { IceRole, IceTimings, SocketId } from '../ice/types.js'
import type { PeerEvent, TransportId } from './contract.js'

export interface TransportOptions {
  readonly id: TransportId
  /** The section that it was made for: its name for life. */
  readonly mid: string
  readonly crypto: Crypto
  /** At least one: DTLS uses the first that the peer can verify; descriptions name all. */
  readonly certificates: readonly LocalCertificate[]
  readonly iceRole: IceRole
  readonly iceTimings: Partial<IceTimings> | undefined
  readonly iceTransportPolicy: 'all' | 'relay'
  readonly iceLite: boolean
  /** ICE-TCP: whether connections to the peer are opened. */
  readonly opensTcp: boolean
  /** Names a question to the driver, uniquely over all transports of the peer. */
  readonly nextToken: () => number
  /** Negative ids for what is no socket of the driver's own making. */
  readonly nextSocketId: () => SocketId
}

export type TransportEvent =
  | PeerEvent
  /** One record of the peer, from a validated path, over a finished handshake. */
  | { readonly type: 'data'; readonly data: Uint8Array }
  /** Over and done: by close_notify, or with the error of a handshake or alert. */
  | { readonly type: 'ended'; readonly error: ProtocolError | undefined }
