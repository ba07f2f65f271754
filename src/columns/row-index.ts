/**
 * Finds the nearest rows that agree with a given one: `src/join/partner-index.ts` for rows, with only the rules that a window needs. The result
 * of a search stands on the index itself, so that none makes an object.
 */
import { CLIENT, NAME, PORT, rankOf } from '../join/strength.js'
import { firstAbove, gapBetween } from '../join/moments.js'
import type { Sorts } from './dictionary.js'
import type { Lane } from './lane.js'
import { RowRings } from './row-rings.js'
import { orderOfTimes } from './sort-times.js'

/** Who looks for a partner. */
export interface Seeker { at: number, tick: number, mask: number, clientFamily: 0 | 4 | 6, family: 0 | 4 | 6, client: number, port: number, server: number, name: number }

/** What is looked for. Bounds in ms, rounding included. */
export interface RowRules {
  readonly beforeMs: number
  readonly afterMs: number
  readonly nameMayDiffer: boolean
  readonly laterLast: boolean
  readonly oneName: boolean
}

/** Rows as they came. */
class RowList {
  private all = new Int32Array(256)
  private count = 0
  get rows(): Int32Array { return this.all.subarray(0, this.count) }

  private makeRoom(rows: number): void {
    if (this.count + rows <= this.all.length) return
    const larger = new Int32Array(2 * this.all.length + rows)
    larger.set(this.rows)
    this.all = larger
  }

  push(row: number): void {
    this.makeRoom(1)
    this.all[this.count++] = row
  }

  pushAll({ rows }: RowList): this {
    this.makeRoom(rows.length)
    this.all.set(rows, this.count)
    this.count += rows.length
    return this
  }
}

/** Rows that have a sort in common; and what they are found by, made when it is first asked for. */
interface Group { readonly sort: number, readonly list: RowList, readonly rings: (RowRings | undefined)[] }
interface Segment { readonly groups: Group[], size: number, minAt: number, maxAt: number, firstRow: number }

const newSegment = (): Segment => ({ groups: [], size: 0, minAt: Infinity, maxAt: -Infinity, firstRow: Infinity })

function addTo(segment: Segment, row: number, sort: number, at: number): void {
  let group: Group | undefined
  for (const one of segment.groups) if (one.sort === sort) group = one
  if (!group) segment.groups.push(group = { sort, list: new RowList(), rings: [] })
  group.list.push(row)
  segment.size++
  if (at < segment.minAt) segment.minAt = at
  if (at > segment.maxAt) segment.maxAt = at
  if (row < segment.firstRow) segment.firstRow = row
}

function merged(first: Segment, second: Segment): Segment {
  const groups = first.groups.map(({ sort, list }): Group => ({ sort, list, rings: [] }))
  for (const { sort, list } of second.groups) {
    const same = groups.find(group => group.sort === sort)
    if (same) same.list.pushAll(list)
    else groups.push({ sort, list, rings: [] })
  }
  return { groups, size: first.size + second.size, minAt: Math.min(first.minAt, second.minAt), maxAt: Math.max(first.maxAt, second.maxAt), firstRow: Math.min(first.firstRow, second.firstRow) }
}

/** Candidates of one lane. Only rows that something can have followed from are to be added. */
export class RowIndex {
  private segments: Segment[] = []
  private open = newSegment()
  private maxTick = 0
  // where a seeker's keys lead to
  private readonly hitRings: RowRings[] = []
  private readonly hitStart: number[] = []
  private readonly hitEnd: number[] = []
  private readonly hitTick: number[] = []
  private readonly hitShared: number[] = []
  private readonly hitRank: number[] = []
  private hits = 0
  /** The partner found, -1 for none, and what is to be said of the pair. */
  row = -1
  rank = 0
  gapMs = 0
  isLater = false
  rivals = 0
  private shared = 0

  constructor(private readonly lane: Lane, private readonly sorts: Sorts, private readonly spanMs: number) {}

  add(row: number): void {
    const place = row & this.lane.mask
    const sort = this.lane.sort[place]!
    addTo(this.open, row, sort, this.lane.at[place]!)
    const { tick } = this.sorts.list[sort]!
    if (tick > this.maxTick) this.maxTick = tick
  }

  /** Makes what was added findable; small segments are put together as far as a span goes. */
  seal(): void {
    let added = this.open
    if (added.size === 0) return
    this.open = newSegment()
    for (let last = this.segments.at(-1); last && last.size <= added.size && Math.max(last.maxAt, added.maxAt) - Math.min(last.minAt, added.minAt) <= this.spanMs; last = this.segments.at(-1)) {
      this.segments.pop()
      added = merged(last, added)
    }
    this.segments.push(added)
  }

  evict(before: number): void {
    if (this.segments.some(segment => segment.maxAt < before)) this.segments = this.segments.filter(segment => segment.maxAt >= before)
  }

  /** The first row that is still among the candidates; Infinity when there is none. */
  get firstRow(): number {
    return this.segments.reduce((first, segment) => Math.min(first, segment.firstRow), this.open.firstRow)
  }

  /** Looks for the best partner by the rules of SPEC section 4; gives whether there is one. */
  best(seeker: Seeker, rules: RowRules): boolean {
    this.collect(seeker, rules)
    this.row = -1
    for (let hit = 0; hit < this.hits; hit++) {
      let isLater = false
      let place = this.nearestEarlier(hit, seeker, rules)
      if (place === -1) {
        isLater = true
        place = this.nearestLater(hit, seeker, rules)
      }
      if (place === -1) continue
      const at = this.hitRings[hit]!.at[place]!
      const gapMs = gapBetween(seeker.at, seeker.tick, at, this.hitTick[hit]!)
      const row = this.hitRings[hit]!.rows[place]!
      if (this.row !== -1 && !this.isBetter(row, at, this.hitRank[hit]!, gapMs, isLater, seeker, rules)) continue
      this.row = row
      this.rank = this.hitRank[hit]!
      this.gapMs = gapMs
      this.isLater = isLater
      this.shared = this.hitShared[hit]!
    }
    if (this.row !== -1 && rules.oneName && this.isTorn(seeker, rules)) this.row = -1
    if (this.row === -1) return false
    this.rivals = this.countRivals(seeker, rules)
    return true
  }

  private collect(seeker: Seeker, rules: RowRules): void {
    this.hits = 0
    for (const segment of this.segments) {
      if (segment.maxAt >= seeker.at - rules.beforeMs - this.maxTick && segment.minAt <= seeker.at + seeker.tick + rules.afterMs) for (const group of segment.groups) this.collectFrom(group, seeker, rules)
    }
  }

  private collectFrom(group: Group, seeker: Seeker, rules: RowRules): void {
    const sort = this.sorts.list[group.sort]!
    if (sort.family !== 0 && seeker.family !== 0 && sort.family !== seeker.family) return
    let shared = seeker.mask & sort.mask
    if (sort.clientFamily !== seeker.clientFamily) shared &= ~(CLIENT | PORT)
    if (rules.nameMayDiffer && (shared & (CLIENT | PORT)) === (CLIENT | PORT)) shared &= ~NAME
    const rank = rankOf(shared)
    if (rank === undefined) return
    const rings = group.rings[shared] ??= this.ringsOf(group, shared)
    const key = rings.find(seeker.client, seeker.port, seeker.server, seeker.name)
    if (key === -1) return
    const hit = this.hits++
    this.hitRings[hit] = rings
    this.hitStart[hit] = rings.startOf(key)
    this.hitEnd[hit] = rings.endOf(key)
    this.hitTick[hit] = sort.tick
    this.hitShared[hit] = shared
    this.hitRank[hit] = rank
  }

  private ringsOf(group: Group, shared: number): RowRings {
    const { at, mask } = this.lane
    const { rows } = group.list
    const times = new Float64Array(rows.length)
    let isSorted = true
    for (let i = 0; i < rows.length; i++) {
      times[i] = at[rows[i]! & mask]!
      if (i > 0 && times[i - 1]! > times[i]!) isSorted = false
    }
    // rows are numbered in the order of the join, and came in it
    return new RowRings(this.lane, isSorted ? rows : orderOfTimes(times, rows.length).map(place => rows[place]!), shared)
  }

  /** First place of a hit whose time is above (or, with `orEqual`, at or above) `at`. */
  private firstAbove(hit: number, at: number, orEqual: boolean): number { return firstAbove(this.hitRings[hit]!.at, this.hitStart[hit]!, this.hitEnd[hit]!, at, orEqual) }

  private nearestEarlier(hit: number, { at, tick }: Seeker, rules: RowRules): number {
    const times = this.hitRings[hit]!.at
    const split = this.firstAbove(hit, at, false)
    let before = split - 1
    if (before < this.hitStart[hit]! || at - times[before]! - this.hitTick[hit]! > rules.beforeMs) before = -1
    // of several at one time the first in file order stands for all
    else if (before > this.hitStart[hit]! && times[before - 1] === times[before]) before = this.firstAbove(hit, times[before]!, true)
    if (before !== -1 && gapBetween(at, tick, times[before]!, this.hitTick[hit]!) === 0) return before
    // one that began within the seeker's own tick overlaps it, and may have come first
    return split < this.hitEnd[hit]! && times[split]! < at + tick ? split : before
  }

  private nearestLater(hit: number, { at, tick }: Seeker, rules: RowRules): number {
    const from = tick > 0 ? this.firstAbove(hit, at + tick, true) : this.firstAbove(hit, at, false)
    return from < this.hitEnd[hit]! && this.hitRings[hit]!.at[from]! - at - tick <= rules.afterMs ? from : -1
  }

  private isBetter(row: number, at: number, rank: number, gapMs: number, isLater: boolean, seeker: Seeker, rules: RowRules): boolean {
    if (rules.laterLast && isLater !== this.isLater) return !isLater
    if (rank !== this.rank) return rank < this.rank
    if (isLater !== this.isLater) return !isLater
    if (gapMs !== this.gapMs) return gapMs < this.gapMs
    const other = this.lane.at[this.row & this.lane.mask]!
    if ((at <= seeker.at) !== (other <= seeker.at)) return at <= seeker.at
    if (at !== other) return at <= seeker.at ? at > other : at < other
    return row < this.row
  }

  /** Do the candidates that fit as well as the best one tell of different names? */
  private isTorn(seeker: Seeker, rules: RowRules): boolean {
    if (this.shared & NAME) return false
    let name = -2
    for (let hit = 0; hit < this.hits; hit++) {
      if (this.hitShared[hit] !== this.shared) continue
      const end = this.isLater ? this.firstAbove(hit, seeker.at + seeker.tick + rules.afterMs, false) : this.firstAbove(hit, seeker.at + seeker.tick, seeker.tick > 0)
      for (let place = this.firstAbove(hit, seeker.at - rules.beforeMs - this.hitTick[hit]!, true); place < end; place++) {
        const own = this.lane.name[this.hitRings[hit]!.rows[place]! & this.lane.mask]!
        if (name === -2) name = own
        else if (own !== name) return true
      }
    }
    return false
  }

  /** How many other rows share the same keys with the seeker inside the window. */
  private countRivals(seeker: Seeker, rules: RowRules): number {
    let rivals = -1
    for (let hit = 0; hit < this.hits; hit++) {
      if (this.hitShared[hit] !== this.shared) continue
      const from = seeker.at - rules.beforeMs - this.hitTick[hit]!
      const until = seeker.at + seeker.tick + rules.afterMs
      if (this.hitStart[hit]! + 1 === this.hitEnd[hit]) {
        const at = this.hitRings[hit]!.at[this.hitStart[hit]!]!
        if (at <= until && at >= from) rivals++
      } else rivals += this.firstAbove(hit, until, false) - this.firstAbove(hit, from, true)
    }
    return Math.max(0, rivals)
  }
}
