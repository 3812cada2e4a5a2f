import dgram from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { networkInterfaces } from 'node:os'

/**
 * Some tests name servers of the real world. Nothing leaves this machine: datagrams and connections to other addresses
 * fail as they do without a route, and every name but localhost is unknown. Native implementations are not held back.
 */
export function fenceNetwork(): void {
  fenceDatagrams()
  fenceConnections()
  fenceNames()
  syncBuiltinESMExports() // for `import { lookup } from 'node:dns/promises'`
}

function isOwn(address: string): boolean {
  const bare = address.replace(/%.*$/, '')
  if (net.isIP(bare) === 0) return bare === 'localhost'
  if (bare === '0.0.0.0' || bare === '::' || bare === '::1' || bare.startsWith('127.')) return true
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some((own) => own.address === bare))
}

function failure(code: string, what: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${what} is not this machine`), { code })
}

type Callback = (error: Error) => void
const isCallback = (value: unknown): value is Callback => typeof value === 'function'

/** `send(message[, offset, length][, port][, address][, callback])`: the address is the last string. */
function fenceDatagrams(): void {
  const prototype = dgram.Socket.prototype as unknown as { send: (...args: unknown[]) => unknown }
  const { send } = prototype
  prototype.send = function (this: dgram.Socket, ...args: unknown[]) {
    const address = args.slice(1).findLast((argument) => typeof argument === 'string')
    if (address === undefined || isOwn(address)) return send.apply(this, args)
    const callback = args.findLast(isCallback)
    setImmediate(() => callback?.(failure('EHOSTUNREACH', address)))
    return undefined
  }
}

function fenceConnections(): void {
  const prototype = net.Socket.prototype as unknown as { connect: (...args: unknown[]) => unknown }
  const { connect } = prototype
  prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    const host = hostOf(args)
    if (host === undefined || isOwn(host)) return connect.apply(this, args)
    setImmediate(() => this.destroy(failure('EHOSTUNREACH', host)))
    return this
  }
}

/** `connect(options)`, `connect(port, host)`, `connect(path)`, or the array that `net.connect()` makes of them. */
function hostOf([first, second]: readonly unknown[]): string | undefined {
  if (Array.isArray(first)) return hostOf(first)
  if (typeof first === 'object' && first !== null) {
    const { path, host } = first as { path?: string; host?: string }
    return path === undefined ? (host ?? 'localhost') : undefined
  }
  return typeof second === 'string' ? second : undefined
}

function fenceNames(): void {
  const lookup = dns.promises.lookup as (...args: unknown[]) => Promise<unknown>
  const refuse = (name: string): Promise<never> => Promise.reject(failure('ENOTFOUND', name))
  const fencedLookup = (name: string, ...rest: unknown[]): Promise<unknown> =>
    isOwn(name) ? lookup(name, ...rest) : refuse(name)
  Object.assign(dns.promises, { lookup: fencedLookup })
  Object.assign(dns.promises.Resolver.prototype, { resolve4: refuse, resolve6: refuse, resolve: refuse })
}
