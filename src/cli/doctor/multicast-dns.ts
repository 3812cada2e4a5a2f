import { randomUUID } from 'node:crypto'
import type { MulticastDnsReport } from './report.js'

/** A query of our own comes back at once, or not at all. */
const HEARD_MILLIS = 1000

/**
 * Whether this machine sends to the group of multicast DNS (RFC 6762 §3) and hears it, which the `.local` names of browsers need. A
 * name that nobody has is asked for, and our own question listened for; that others hear it cannot be told from here.
 */
export async function probeMulticastDns(): Promise<MulticastDnsReport> {
  const { default: multicastDns } = await import('multicast-dns')
  const mdns = multicastDns({ loopback: true })
  const name = `${randomUUID()}.local`
  const report = await new Promise<MulticastDnsReport>((resolve) => {
    const fail = (reason: string): void => settle({ works: false, reason })
    const timer = setTimeout(() => fail('what was sent to the multicast group was not heard'), HEARD_MILLIS)
    const settle = (found: MulticastDnsReport): void => {
      clearTimeout(timer)
      resolve(found)
    }
    mdns.on('error', (error: Error) => fail(error.message))
    mdns.on('query', ({ questions = [] }) => {
      if (questions.some((question) => question.name === name)) settle({ works: true, reason: null })
    })
    mdns.once('ready', () => {
      mdns.query({ questions: [{ name, type: 'A' }] }, (error) => {
        if (error !== null) fail(error.message)
      })
    })
  })
  await new Promise<void>((resolve) => mdns.destroy(resolve))
  return report
}
