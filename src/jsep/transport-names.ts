/** Which transport carries a section: its own, or the one that its BUNDLE group shares (RFC 9143 §7). */
import type { Group, MediaDescription } from '../sdp/index.js'
import type { Exchange } from './exchange.js'
import { bundleGroupOf, isOfferedAtAll, midOf, transportAttributes } from './section.js'
import type { Agreement } from './types.js'

/** By mid. */
type Names = ReadonlyMap<string, string>

/** Sections that are to be on one transport, and the name that it has or would like. */
interface Unit {
  readonly mids: readonly string[]
  readonly name: string
  /** Groups choose before single sections, and what has a transport before what needs one. */
  readonly rank: number
}

/** The name of the transport of each section that lives. */
export function transportNames(exchange: Exchange, agreed: Agreement, live: ReadonlySet<string>): Names {
  const { offer, offerBy, answer } = exchange
  const only = offer.session.media[0]
  if (only !== undefined && offer.session.media.length === 1) return nameOfOnly(exchange, agreed, live, midOf(only))
  if (offerBy === 'remote') return named(groupedUnits(exchange, live, (mids) => nameForTheirs(exchange, agreed, mids)))
  if (answer === undefined) return named(offeredUnits(exchange, agreed, live))
  const offered = offer.session.media.filter((section) => isOfferedAtAll(offer.session, section)).map(midOf)
  const open = named(offeredUnits(exchange, agreed, new Set(offered)))
  return named(groupedUnits(exchange, live, (mids) => nameForOurs(open, agreed, mids)))
}

/** What follows comes to this for one section, which is all that most descriptions have. */
function nameOfOnly({ offer, offerBy }: Exchange, agreed: Agreement, live: ReadonlySet<string>, mid: string): Names {
  if (!live.has(mid)) return new Map()
  const tag = offerBy === 'remote' ? bundleGroupOf(offer.session, mid)?.mids[0] : undefined
  return new Map([[mid, agreed.transportOf.get(mid) ?? tag ?? mid]])
}

function named(units: readonly Unit[]): Names {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const { mids, name } of units.toSorted((a, b) => a.rank - b.rank)) {
    let own = name
    // No mid has a space in it: nothing else can ever be called that.
    for (let number = 2; taken.has(own); number++) own = `${name} ${number}`
    taken.add(own)
    for (const mid of mids) names.set(mid, own)
  }
  return names
}

/**
 * An offer of ours that is still open gathers for each section by itself, as the answer may leave it alone; sections with
 * the same credentials, or with none of their own, are on one transport in any case.
 */
function offeredUnits({ offer }: Exchange, agreed: Agreement, live: ReadonlySet<string>): Unit[] {
  const { session } = offer
  const sections = session.media.filter((section) => live.has(midOf(section)))
  const byFragment = new Map<string, MediaDescription[]>()
  for (const section of sections) {
    const fragment = transportAttributes(session, section).iceUfrag ?? ''
    const sharing = byFragment.get(fragment)
    if (sharing === undefined) byFragment.set(fragment, [section])
    else sharing.push(section)
  }
  return [...byFragment.values()].map((sharing) => {
    const mids = sharing.map(midOf)
    const settled = mids.find((mid) => agreed.transportOf.has(mid))
    const holder = sharing.find((section) => section.attributes.bundleOnly !== true) ?? sharing[0]!
    const name = settled === undefined ? midOf(holder) : agreed.transportOf.get(settled)!
    return { mids, name, rank: settled === undefined ? 1 : 0 }
  })
}

interface Choice {
  readonly name: string
  readonly isSettled: boolean
}

function groupedUnits(
  { offer, answer }: Exchange,
  live: ReadonlySet<string>,
  choose: (mids: readonly string[]) => Choice,
): Unit[] {
  const described = (answer ?? offer).session
  const units = new Map<Group | string, Unit>()
  for (const section of offer.session.media) {
    const mid = midOf(section)
    const group = bundleGroupOf(described, mid)
    if (!live.has(mid) || units.has(group ?? mid)) continue
    const mids = group === undefined ? [mid] : [...group.mids].filter((member) => live.has(member))
    const { name, isSettled } = choose(mids)
    units.set(group ?? mid, { mids, name, rank: (isSettled ? 0 : 2) + (group === undefined ? 1 : 0) })
  }
  return [...units.values()]
}

function settledName(agreed: Agreement, mids: readonly string[]): Choice | undefined {
  const settled = mids.find((mid) => agreed.transportOf.has(mid))
  return settled === undefined ? undefined : { name: agreed.transportOf.get(settled)!, isSettled: true }
}

/** Named before it is known what we accept: whether we reject the first section or not, the transport is the same. */
function nameForTheirs({ offer }: Exchange, agreed: Agreement, mids: readonly string[]): Choice {
  const first = mids[0]!
  const tag = bundleGroupOf(offer.session, first)?.mids[0]
  return settledName(agreed, mids) ?? { name: tag ?? first, isSettled: false }
}

/** RFC 9143 §7.4: the first section that is left, and that was offered with an address, has its own used by all. */
function nameForOurs(open: Names, agreed: Agreement, mids: readonly string[]): Choice {
  const holder = mids.find((mid) => open.get(mid) === mid) ?? mids[0]!
  return settledName(agreed, mids) ?? { name: open.get(holder) ?? holder, isSettled: false }
}
