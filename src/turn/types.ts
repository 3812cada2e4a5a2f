import type { StunAddress } from '../stun/index.js'

export type TurnEvent =
  /** What the server relays for us: one address, or one of each family; and where it sees us. Told once. */
  | {
      readonly type: 'allocated'
      readonly relayed: readonly StunAddress[]
      readonly mapped: StunAddress | undefined
    }
  /** The server confirmed, when asked by `revalidate`, that it still has the allocation. */
  | { readonly type: 'confirmed' }
  /** Over: another server is to be asked (300, RFC 8489 §10), with `domain` in its certificate if it says so. */
  | { readonly type: 'redirected'; readonly server: StunAddress; readonly domain: string | undefined }
  /** Over: there is no allocation, or none any more. A code of STUN, or 701 where nobody answers. */
  | { readonly type: 'failed'; readonly code: number; readonly reason: string }
  /** Over: what was given back is gone, as far as can be found out. */
  | { readonly type: 'closed' }

export interface TurnTransmit {
  /** To the server, or on the stream to it. */
  readonly data: Uint8Array
  /** On a stream nobody repeats it. */
  readonly isControl: boolean
}

/** Something that a peer sent to a relayed address of ours. */
export interface PeerData {
  readonly peer: StunAddress
  /** A view. */
  readonly data: Uint8Array
}
