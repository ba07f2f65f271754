/**
 * Finds the nearest events that agree with a given one.
 *
 * Candidates are grouped by what they know (which keys, which client family, which clock tick, whether anything can have followed from
 * them). For a seeker, each group shares one fixed set of keys with it, so "everything both know is equal" is one exact look-up in an index
 * over those keys: no candidate that disagrees is ever visited, and a key with a fifth of the traffic costs a binary search, not a scan.
 */
import { firstAbove, gapBetween } from './moments.js'
import type { Facts } from './facts.js'
import type { Rings } from './rings.js'
import { maskOf, ringsOf, Segments, type Group, type Segment } from './segments.js'
import { CLIENT, NAME, PORT, rankOf } from './strength.js'

/** A candidate found: what is shared, how far away, and how many others fitted equally. */
export interface Match { readonly partner: Facts, readonly shared: number, readonly rank: number, readonly gapMs: number, readonly later: boolean, rivals: number }

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
  /** Only what something can have followed from: a handshake that was not refused, an answer that may name an address. */
  readonly causesOnly?: boolean
  /** Nothing that began after the seeker. */
  readonly earlierOnly?: boolean
  /** Refuses single candidates (an expired answer, say). So many of a key are looked at, the nearest first: PASSED_OVER. */
  readonly accept?: (candidate: Facts, gapMs: number) => boolean
}

/** The places that a seeker's keys lead to. */
interface Hit { readonly rings: Rings, readonly start: number, readonly end: number, readonly group: Group, readonly shared: number, readonly rank: number }

/** Candidates passed over by `accept` before a key is given up: a busy name whose answers have all expired must not cost a walk through its day. */
const PASSED_OVER = 256

/** First place of a hit whose time is above (or, with `orEqual`, at or above) `at`. */
const placeAbove = ({ rings, start, end }: Hit, at: number, orEqual: boolean): number => firstAbove(rings.at, start, end, at, orEqual)

/** The gap between two events, ms, to 0.001; 0 where they touch or overlap. */
export const gapOf = (seeker: Facts, candidate: Facts): number => gapBetween(seeker.at, seeker.tick, candidate.at, candidate.tick)

/** Candidates of one kind and leg. */
export class PartnerIndex {
  readonly kept: Segments

  /** Both as `Segments` takes them. */
  constructor(spanMs?: number, lifeMs?: (facts: Facts) => number) { this.kept = new Segments(spanMs, lifeMs) }

  /** Adds a candidate. It is found after the next `seal`. */
  add(facts: Facts): void { this.kept.add(facts) }

  /** Makes what was added findable. */
  seal(): void { this.kept.seal() }

  /** The best partner by the rules of SPEC section 4, or undefined. */
  best(seeker: Facts, rules: SeekRules): Match | undefined {
    // looked up once for all three questions, which would each make the same keys
    const hits = this.hits(seeker, rules)
    let best: Match | undefined
    for (let i = 0; i < hits.length; i++) {
      const hit = hits[i]!
      // under the same keys an earlier one always comes before a later one
      let later = false
      let partner = nearest(hit, seeker, false, rules)
      if (!partner && !rules.earlierOnly) {
        later = true
        partner = nearest(hit, seeker, true, rules)
      }
      if (!partner) continue
      const match: Match = { partner, shared: hit.shared, rank: hit.rank, gapMs: gapOf(seeker, partner), later, rivals: 0 }
      if (!best || isBetter(match, best, seeker, rules.laterLast ?? false)) best = match
    }
    if (!best || (rules.oneName && isTorn(hits, seeker, best, rules))) return undefined
    best.rivals = rivalsOf(hits, seeker, best, rules)
    return best
  }

  /** Every partner in the window, by strength and distance. */
  all(seeker: Facts, rules: SeekRules): Match[] {
    const found: Match[] = []
    for (const hit of this.hits(seeker, rules)) {
      for (let i = placeAbove(hit, seeker.at - rules.beforeMs - hit.group.tick, true); i < hit.end && hit.rings.at[i]! <= seeker.at + seeker.tick + rules.afterMs; i++) {
        const partner = hit.rings.facts(i)
        const gapMs = gapOf(seeker, partner)
        if (rules.accept && !rules.accept(partner, gapMs)) continue
        found.push({ partner, shared: hit.shared, rank: hit.rank, gapMs, later: isLater(seeker, partner), rivals: 0 })
      }
    }
    return found.sort((a, b) => isBetter(a, b, seeker, rules.laterLast ?? false) ? -1 : 1)
  }

  private hits(seeker: Facts, rules: SeekRules): Hit[] {
    const hits: Hit[] = []
    const mask = maskOf(seeker)
    for (const segment of this.kept.sealed) if (segment.maxAt >= seeker.at - rules.beforeMs - this.kept.maxTick && segment.minAt <= seeker.at + seeker.tick + rules.afterMs) this.hitsIn(segment, mask, seeker, rules, hits)
    return hits
  }

  private hitsIn(segment: Segment, mask: number, seeker: Facts, rules: SeekRules, hits: Hit[]): void {
    for (const group of segment.groups) {
      if (rules.causesOnly && !group.isCause) continue
      if (group.family !== 0 && seeker.family !== 0 && group.family !== seeker.family) continue
      let shared = mask & group.mask
      if (group.clientFamily !== seeker.clientFamily) shared &= ~(CLIENT | PORT)
      if (rules.nameMayDiffer && (shared & (CLIENT | PORT)) === (CLIENT | PORT)) shared &= ~NAME
      const rank = rankOf(shared)
      if (rank === undefined) continue
      const rings = group.rings[shared] ??= ringsOf(group, shared)
      const key = rings.find(seeker)
      if (key !== -1) hits.push({ rings, start: rings.startOf(key), end: rings.endOf(key), group, shared, rank })
    }
  }
}

/** Do the candidates that fit as well as the best one tell of different names? */
function isTorn(hits: readonly Hit[], seeker: Facts, best: Match, rules: SeekRules): boolean {
  if (best.shared & NAME) return false
  const names = new Set<string | undefined>()
  for (const hit of hits) {
    if (hit.shared !== best.shared) continue
    const end = best.later ? placeAbove(hit, seeker.at + seeker.tick + rules.afterMs, false) : firstNotEarlier(hit, seeker)
    for (let i = placeAbove(hit, seeker.at - rules.beforeMs - hit.group.tick, true); i < end && names.size < 2;) {
      const facts = hit.rings.facts(i)
      const isKnown = names.has(facts.names[0])
      if (!isKnown && fits(facts, seeker, rules)) names.add(facts.names[0])
      else if (!isKnown) {
        i++
        continue
      }
      i = hit.rings.nextName(i, end)
    }
  }
  return names.size > 1
}

/** How many other events share the same keys with the seeker inside the window. */
function rivalsOf(hits: readonly Hit[], seeker: Facts, best: Match, rules: SeekRules): number {
  let rivals = -1
  for (const hit of hits) {
    if (hit.shared !== best.shared) continue
    if (rules.accept) rivals += countFitting(hit, seeker, rules)
    else rivals += hit.end - hit.start === 1 ? Number(isInWindow(hit.rings.at[hit.start]!, hit.group.tick, seeker, rules))
      : placeAbove(hit, seeker.at + seeker.tick + rules.afterMs, false) - placeAbove(hit, seeker.at - rules.beforeMs - hit.group.tick, true)
  }
  return Math.max(0, rivals)
}

/** First place that stands after the seeker by more than its clock can tell. */
const firstNotEarlier = (hit: Hit, seeker: Facts): number => placeAbove(hit, seeker.at + seeker.tick, seeker.tick > 0)

/** How many of a key's nearest that are not later fit. */
function countFitting(hit: Hit, seeker: Facts, rules: SeekRules): number {
  const last = firstNotEarlier(hit, seeker) - 1
  let count = 0
  for (let i = last; i >= hit.start && i > last - PASSED_OVER && hit.rings.at[i]! >= seeker.at - rules.beforeMs - hit.group.tick; i--) if (fits(hit.rings.facts(i), seeker, rules)) count++
  return count
}

const isInWindow = (at: number, tick: number, seeker: Facts, rules: SeekRules): boolean => at <= seeker.at + seeker.tick + rules.afterMs && at >= seeker.at - rules.beforeMs - tick

/** Later by more than the clocks can tell. */
function isLater(seeker: Facts, candidate: Facts): boolean {
  return candidate.at > seeker.at && candidate.at >= seeker.at + seeker.tick
}

/** Nearest candidate of a hit on one side, inside the window. All of a hit have the same tick, so time order is distance order. */
function nearest(hit: Hit, seeker: Facts, later: boolean, rules: SeekRules): Facts | undefined {
  const split = placeAbove(hit, seeker.at, false)
  return later ? firstLater(hit, split, seeker, rules) : lastEarlier(hit, split, seeker, rules)
}

function lastEarlier(hit: Hit, split: number, seeker: Facts, rules: SeekRules): Facts | undefined {
  const before = lastBefore(hit, split, seeker, rules)
  if (before && gapOf(seeker, before) === 0) return before
  // one that began within the seeker's own tick overlaps it, and may have come first
  for (let i = split; i < hit.end && hit.rings.at[i]! < seeker.at + seeker.tick; i++) {
    const facts = hit.rings.facts(i)
    if (fits(facts, seeker, rules)) return facts
  }
  return before
}

function lastBefore(hit: Hit, split: number, seeker: Facts, rules: SeekRules): Facts | undefined {
  const { rings, start, group } = hit
  let passed = 0
  for (let i = split - 1; i >= start && passed < PASSED_OVER; i--) {
    const time = rings.at[i]!
    if (seeker.at - time - group.tick > rules.beforeMs) return undefined
    // of several at one time the first in file order stands for all
    const first = i === start || rings.at[i - 1]! !== time ? i : placeAbove(hit, time, true)
    for (let j = first; j <= i; j++) {
      const facts = rings.facts(j)
      if (fits(facts, seeker, rules)) return facts
    }
    passed += i - first + 1
    i = first
  }
  return undefined
}

function firstLater(hit: Hit, split: number, seeker: Facts, rules: SeekRules): Facts | undefined {
  const from = seeker.tick > 0 ? placeAbove(hit, seeker.at + seeker.tick, true) : split
  for (let i = from; i < hit.end && i < from + PASSED_OVER; i++) {
    if (hit.rings.at[i]! - seeker.at - seeker.tick > rules.afterMs) return undefined
    const facts = hit.rings.facts(i)
    if (fits(facts, seeker, rules)) return facts
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
