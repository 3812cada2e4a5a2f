import type { ServerReport } from './report.js'

/** One way to one server. */
export interface ProbeTarget extends Pick<ServerReport, 'url' | 'isNamed' | 'kind' | 'transport'> {
  /** Reached from loopback addresses, which connections have no candidates for otherwise. */
  readonly isLoopback: boolean
}

/** What is to be asked: each URL once, and TURN servers over TCP too where the URL leaves the transport open. */
export function probeTargets(urls: readonly string[]): ProbeTarget[] {
  const named = urls.map((url) => target(url, true))
  const further = urls
    .filter((url) => /^turn:/i.test(url) && !url.includes('?'))
    .map((url) => `${url}?transport=tcp`)
    .filter((url) => !urls.includes(url))
  return [...named, ...further.map((url) => target(url, false))]
}

function target(url: string, isNamed: boolean): ProbeTarget {
  const kind = /^turn/i.test(url) ? 'turn' : 'stun'
  return { url, isNamed, kind, transport: transportOf(url), isLoopback: isLoopbackHost(url) }
}

function transportOf(url: string): ProbeTarget['transport'] {
  const isSecure = /^\w+s:/i.test(url)
  if (/^stun/i.test(url)) return isSecure ? 'dtls' : 'udp'
  if (isSecure) return url.endsWith('?transport=udp') ? 'dtls' : 'tls'
  return url.endsWith('?transport=tcp') ? 'tcp' : 'udp'
}

function isLoopbackHost(url: string): boolean {
  return /^\w+:(127(\.\d+){3}|localhost|\[::1\])(:|\?|$)/i.test(url)
}
