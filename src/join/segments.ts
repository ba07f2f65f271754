/**
 * Candidates in segments of time: what is added is put together with what stands there, as long as a segment spans no more than is allowed,
 * so that there are few of them and the oldest are dropped without touching the rest.
 */
import type { Facts } from './facts.js'
import { Rings } from './rings.js'
import { CLIENT, NAME, PORT, SERVER } from './strength.js'

/** Candidates that know the same of themselves. */
export interface Group {
  readonly mask: number
  readonly clientFamily: 0 | 4 | 6
  readonly family: 0 | 4 | 6
  readonly tick: number
  readonly isCause: boolean
  readonly members: Facts[]
  /** One table per set of shared keys, made when first asked for. */
  readonly rings: (Rings | undefined)[]
}

/** Candidates of some stretch of time. */
export interface Segment { readonly groups: Group[], size: number, minAt: number, maxAt: number, minStart: number }

const newSegment = (): Segment => ({ groups: [], size: 0, minAt: Infinity, maxAt: -Infinity, minStart: Infinity })

/** Which keys an event knows. */
export const maskOf = (facts: Facts): number =>
  (facts.client === undefined ? 0 : CLIENT) | (facts.clientPort === undefined ? 0 : PORT) | (facts.servers.length === 0 ? 0 : SERVER) | (facts.names.length === 0 ? 0 : NAME)

const isBefore = (a: Facts, b: Facts): number => a.at - b.at || a.order - b.order

const canCause = (facts: Facts): boolean => facts.isCause && facts.leadsSomewhere

/** The table of a group for a set of shared keys. */
export function ringsOf(group: Group, shared: number): Rings {
  group.members.sort(isBefore)
  return new Rings(group.members, shared)
}

function addTo(segment: Segment, facts: Facts): void {
  const mask = maskOf(facts)
  const isCause = canCause(facts)
  let group = segment.groups.find(one => one.mask === mask && one.clientFamily === facts.clientFamily && one.family === facts.family && one.tick === facts.tick && one.isCause === isCause)
  if (!group) segment.groups.push(group = { mask, clientFamily: facts.clientFamily, family: facts.family, tick: facts.tick, isCause, members: [], rings: [] })
  group.members.push(facts)
  segment.size++
  if (facts.at < segment.minAt) segment.minAt = facts.at
  if (facts.at > segment.maxAt) segment.maxAt = facts.at
  if (facts.start < segment.minStart) segment.minStart = facts.start
  // lines about one thing are led by the one whose clock is finest, not by the first
  const members = facts.cluster?.members
  if (members && members.length > 1) for (const { start } of members) if (start < segment.minStart) segment.minStart = start
}

const membersOf = (segments: readonly Segment[]): Facts[] => segments.flatMap(({ groups }) => groups.flatMap(({ members }) => members))

/** The candidates of one kind and leg, in segments. */
export class Segments {
  /** Those that can be looked through. */
  sealed: Segment[] = []
  private open = newSegment()
  private gone = -Infinity
  /** The coarsest clock seen. */
  maxTick = 0
  /** Ever added, and how many of them when it was last seen which are over. */
  added = 0
  private addedAtSweep = 0

  /**
   * @param spanMs how long a stretch of time a segment may grow to by being put together with its neighbours.
   * @param lifeMs how long after its time a candidate may still be found, beyond what `evict` is told; it may become longer.
   */
  constructor(private readonly spanMs = Infinity, private readonly lifeMs?: (facts: Facts) => number) {}

  /** How many are kept. */
  get size(): number { return this.sealed.reduce((sum, segment) => sum + segment.size, this.open.size) }

  /** Where the earliest that is still kept begins; Infinity when there is none. */
  get oldestStart(): number { return this.sealed.reduce((oldest, segment) => Math.min(oldest, segment.minStart), this.open.minStart) }

  /** Adds a candidate. It is found after the next `seal`. */
  add(facts: Facts): void {
    addTo(this.open, facts)
    if (facts.tick > this.maxTick) this.maxTick = facts.tick
    this.added++
  }

  /** Makes what was added findable. */
  seal(): void {
    let added = this.open
    if (added.size === 0) return
    this.open = newSegment()
    // small ones are put together, each candidate a few times at the most: of n steps about log n segments are left within a span
    for (let last = this.sealed.at(-1); last && last.size <= added.size && Math.max(last.maxAt, added.maxAt) - Math.min(last.minAt, added.minAt) <= this.spanMs; last = this.sealed.at(-1)) {
      this.sealed.pop()
      added = this.segmentOf(membersOf([last, added]))
    }
    this.sealed.push(added)
  }

  private isAlive(facts: Facts): boolean { return facts.at + (this.lifeMs?.(facts) ?? 0) >= this.gone }

  /** Those that can still be found. */
  private segmentOf(members: readonly Facts[]): Segment {
    const segment = newSegment()
    for (const facts of members) if (this.isAlive(facts)) addTo(segment, facts)
    return segment
  }

  /** Forgets stretches of time in which nothing can be found from this time on; of what lives longer, about as many as come. */
  evict(before: number): void {
    this.gone = before
    if (!this.lifeMs) {
      if (this.sealed.some(segment => segment.maxAt < before)) this.sealed = this.sealed.filter(segment => segment.maxAt >= before)
    } else if (this.added - this.addedAtSweep >= this.size / 2) this.sweep(0.5)
  }

  /** Makes those segments anew of which more than a share are over. */
  private sweep(share: number): void {
    this.addedAtSweep = this.added
    this.sealed = this.sealed.flatMap(segment => {
      let over = 0
      for (const { members } of segment.groups) for (const facts of members) if (!this.isAlive(facts)) over++
      if (over === segment.size) return []
      return over > segment.size * share ? [this.segmentOf(membersOf([segment]))] : [segment]
    })
  }

  /** Forgets all that is over. */
  tidy(): void { if (this.lifeMs) this.sweep(0) }

  /** Drops the oldest, though they might still have been found, and gives them. */
  dropOldest(count: number): readonly Facts[] {
    this.seal()
    const all = membersOf([this.segmentOf(membersOf(this.sealed))]).sort(isBefore)
    const dropped = all.slice(0, count)
    const rest = this.segmentOf(all.slice(count))
    this.sealed = rest.size === 0 ? [] : [rest]
    return dropped
  }
}
