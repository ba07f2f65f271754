/**
 * The join of `src/join/stream.ts` for rows: one log of each kind, the nearest partner within a window. What it gives is the same, row by row
 * (`test/columns.test.ts`); what it costs is a tenth, since nothing here makes an object.
 */
import { NAME, scoreOf } from '../join/strength.js'
import type { JoinRules } from '../join/claim.js'
import { gapBetween, ROUNDING_MS } from '../join/moments.js'
import type { Vocabulary } from './dictionary.js'
import { IS_CACHED, IS_FOLLOWING, IS_INHERITED, IS_KEPT, IS_LATER_DNS, IS_LATER_TLS, IS_TAKEN, IS_USED, type Lane } from './lane.js'
import { RowHistory } from './row-history.js'
import { RowIndex, type RowRules, type Seeker } from './row-index.js'

/** What is told of a claim whose turn has come. Reuse is known then, and partners stand in the lane's columns. */
export interface ClaimTold { (kind: 'request' | 'tls' | 'dns', lane: Lane, row: number, tlsReused: boolean, dnsReused: boolean): void }

/** An answer that a connection was opened by of which no TLS log tells. */
interface Remembered { readonly row: number, readonly name: number, readonly rank: number, readonly rivals: number }

/** Joins rows as they come. */
export class RowJoin {
  private readonly history: RowHistory
  private readonly tlsIndex: RowIndex
  private readonly dnsIndex: RowIndex
  private readonly tlsRules: RowRules
  private readonly dnsRules: RowRules
  private readonly seeker: Seeker = { at: 0, tick: 0, mask: 0, clientFamily: 0, family: 0, client: -1, port: -1, server: -1, name: -1 }
  private readonly answers = new Map<number, Remembered>()
  /** Rows whose partners have been looked for (of answers: that nobody can claim any more), and rows that have been told of. */
  private readonly looked = { requests: 0, tls: 0, dns: 0 }
  private readonly told = { requests: 0, tls: 0, dns: 0 }
  private newest = -Infinity
  private maxTick = 0
  readonly beyond = { tls: 0, dns: 0 }

  constructor(readonly lanes: { readonly requests: Lane, readonly tls: Lane, readonly dns: Lane }, private readonly vocabulary: Vocabulary, private readonly rules: JoinRules, private readonly tell: ClaimTold) {
    const windowMs = Math.max(rules.beforeMs, rules.afterMs)
    const spanMs = Math.max(1000, windowMs)
    this.history = new RowHistory(lanes.dns, vocabulary.sorts, rules.ttlSlackMs)
    this.tlsIndex = new RowIndex(lanes.tls, vocabulary.sorts, spanMs)
    this.dnsIndex = new RowIndex(lanes.dns, vocabulary.sorts, spanMs)
    const bounds = { beforeMs: rules.beforeMs + ROUNDING_MS, afterMs: rules.afterMs + ROUNDING_MS }
    this.tlsRules = { ...bounds, nameMayDiffer: true, laterLast: false, oneName: false }
    this.dnsRules = { ...bounds, nameMayDiffer: false, laterLast: true, oneName: true }
  }

  /** Takes the next row in the order of the join. */
  add(lane: Lane, row: number): void {
    const place = row & lane.mask
    this.newest = lane.start[place]!
    const { tick, canCause, family } = this.vocabulary.sorts.list[lane.sort[place]!]!
    if (tick > this.maxTick) this.maxTick = tick
    if (lane === this.lanes.dns) {
      if (canCause) this.history.answer(row, lane.ttl[place]!)
      // what asks for no address, or led nowhere, stands for itself only
      if (canCause) this.dnsIndex.add(row)
      return
    }
    const isHandshake = lane === this.lanes.tls
    this.history.see(lane, place, family, isHandshake, canCause)
    if (isHandshake && canCause) this.tlsIndex.add(row)
  }

  private get reach(): number { return Math.max(this.rules.beforeMs, this.rules.afterMs) + this.maxTick + ROUNDING_MS }

  /** Joins what no later row can change. */
  step(): void { this.advance(this.newest) }

  /** Joins the rest. */
  end(): void { this.advance(Infinity) }

  private advance(now: number): void {
    const { lanes, looked } = this
    this.tlsIndex.seal()
    this.dnsIndex.seal()
    const requestsUntil = now - 2 * this.reach
    for (; atOf(lanes.requests, looked.requests) < requestsUntil; looked.requests++) this.request(looked.requests)
    const lookedAt = Math.min(atOf(lanes.requests, looked.requests), requestsUntil)
    const tlsUntil = lookedAt - this.reach
    for (; atOf(lanes.tls, looked.tls) < tlsUntil; looked.tls++) this.handshake(looked.tls)
    const shakenAt = Math.min(lookedAt, atOf(lanes.tls, looked.tls))
    const dnsUntil = Math.min(lookedAt - 2 * this.reach, shakenAt - this.reach)
    while (atOf(lanes.dns, looked.dns) < dnsUntil) looked.dns++
    this.release()
    this.forget(Math.min(lookedAt, shakenAt, this.newest))
  }

  private seek(lane: Lane, place: number): Seeker {
    const { seeker } = this
    const sort = this.vocabulary.sorts.list[lane.sort[place]!]!
    seeker.at = lane.at[place]!
    seeker.tick = sort.tick
    seeker.mask = sort.mask
    seeker.clientFamily = sort.clientFamily
    seeker.family = sort.family
    seeker.client = lane.client[place]!
    seeker.port = lane.port[place]!
    seeker.server = lane.server[place]!
    seeker.name = lane.name[place]!
    return seeker
  }

  private request(row: number): void {
    const { lanes: { requests, tls }, rules } = this
    const place = row & requests.mask
    if (this.tlsIndex.best(this.seek(requests, place), this.tlsRules)) {
      const found = this.tlsIndex.row
      requests.tls[place] = found
      requests.tlsRank[place] = this.tlsIndex.rank
      requests.tlsGap[place] = this.tlsIndex.gapMs
      requests.tlsRivals[place] = this.tlsIndex.rivals
      if (this.tlsIndex.isLater) requests.flags[place]! |= IS_LATER_TLS
      const seeker = this.seek(tls, found & tls.mask)
      // a handshake without an SNI goes by the name of the request on it
      if ((seeker.mask & NAME) === 0 && requests.name[place] !== -1) {
        seeker.mask |= NAME
        seeker.name = requests.name[place]!
      }
      this.answer(requests, place, seeker, (tls.flags[found & tls.mask]! & IS_CACHED) !== 0)
      tls.flags[found & tls.mask]! |= IS_TAKEN
    } else if (rules.hasTls && !requests.isPlain(row)) this.unseenConnection(place)
    else this.answer(requests, place, this.seek(requests, place), false)
    // no handshake in the window, but an earlier one on this connection
    if (requests.tls[place] !== -1 || !rules.hasTls) requests.flags[place]! &= ~IS_KEPT
    this.take(requests, place)
  }

  private take(lane: Lane, place: number): void {
    const answer = lane.dns[place]!
    if (answer !== -1) this.lanes.dns.flags[answer & this.lanes.dns.mask]! |= IS_TAKEN
  }

  private handshake(row: number): void {
    const { tls } = this.lanes
    const place = row & tls.mask
    if (tls.flags[place]! & IS_TAKEN) return
    this.answer(tls, place, this.seek(tls, place), false)
    tls.flags[place]! &= ~IS_KEPT // nothing would be joined to a handshake by that
    this.take(tls, place)
  }

  /** The answer in the window; a later one only where no earlier one can have been in use. Afterwards IS_CACHED says that one may have been, and none was found. */
  private answer(lane: Lane, place: number, seeker: Seeker, isAskerCached: boolean): void {
    const { dnsIndex } = this
    const isFound = dnsIndex.best(seeker, this.dnsRules)
    const isCached = isAskerCached || (lane.flags[place]! & IS_CACHED) !== 0
    lane.flags[place]! &= ~IS_CACHED
    if (isFound && !dnsIndex.isLater) return this.putAnswer(lane, place)
    if (isCached) lane.flags[place]! |= IS_CACHED
    else if (isFound) this.putAnswer(lane, place)
  }

  private putAnswer(lane: Lane, place: number): void {
    const { dnsIndex } = this
    lane.dns[place] = dnsIndex.row
    lane.dnsRank[place] = dnsIndex.rank
    lane.dnsGap[place] = dnsIndex.gapMs
    lane.dnsRivals[place] = dnsIndex.rivals
    if (dnsIndex.isLater) lane.flags[place]! |= IS_LATER_DNS
  }

  /** See the method of this name in `src/join/seek.ts`. */
  private unseenConnection(place: number): void {
    const { requests } = this.lanes
    const client = requests.client[place]!
    const port = requests.port[place]!
    const flags = requests.flags[place]!
    requests.flags[place]! &= ~IS_CACHED
    if (client === -1 || port === -1 || (flags & IS_KEPT) !== 0) return
    const connection = client * 65536 + port
    const seeker = this.seek(requests, place)
    if ((flags & IS_FOLLOWING) === 0) {
      requests.flags[place] = flags
      this.answer(requests, place, seeker, false)
      if (requests.dns[place] !== -1 && (requests.flags[place]! & IS_LATER_DNS) === 0) this.remember(connection, place)
      return
    }
    const first = this.answers.get(connection)
    if (!first || first.name !== requests.name[place]) return
    const gapMs = this.gapTo(seeker, first.row)
    if (gapMs > this.rules.beforeMs) return
    requests.dns[place] = first.row
    requests.dnsRank[place] = first.rank
    requests.dnsGap[place] = gapMs
    requests.dnsRivals[place] = first.rivals
    requests.flags[place]! |= IS_INHERITED
  }

  private gapTo({ at, tick }: { at: number, tick: number }, row: number): number {
    const { dns } = this.lanes
    if (row < dns.first) return Infinity // forgotten: further away than any window
    const place = row & dns.mask
    return gapBetween(at, tick, dns.at[place]!, this.vocabulary.sorts.list[dns.sort[place]!]!.tick)
  }

  private remember(connection: number, place: number): void {
    const { requests } = this.lanes
    const seeker = { at: requests.at[place]!, tick: this.vocabulary.sorts.list[requests.sort[place]!]!.tick }
    for (const [key, first] of this.answers) {
      if (this.gapTo(seeker, first.row) <= this.rules.beforeMs) break
      this.answers.delete(key)
    }
    this.answers.delete(connection)
    this.answers.set(connection, { row: requests.dns[place]!, name: requests.name[place]!, rank: requests.dnsRank[place]!, rivals: requests.dnsRivals[place]! })
  }

  /** Claims whose turn has come, in the order of the join. */
  private release(): void {
    const { lanes: { requests, tls, dns }, told, looked } = this
    for (;;) {
      const request = startOf(requests, told.requests)
      const handshake = startOf(tls, told.tls)
      const answer = startOf(dns, told.dns)
      if (isBefore(request, requests, handshake, tls) && isBefore(request, requests, answer, dns)) {
        if (told.requests >= looked.requests) return
        this.tellClaim('request', requests, told.requests++)
      } else if (isBefore(handshake, tls, answer, dns)) {
        if (told.tls >= looked.tls) return
        const row = told.tls++
        if ((tls.flags[row & tls.mask]! & IS_TAKEN) === 0) this.tellClaim('tls', tls, row)
      } else {
        if (answer === Infinity || told.dns >= looked.dns) return
        const row = told.dns++
        if ((dns.flags[row & dns.mask]! & IS_TAKEN) === 0) this.tell('dns', dns, row, false, false)
      }
    }
  }

  /** The first request on a connection owns its phases; so does the first connection that used an answer. */
  private tellClaim(kind: 'request' | 'tls', lane: Lane, row: number): void {
    const { tls, dns } = this.lanes
    const place = row & lane.mask
    const handshake = lane.tls[place]!
    const answer = lane.dns[place]!
    let tlsReused = false
    let dnsReused = false
    if (handshake !== -1) {
      tlsReused = (tls.flags[handshake & tls.mask]! & IS_USED) !== 0
      tls.flags[handshake & tls.mask]! |= IS_USED
    }
    if (answer !== -1) {
      dnsReused = tlsReused || (lane.flags[place]! & IS_INHERITED) !== 0 || (dns.flags[answer & dns.mask]! & IS_USED) !== 0
      dns.flags[answer & dns.mask]! |= IS_USED
    }
    if (lane.flags[place]! & IS_KEPT) this.beyond.tls++
    if ((lane.flags[place]! & IS_CACHED) !== 0 && answer === -1) this.beyond.dns++
    this.tell(kind, lane, row, tlsReused, dnsReused)
  }

  private forget(from: number): void {
    const before = from - 2 * this.reach
    this.tlsIndex.evict(before)
    this.dnsIndex.evict(before)
    const { lanes: { requests, tls, dns }, told } = this
    // a claim waits for all that stand before it in the order, however long an answer took; till then its partners are asked for
    const needed = Math.min(before, atOf(requests, told.requests) - 2 * this.reach, atOf(tls, told.tls) - 2 * this.reach)
    letGo(requests, told.requests, Infinity)
    letGo(tls, Math.min(told.tls, this.tlsIndex.firstRow), needed)
    letGo(dns, Math.min(told.dns, this.dnsIndex.firstRow, this.history.firstPending), needed)
  }

  /** Does the partner of a claim stand after it? */
  isLater(lane: Lane, place: number, partner: 'tls' | 'dns'): boolean { return (lane.flags[place]! & (partner === 'tls' ? IS_LATER_TLS : IS_LATER_DNS)) !== 0 }

  /** The score of a claim's weakest pair; NaN when it has none. */
  scoreOf(lane: Lane, place: number): number {
    const { beforeMs, afterMs } = this.rules
    const flags = lane.flags[place]!
    const later = (flags & IS_LATER_DNS) !== 0
    const tls = lane.tls[place] === -1 ? Infinity : scoreOf(lane.tlsRank[place]!, lane.tlsGap[place]!, flags & IS_LATER_TLS ? afterMs : beforeMs, lane.tlsRivals[place]!, false)
    const dns = lane.dns[place] === -1 ? Infinity : scoreOf(lane.dnsRank[place]!, lane.dnsGap[place]!, later ? afterMs : beforeMs, lane.dnsRivals[place]!, later)
    const least = Math.min(tls, dns)
    return least === Infinity ? NaN : least
  }
}

/** When a row begins, epoch ms; Infinity behind the last whose turn has come. */
const startOf = (lane: Lane, row: number): number => row < lane.merged ? lane.start[row & lane.mask]! : Infinity

/** Of rows of two lanes, by when they begin: does the first come first? */
const isBefore = (start: number, lane: Lane, otherStart: number, other: Lane): boolean => start < otherStart || (start === otherStart && start !== Infinity && lane.log < other.log)

/** Where a row stands, epoch ms; Infinity behind the last whose turn has come. */
const atOf = (lane: Lane, row: number): number => row < lane.merged ? lane.at[row & lane.mask]! : Infinity

/** Gives up rows before a row and a time. */
function letGo(lane: Lane, until: number, before: number): void {
  const { first, mask, at } = lane
  let row = first
  while (row < until && row < lane.merged && at[row & mask]! < before) row++
  lane.letGo(row)
}

