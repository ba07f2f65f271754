/**
 * Finds the nearest events that agree with a given one.
 *
 * Candidates are grouped by what they know (which keys, which client family, which clock tick). For a seeker, each group shares one
 * fixed set of keys with it, so "everything both know is equal" is one exact look-up in an index over those keys: no candidate that
 * disagrees is ever visited, and a key with a fifth of the traffic costs a binary search, not a scan.
 */
import { ipFamily } from '../address.js'
import type { Facts } from './facts.js'
import { CLIENT, NAME, PORT, rankOf, SERVER } from './strength.js'

/** Candidates under one key, ordered by time and, within it, by file and line. */
type Ring = Facts[]

interface Group {
  readonly mask: number
  readonly clientFamily: 0 | 4 | 6
  readonly family: 0 | 4 | 6
  readonly tick: number
  readonly members: Facts[]
  /** One index per set of shared keys, made when first asked for. */
  readonly indexes: Map<number, Map<string, Ring>>
}

/** A candidate found: what is shared, how far away, and how many others fitted equally. */
export interface Match { readonly partner: Facts, readonly shared: number, readonly rank: number, readonly gapMs: number, readonly later: boolean, readonly rivals: number }

/** What a pair of kinds allows. */
export interface SeekRules {
  readonly beforeMs: number
  readonly afterMs: number
  /** The two may differ in name where client address and port agree (a coalesced or fronted request). */
  readonly nameMayDiffer?: boolean
  /** A later partner only where no earlier one of any strength exists. */
  readonly laterLast?: boolean
  /** Where no name ties the two together, the candidates in the window must agree on one: an address that served several names tells none. */
  readonly oneName?: boolean
  /** Refuses single candidates (an expired answer, say). At most a few are passed over per key. */
  readonly accept?: (candidate: Facts, gapMs: number) => boolean
}

const maskOf = (facts: Facts): number =>
  (facts.client === undefined ? 0 : CLIENT) | (facts.clientPort === undefined ? 0 : PORT) | (facts.servers.length === 0 ? 0 : SERVER) | (facts.names.length === 0 ? 0 : NAME)

const clientFamilyOf = (facts: Facts): 0 | 4 | 6 => facts.client === undefined ? 0 : ipFamily(facts.client)

const isBefore = (a: Facts, b: Facts): number => a.at - b.at || a.order - b.order

/** A ring that a seeker's keys lead to. */
interface Hit { readonly ring: Ring, readonly group: Group, readonly shared: number, readonly rank: number }

/** Candidates passed over by `accept` before a key is given up. */
const PASSED_OVER = 8

function keyOf(shared: number, facts: Facts, server: string | undefined, name: string | undefined): string {
  let key = ''
  if (shared & CLIENT) key += facts.client
  key += '|'
  if (shared & PORT) key += facts.clientPort
  key += '|'
  if (shared & SERVER) key += server
  key += '|'
  if (shared & NAME) key += name
  return key
}

/** Every key of a candidate: one for each of its addresses and names. */
function keysOf(shared: number, facts: Facts): string[] {
  const servers = shared & SERVER ? facts.servers : [undefined]
  const names = shared & NAME ? facts.names : [undefined]
  if (servers.length === 1 && names.length === 1) return [keyOf(shared, facts, servers[0], names[0])]
  return servers.flatMap(server => names.map(name => keyOf(shared, facts, server, name)))
}

/** First place in a ring whose time is above (or, with `orEqual`, at or above) `at`. */
function firstAbove(ring: Ring, at: number, orEqual: boolean): number {
  let low = 0
  let high = ring.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const time = ring[middle]!.at
    if (time > at || (orEqual && time === at)) high = middle
    else low = middle + 1
  }
  return low
}

/** The gap between two intervals, ms; 0 where they touch or overlap. */
export function gapOf(seeker: Facts, candidate: Facts): number {
  return candidate.at > seeker.at ? Math.max(0, candidate.at - seeker.at - seeker.tick) : Math.max(0, seeker.at - candidate.at - candidate.tick)
}

/** Candidates of one kind and leg, to be asked many times. */
export class PartnerIndex {
  private readonly groups = new Map<string, Group>()
  size = 0

  /** Adds a candidate. All are added before the first question. */
  add(facts: Facts): void {
    const mask = maskOf(facts)
    const clientFamily = clientFamilyOf(facts)
    const key = `${mask} ${clientFamily} ${facts.family} ${facts.tick}`
    let group = this.groups.get(key)
    if (!group) this.groups.set(key, group = { mask, clientFamily, family: facts.family, tick: facts.tick, members: [], indexes: new Map() })
    group.members.push(facts)
    this.size++
  }

  /** The best partner by the rules of SPEC section 4, or undefined. */
  best(seeker: Facts, rules: SeekRules): Match | undefined {
    // looked up once for all three questions, which would each make the same keys
    const hits = this.hits(seeker, rules)
    let best: Match | undefined
    for (const { ring, group, shared, rank } of hits) {
      for (let side = 0; side < 2; side++) {
        const later = side === 1
        const partner = nearest(ring, seeker, group.tick, later, rules)
        if (!partner) continue
        const match: Match = { partner, shared, rank, gapMs: gapOf(seeker, partner), later, rivals: 0 }
        if (!best || isBetter(match, best, seeker, rules.laterLast ?? false)) best = match
      }
    }
    if (!best || (rules.oneName && isTorn(hits, seeker, best, rules))) return undefined
    return { ...best, rivals: rivalsOf(hits, seeker, best, rules) }
  }

  /** Every partner in the window, by strength and distance. */
  all(seeker: Facts, rules: SeekRules): Match[] {
    const found: Match[] = []
    for (const { ring, group, shared, rank } of this.hits(seeker, rules)) {
      const first = firstAbove(ring, seeker.at - rules.beforeMs - group.tick, true)
      for (let i = first; i < ring.length && ring[i]!.at <= seeker.at + seeker.tick + rules.afterMs; i++) {
        const partner = ring[i]!
        const gapMs = gapOf(seeker, partner)
        if (rules.accept && !rules.accept(partner, gapMs)) continue
        found.push({ partner, shared, rank, gapMs, later: isLater(seeker, partner), rivals: 0 })
      }
    }
    return found.sort((a, b) => isBetter(a, b, seeker, rules.laterLast ?? false) ? -1 : 1)
  }

  private hits(seeker: Facts, rules: SeekRules): Hit[] {
    const hits: Hit[] = []
    const mask = maskOf(seeker)
    const clientFamily = clientFamilyOf(seeker)
    for (const group of this.groups.values()) {
      if (group.family !== 0 && seeker.family !== 0 && group.family !== seeker.family) continue
      let shared = mask & group.mask
      if (group.clientFamily !== clientFamily) shared &= ~(CLIENT | PORT)
      if (rules.nameMayDiffer && (shared & (CLIENT | PORT)) === (CLIENT | PORT)) shared &= ~NAME
      const rank = rankOf(shared)
      if (rank === undefined) continue
      const ring = indexOf(group, shared).get(keyOf(shared, seeker, seeker.servers[0], seeker.names[0]))
      if (ring) hits.push({ ring, group, shared, rank })
    }
    return hits
  }
}

/** Do the candidates that fit as well as the best one tell of different names? */
function isTorn(hits: readonly Hit[], seeker: Facts, best: Match, rules: SeekRules): boolean {
  if (best.shared & NAME) return false
  const names = new Set<string | undefined>()
  for (const { ring, group, shared } of hits) {
    if (shared !== best.shared) continue
    const end = firstAbove(ring, best.later ? seeker.at + seeker.tick + rules.afterMs : seeker.at + seeker.tick, false)
    for (let i = firstAbove(ring, seeker.at - rules.beforeMs - group.tick, true); i < end && names.size < 2; i++) if (fits(ring[i]!, seeker, rules)) names.add(ring[i]!.names[0])
  }
  return names.size > 1
}

/** How many other events share the same keys with the seeker inside the window. */
function rivalsOf(hits: readonly Hit[], seeker: Facts, best: Match, rules: SeekRules): number {
  let rivals = -1
  for (const { ring, group, shared } of hits) {
    if (shared !== best.shared) continue
    rivals += firstAbove(ring, seeker.at + seeker.tick + rules.afterMs, false) - firstAbove(ring, seeker.at - rules.beforeMs - group.tick, true)
  }
  return Math.max(0, rivals)
}

function indexOf(group: Group, shared: number): Map<string, Ring> {
  let index = group.indexes.get(shared)
  if (index) return index
  index = new Map()
  group.members.sort(isBefore)
  for (const facts of group.members) {
    for (const key of keysOf(shared, facts)) {
      const ring = index.get(key)
      if (!ring) index.set(key, [facts])
      else if (ring.at(-1) !== facts) ring.push(facts)
    }
  }
  group.indexes.set(shared, index)
  return index
}

/** Later by more than the clocks can tell. */
function isLater(seeker: Facts, candidate: Facts): boolean {
  return candidate.at > seeker.at && candidate.at >= seeker.at + seeker.tick
}

/** Nearest candidate of a ring on one side, inside the window. All of a ring have the same tick, so time order is distance order. */
function nearest(ring: Ring, seeker: Facts, tick: number, later: boolean, rules: SeekRules): Facts | undefined {
  const split = firstAbove(ring, seeker.at, false)
  return later ? firstLater(ring, split, seeker, rules) : lastEarlier(ring, split, seeker, tick, rules)
}

function lastEarlier(ring: Ring, split: number, seeker: Facts, tick: number, rules: SeekRules): Facts | undefined {
  const before = lastBefore(ring, split, seeker, tick, rules)
  if (before && gapOf(seeker, before) === 0) return before
  // one that began within the seeker's own tick overlaps it, and may have come first
  for (let i = split; i < ring.length && ring[i]!.at < seeker.at + seeker.tick; i++) if (fits(ring[i]!, seeker, rules)) return ring[i]
  return before
}

function lastBefore(ring: Ring, split: number, seeker: Facts, tick: number, rules: SeekRules): Facts | undefined {
  let passed = 0
  for (let i = split - 1; i >= 0 && passed < PASSED_OVER; i--) {
    const time = ring[i]!.at
    if (seeker.at - time - tick > rules.beforeMs) return undefined
    // of several at one time the first in file order stands for all
    const first = firstAbove(ring, time, true)
    for (let j = first; j <= i; j++) if (fits(ring[j]!, seeker, rules)) return ring[j]
    passed += i - first + 1
    i = first
  }
  return undefined
}

function firstLater(ring: Ring, split: number, seeker: Facts, rules: SeekRules): Facts | undefined {
  const from = seeker.tick > 0 ? firstAbove(ring, seeker.at + seeker.tick, true) : split
  for (let i = from; i < ring.length && i < from + PASSED_OVER; i++) {
    if (ring[i]!.at - seeker.at - seeker.tick > rules.afterMs) return undefined
    if (fits(ring[i]!, seeker, rules)) return ring[i]
  }
  return undefined
}

function fits(candidate: Facts, seeker: Facts, rules: SeekRules): boolean {
  return !rules.accept || rules.accept(candidate, gapOf(seeker, candidate))
}

/**
 * Strength, then earlier before later, then distance; with `laterLast`, earlier of any strength comes first. Of several that overlap
 * the seeker's tick (distance 0) the one that began last but not after it, then the first that began within it; then file and line.
 */
function isBetter(a: Match, b: Match, seeker: Facts, laterLast: boolean): boolean {
  if (laterLast && a.later !== b.later) return !a.later
  if (a.rank !== b.rank) return a.rank < b.rank
  if (a.later !== b.later) return !a.later
  if (a.gapMs !== b.gapMs) return a.gapMs < b.gapMs
  const [left, right] = [a.partner, b.partner]
  if ((left.at <= seeker.at) !== (right.at <= seeker.at)) return left.at <= seeker.at
  if (left.at !== right.at) return left.at <= seeker.at ? left.at > right.at : left.at < right.at
  return left.order < right.order
}
