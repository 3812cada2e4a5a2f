import { defaultIo, parseServerUrl, type NatBehavior } from '../node/index.js'
import { validateIceServerUrl } from './ice-server-url.js'
import { dictionary, domString, instance, isIterable, optional, sequence, usvString } from './webidl/index.js'

/** What {@link discoverNatBehavior} may be told. */
export interface NatBehaviorInit {
  /** The address of this machine to test from. Default: all from which a connection could reach a server, eight at most. */
  localAddress?: string
  /** Ends the tests; the promise is then rejected with its reason. */
  signal?: AbortSignal
}

const CONTEXT = "Failed to execute 'discoverNatBehavior'"

const natBehaviorInit = dictionary<NatBehaviorInit>('NatBehaviorInit', {
  localAddress: optional(domString),
  signal: optional(instance('AbortSignal', (value): value is AbortSignal => value instanceof AbortSignal)),
})

/**
 * Finds out what the NATs between this machine and some servers do to UDP: an extension of ours, after RFC 5780. Mapping and
 * filtering are told by a server with two addresses (OTHER-ADDRESS), which is then asked at both; without one, two servers tell
 * about mapping. No other server is asked. Takes some round trips, and up to 7.5 s where something is filtered or silent.
 *
 * @param urls `stun:` URLs, and `turn:` ones, whose server is asked as a STUN server, without credentials; all over UDP
 * @returns one for each local address from which a server answered, best first; empty when UDP leads to none
 * @throws DOMException `SyntaxError` for a malformed URL, `NotSupportedError` for one that is not over UDP; TypeError for other
 * arguments; the reason of the signal
 * @see https://www.rfc-editor.org/rfc/rfc5780#section-4
 */
export async function discoverNatBehavior(
  urls: string | Iterable<string>,
  init: NatBehaviorInit = {},
): Promise<NatBehavior[]> {
  const texts =
    isIterable(urls) && typeof urls !== 'string' ? sequence(usvString)(urls, CONTEXT) : [usvString(urls, CONTEXT)]
  const servers = texts.map((url) => {
    validateIceServerUrl(url, { urls: url, username: '', credential: '' }, CONTEXT)
    const server = parseServerUrl(url)
    if (server?.protocol === 'udp') return server
    throw new DOMException(`${CONTEXT}: '${url}' is not over UDP.`, 'NotSupportedError')
  })
  const { localAddress, signal } = natBehaviorInit(init, CONTEXT)
  signal?.throwIfAborted()
  const io = defaultIo()
  // Few programs ask: it is loaded for those.
  const { natBehaviors } = await import('../node/nat-discovery.js')
  const behaviors = await natBehaviors({ io, urls: servers, localAddress, signal })
  signal?.throwIfAborted()
  return behaviors
}
