import { Deque, ipFamily, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import {
  METHOD_BINDING,
  readAttribute,
  StunMessageBuilder,
  TRANSACTION_ID_BYTES,
  type StunAddress,
  type StunMessage,
} from '../stun/index.js'
import { DATA, METHOD_DATA, METHOD_SEND, XOR_PEER_ADDRESS } from './attributes.js'
import { buildChannelData, FIRST_CHANNEL, LAST_CHANNEL, parseChannelData } from './channel-data.js'
import { Grants, type Grant } from './grants.js'
import type { Operation, Requests } from './requests.js'
import type { PeerData } from './types.js'

export interface PeerTrafficOptions {
  readonly crypto: Crypto
  readonly isStream: boolean
  readonly requests: Requests
  readonly count: (what: string) => void
}

/** RFC 8656 §9: five minutes, here with one to spare. A channel has ten, but its refresh is that of the permission (§12). */
const PERMISSION_TIMES = { lifetimeMillis: 300_000, refreshAfterMillis: 240_000 }
const CHANNEL_TIMES = { lifetimeMillis: 600_000, refreshAfterMillis: 240_000 }
/** More than ICE has remote candidates. */
const MAX_PERMISSIONS = 128
const MAX_CHANNELS = 32
/** Checks that wait for permission: some for each of a few dozen addresses. */
const MAX_HELD = 64

/** What goes to peers and comes from them over one allocation: permissions, channels and the wrapping (RFC 8656 §9 to §12). */
export class PeerTraffic {
  /** Of the relayed addresses: only peers of these can be reached. */
  families: ReadonlySet<string> = new Set()
  readonly #options: PeerTrafficOptions
  readonly #permissions = new Grants(PERMISSION_TIMES, MAX_PERMISSIONS)
  readonly #channels = new Grants(CHANNEL_TIMES, MAX_CHANNELS)
  readonly #byNumber = new Map<number, Grant>()
  readonly #held: { readonly peer: StunAddress; readonly data: Uint8Array }[] = []
  readonly #ready = new Deque<Uint8Array>()
  #nextChannel = FIRST_CHANNEL
  /** Almost always data goes to the peer that it went to before. */
  #lastChannel: Grant | undefined

  constructor(options: PeerTrafficOptions) {
    this.#options = options
  }

  // -- out ------------------------------------------------------------------------------------------------------------

  send(now: Millis, peer: StunAddress, data: Uint8Array): Uint8Array | undefined {
    const channel = this.#channelTo(now, peer)
    if (channel?.state === 'granted') {
      channel.usedAt = now
      return buildChannelData(channel.channel, data, this.#options.isStream)
    }
    const permission = this.#permissionFor(now, peer)
    if (permission?.state === 'granted' && now < permission.endsAt) return this.#sendIndication(peer, data)
    if (permission?.state === 'asked' && this.#held.length < MAX_HELD) this.#held.push({ peer, data })
    else this.#options.count('sendsRefused')
    return undefined
  }

  permit(now: Millis, peer: StunAddress): void {
    this.#permissionFor(now, peer)
  }

  bindChannel(now: Millis, peer: StunAddress): void {
    const key = keyOf(peer)
    // RFC 8656 §12: a number is not used for another peer until long after; so none is used twice.
    if (!this.#mayReach(peer) || this.#channels.find(key) !== undefined || this.#nextChannel > LAST_CHANNEL) return
    const channel = this.#channels.add(now, key, peer, this.#nextChannel)
    if (channel === undefined) return this.#options.count('channelsRefused')
    this.#byNumber.set(this.#nextChannel++, channel)
    this.#options.requests.ask({ kind: 'channel', grant: channel })
  }

  /** A Binding indication, which asks for nothing. */
  keepAlive(): void {
    const { crypto } = this.#options
    const id = crypto.randomBytes(TRANSACTION_ID_BYTES)
    this.#ready.push(new StunMessageBuilder('indication', METHOD_BINDING, id).finish())
  }

  take(): Uint8Array | undefined {
    return this.#ready.shift()
  }

  // -- in -------------------------------------------------------------------------------------------------------------

  receiveChannelData(now: Millis, bytes: Uint8Array): PeerData | undefined {
    const { channel = 0, data } = parseChannelData(bytes) ?? {}
    const grant = this.#byNumber.get(channel)
    if (data !== undefined && grant !== undefined && now < grant.endsAt) {
      grant.usedAt = now
      return { peer: grant.peer, data }
    }
    if (grant !== undefined && now >= grant.endsAt) this.#byNumber.delete(channel)
    this.#options.count(data === undefined ? 'channelDataMalformed' : 'channelsUnknown')
    return undefined
  }

  /** RFC 8656 §11.4: only what we allowed. */
  receiveIndication(now: Millis, message: StunMessage): PeerData | undefined {
    const peer = readAttribute(message, XOR_PEER_ADDRESS)
    const data = readAttribute(message, DATA)
    if (message.method !== METHOD_DATA || peer === undefined || data === undefined) {
      this.#options.count('indicationsMalformed')
      return undefined
    }
    const permission = this.#permissions.find(peer.address)
    if (permission === undefined || permission.state === 'refused') {
      this.#options.count('dataUnpermitted')
      return undefined
    }
    permission.usedAt = now
    return { peer, data }
  }

  // -- grants ---------------------------------------------------------------------------------------------------------

  granted(now: Millis, operation: Operation): void {
    if (operation.kind === 'permission') {
      this.#permissions.granted(now, operation.grant)
      this.#release(operation.grant)
    } else if (operation.kind === 'channel') {
      this.#channels.granted(now, operation.grant)
      // RFC 8656 §12.2: a channel comes with its permission.
      const permission = this.#permissions.find(operation.grant.peer.address)
      if (permission?.state === 'granted') {
        const { isAsking } = permission
        this.#permissions.granted(now, permission)
        permission.isAsking = isAsking
      }
    }
  }

  refused(now: Millis, operation: Operation): void {
    if (operation.kind === 'permission') {
      this.#permissions.refused(now, operation.grant)
      this.#options.count('permissionsRefused')
      this.#release(operation.grant)
    } else if (operation.kind === 'channel') {
      this.#channels.refused(now, operation.grant)
      this.#options.count('channelsRefused')
    }
  }

  next(): Millis {
    return Math.min(this.#permissions.next(), this.#channels.next())
  }

  handleTimeout(now: Millis): void {
    const { requests } = this.#options
    for (let due = this.#permissions.takeDue(now); due; due = this.#permissions.takeDue(now))
      requests.ask({ kind: 'permission', grant: due })
    for (let due = this.#channels.takeDue(now); due; due = this.#channels.takeDue(now))
      requests.ask({ kind: 'channel', grant: due })
  }

  clear(): void {
    this.#permissions.clear()
    this.#channels.clear()
    this.#byNumber.clear()
    this.#held.length = 0
    this.#ready.clear()
    this.#lastChannel = undefined
  }

  #channelTo(now: Millis, peer: StunAddress): Grant | undefined {
    const last = this.#lastChannel
    if (last?.peer.port === peer.port && last.peer.address === peer.address && now < last.endsAt) return last
    const found = this.#channels.size === 0 ? undefined : this.#channels.find(keyOf(peer))
    return (this.#lastChannel = found !== undefined && now < found.endsAt ? found : undefined)
  }

  #permissionFor(now: Millis, peer: StunAddress): Grant | undefined {
    const known = this.#permissions.find(peer.address)
    if (known !== undefined) known.usedAt = now
    if (known !== undefined || !this.#mayReach(peer)) return known
    const grant = this.#permissions.add(now, peer.address, peer, 0)
    if (grant !== undefined) this.#options.requests.ask({ kind: 'permission', grant })
    return grant
  }

  /** What waited for this permission goes, or is lost. */
  #release({ peer, state }: Grant): void {
    const waited = this.#held.splice(0)
    for (const item of waited) {
      if (item.peer.address !== peer.address) this.#held.push(item)
      else if (state === 'granted') this.#ready.push(this.#sendIndication(item.peer, item.data))
      else this.#options.count('sendsRefused')
    }
  }

  #mayReach({ address }: StunAddress): boolean {
    return this.families.has(ipFamily(address) ?? '')
  }

  #sendIndication(peer: StunAddress, data: Uint8Array): Uint8Array {
    const id = this.#options.crypto.randomBytes(TRANSACTION_ID_BYTES)
    return new StunMessageBuilder('indication', METHOD_SEND, id).add(XOR_PEER_ADDRESS, peer).add(DATA, data).finish()
  }
}

function keyOf({ address, port }: StunAddress): string {
  return `${address} ${port}`
}
