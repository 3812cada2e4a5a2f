import { SparseMap } from '../core/index.js'

/** Our reset is to be asked for. */
const DUE = 1
/** It was asked for, and is not answered yet. */
const ASKED = 2
/** The peer performed it. */
const OURS_DONE = 4
/** The peer has reset its direction: what comes on the stream now belongs to a later channel. */
const PEER_DONE = 8
/** The peer refused our reset, or never reset its direction. */
const SPENT = 16
/** What a later channel sent had to be dropped. */
const SUCCESSOR_LOST = 32

/** Some bytes of a peer begin a reset of ours, which costs an object below until it is answered: these at a time. */
const MAX_UNDER_WAY = 256

const PAGE_BITS = 10
const PAGE_IDS = 1 << PAGE_BITS
const PAGES = 65_536 / PAGE_IDS

interface Page {
  readonly states: Uint8Array
  /** How many of them are {@link DUE}. */
  due: number
}

/**
 * Stream ids that are in use without a channel: those of channels that were refused (RFC 8832 §6), those that the peer reset and nobody
 * here has opened (RFC 8831 §6.7: it waits for our side), and those of closed channels that the peer never let go. A byte each, for a
 * peer can make us keep 65,535 by two bytes each.
 *
 *   due ──takeDue()──▶ asked ──performed──▶ ours is done ──peerReset(), before or now──▶ free
 *                        └──refused──▶ spent
 */
export class StreamRemains {
  readonly #pages = new SparseMap<number, Page>()
  #size = 0
  #due = 0
  #underWay = 0
  /** Those from here on are asked for next, so that each has its turn. */
  #cursor = 0

  get size(): number {
    return this.#size
  }

  has(id: number): boolean {
    return this.#state(id) !== 0
  }

  /** Takes an id that nobody has, whose stream is to be reset. */
  add(id: number, peerIsDone: boolean): void {
    this.#put(id, peerIsDone ? DUE | PEER_DONE : DUE)
    this.#page(id)!.due++
    this.#due++
  }

  /** Takes an id that is not to be used again, unless our side is done and the peer's is yet to come. */
  addSpent(id: number, oursIsDone: boolean): void {
    this.#put(id, oursIsDone ? SPENT | OURS_DONE : SPENT)
  }

  /** The peer has left the stream and we have not: what comes on it belongs to the channel that has the id next. */
  awaitsSuccessor(id: number): boolean {
    return (this.#state(id) & (PEER_DONE | SPENT)) === PEER_DONE
  }

  isSuccessorLost(id: number): boolean {
    return (this.#state(id) & SUCCESSOR_LOST) !== 0
  }

  loseSuccessor(id: number): void {
    this.#mark(id, SUCCESSOR_LOST)
  }

  /** The peer reset its direction. True when both are: the id is to be freed. */
  peerReset(id: number): boolean {
    return this.#mark(id, PEER_DONE)
  }

  /** Our reset was answered. True when both directions are reset: the id is to be freed. */
  answered(id: number, wasPerformed: boolean): boolean {
    if ((this.#state(id) & ASKED) === 0) return false
    this.#underWay--
    return this.#mark(id, wasPerformed ? OURS_DONE : SPENT, ASKED)
  }

  /** The id is nobody's any more. Whether what a later channel sent had to be dropped. */
  free(id: number): boolean {
    const isSuccessorLost = this.isSuccessorLost(id)
    this.#page(id)!.states[indexOf(id)] = 0
    if (--this.#size === 0) this.#pages.clear()
    return isSuccessorLost
  }

  clear(): void {
    this.#pages.clear()
    this.#size = 0
    this.#due = 0
    this.#underWay = 0
  }

  /** Whether {@link takeDue} has something. */
  get hasDue(): boolean {
    return this.#due > 0 && this.#underWay < MAX_UNDER_WAY
  }

  /** Those whose reset is to be asked for now. */
  takeDue(): number[] {
    const ids: number[] = []
    while (this.hasDue) {
      const id = this.#nextDue()
      this.#page(id)!.due--
      this.#mark(id, ASKED, DUE)
      this.#due--
      this.#underWay++
      ids.push(id)
    }
    return ids
  }

  /** Those that the peer has not left. */
  *unleft(): Generator<number> {
    for (const [number, { states }] of this.#pages)
      for (const [index, state] of states.entries())
        if (state !== 0 && (state & PEER_DONE) === 0) yield number * PAGE_IDS + index
  }

  #page(id: number): Page | undefined {
    return this.#pages.get(id >>> PAGE_BITS)
  }

  #state(id: number): number {
    return this.#page(id)?.states[indexOf(id)] ?? 0
  }

  #put(id: number, state: number): void {
    let page = this.#page(id)
    if (page === undefined) this.#pages.set(id >>> PAGE_BITS, (page = { states: new Uint8Array(PAGE_IDS), due: 0 }))
    page.states[indexOf(id)] = state
    this.#size++
  }

  /** True when both directions are reset. */
  #mark(id: number, added: number, removed = 0): boolean {
    const { states } = this.#page(id)!
    const state = (states[indexOf(id)]! & ~removed) | added
    states[indexOf(id)] = state
    return (state & (OURS_DONE | PEER_DONE)) === (OURS_DONE | PEER_DONE)
  }

  #nextDue(): number {
    for (;;) {
      const page = this.#page(this.#cursor)
      if (page === undefined || page.due === 0) {
        this.#cursor = (((this.#cursor >>> PAGE_BITS) + 1) % PAGES) * PAGE_IDS
        continue
      }
      const id = this.#cursor
      this.#cursor = (id + 1) % (PAGES * PAGE_IDS)
      if ((page.states[indexOf(id)]! & DUE) !== 0) return id
    }
  }
}

function indexOf(id: number): number {
  return id & (PAGE_IDS - 1)
}
