import { isIPv6 } from 'node:net'
import { multicastInterfacesWith } from './multicast-interfaces.js'
import type { IpFamily, MulticastInterface } from './multicast-interfaces.js'
import type { Questions, Records } from './multicast-socket.js'

/** RFC 6762 §10: of records that hold an address. */
const TTL_SECONDS = 120
/**
 * When a name is announced (RFC 6762 §8.3). Not at once: nobody knows it yet, and who is told of it and asks in the second after an
 * announcement would have to ask again (§6). The draft lets it wait.
 */
const ANNOUNCE_AFTER_MILLIS = 1000
/** RFC 6762 §6: no record is sent more often. SECURITY: nor can anybody make us send more. */
const ANSWER_AGAIN_MILLIS = 1000
/** In the whole process: a thousand connections with two addresses each. What is above has a name that nobody answers for. */
const MAX_NAMES = 2048

/** Sends records on these; settles when they are on the wire. */
export type SendRecords = (records: Records, where: readonly MulticastInterface[]) => Promise<void>

interface Published {
  readonly address: string
  readonly answeredAt: Map<IpFamily, number>
  readonly announcement: NodeJS.Timeout
}

/**
 * The names that we answer for. They are not probed for (RFC 6762 §8.1): each is made of 122 random bits, so that nobody else has it, and
 * told as soon as it is made (draft-ietf-mmusic-mdns-ice-candidates §3.1). They are announced, and at the end said goodbye to.
 */
export class PublishedNames {
  readonly #send: SendRecords
  readonly #interfacesWith: typeof multicastInterfacesWith
  readonly #byName = new Map<string, Published>()
  #leaving = 0

  constructor(send: SendRecords, interfacesWith = multicastInterfacesWith) {
    this.#send = send
    this.#interfacesWith = interfacesWith
  }

  /** Names that are answered for, or whose goodbye is not sent yet. */
  get size(): number {
    return this.#byName.size + this.#leaving
  }

  /** Begins to answer. What is returned ends it, with a goodbye. */
  add(name: string, address: string): () => Promise<void> {
    if (this.#byName.size >= MAX_NAMES) return () => Promise.resolve()
    const announcement = setTimeout(() => void this.#tell(name, address, TTL_SECONDS), ANNOUNCE_AFTER_MILLIS)
    announcement.unref()
    this.#byName.set(name, { address, answeredAt: new Map(), announcement })
    return async () => {
      if (!this.#byName.delete(name)) return
      clearTimeout(announcement)
      this.#leaving++
      await this.#tell(name, address, 0) // RFC 6762 §10.1
      this.#leaving--
    }
  }

  /** Answered over the family that it was asked over; the other one is another link, with hosts of its own (RFC 6762 §20). */
  asked(questions: Questions, family: IpFamily): void {
    for (const question of questions) {
      const name = question.name.toLowerCase()
      const published = this.#byName.get(name)
      if (published === undefined || !isFor(question, published.address)) continue
      const now = performance.now()
      if (now - (published.answeredAt.get(family) ?? -Infinity) < ANSWER_AGAIN_MILLIS) continue
      published.answeredAt.set(family, now)
      void this.#tell(name, published.address, TTL_SECONDS, family)
    }
  }

  /**
   * On the interface that has the address, and nowhere else: it is of no use in other networks, and not their business. Over both
   * families, or the one that is named.
   */
  async #tell(name: string, address: string, ttl: number, family?: IpFamily): Promise<void> {
    const all = this.#interfacesWith(address)
    const where = family === undefined ? all : all.filter((one) => one.family === family)
    if (where.length === 0) return
    const type = isIPv6(address) ? 'AAAA' : 'A'
    await this.#send([{ name, type, ttl, flush: true, data: address }], where)
  }
}

function isFor({ type }: Questions[number], address: string): boolean {
  return (type as string) === 'ANY' || type === (isIPv6(address) ? 'AAAA' : 'A')
}
