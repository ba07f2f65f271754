/** What happened before, row by row: the same as `src/join/history.ts`, with numbers for texts. */
import { LONGEST_LIFE_MS } from '../join/life.js'
import type { Sorts } from './dictionary.js'
import { IS_CACHED, IS_FOLLOWING, IS_KEPT, type Lane } from './lane.js'
import { RecentPairs } from './pair-table.js'

const MOST_PENDING = 4096
/** As in `src/join/life.ts`. */
const ASSUMED_TTL_S = 600

const [BY_CLIENT, UNKNOWN_CLIENT, ANY_CLIENT] = [1, 2, 3]
const [BY_REQUEST, BY_HANDSHAKE] = [1, 2]

/** A name and what is asked of it; never 0, and below 2^31 for as many names as are numbered. */
const nameKey = (name: number, family: number, kind: number): number => name * 32 + family * 4 + kind

/** Takes rows in the order of the join, and flags those that came after an answer or a handshake that may still count. */
export class RowHistory {
  private readonly answers = new RecentPairs()
  private readonly connections = new RecentPairs()
  /** Rows of answers that are not there yet, and their TTLs. */
  private readonly pending: number[] = []
  private readonly pendingTtls: number[] = []
  /** When the first of them is there, epoch ms. */
  private settlesAt = Infinity
  /** Whether answers of an unknown client, and of an unknown family, were seen at all. */
  private hasUnknownClients = false
  private hasUnknownFamilies = false

  constructor(private readonly dns: Lane, private readonly sorts: Sorts, private readonly slackMs: number) {}

  /** The first row of the answers that are still asked for; Infinity when there is none. They came in the order of their rows. */
  get firstPending(): number { return this.pending[0] ?? Infinity }

  /** An answer that may have been used: a question for an address that led somewhere. `ttl` in s, -1 = unknown. */
  answer(row: number, ttl: number): void {
    this.pending.push(row)
    this.pendingTtls.push(ttl)
    this.settlesAt = Math.min(this.settlesAt, this.dns.at[row & this.dns.mask]!)
    if (this.pending.length >= MOST_PENDING) this.settle(this.dns.start[row & this.dns.mask]!)
  }

  /** A request or a handshake; `isCause` as of its facts. */
  see(lane: Lane, place: number, family: 0 | 4 | 6, isHandshake: boolean, isCause: boolean): void {
    if (this.settlesAt <= lane.at[place]!) this.settle(lane.at[place]!)
    if (this.covers(lane, place, family)) lane.flags[place]! |= IS_CACHED
    const client = lane.client[place]!
    const port = lane.port[place]!
    if (client === -1 || port === -1) return
    const before = isHandshake && !isCause ? this.connections.get(client + 1, port) : this.connections.raise(client + 1, port, isHandshake ? BY_HANDSHAKE : BY_REQUEST)
    if (before === BY_HANDSHAKE) lane.flags[place]! |= IS_KEPT
    if (before !== -Infinity && !isHandshake) lane.flags[place]! |= IS_FOLLOWING
  }

  private settle(at: number): void {
    const { pending, pendingTtls, dns } = this
    let kept = 0
    this.settlesAt = Infinity
    for (let i = 0; i < pending.length; i++) {
      const row = pending[i]!
      const answeredAt = dns.at[row & dns.mask]!
      if (answeredAt <= at) this.add(row, pendingTtls[i]!)
      else {
        this.settlesAt = Math.min(this.settlesAt, answeredAt)
        pending[kept] = row
        pendingTtls[kept++] = pendingTtls[i]!
      }
    }
    pending.length = kept
    pendingTtls.length = kept
  }

  private add(row: number, ttl: number): void {
    const { dns, answers } = this
    const place = row & dns.mask
    const until = dns.at[place]! + Math.min(LONGEST_LIFE_MS, (ttl === -1 ? ASSUMED_TTL_S : ttl) * 1000 + this.slackMs)
    const { family } = this.sorts.list[dns.sort[place]!]!
    const client = dns.client[place]!
    const names = dns.names(row)
    if (client === -1) this.hasUnknownClients = true
    if (family === 0) this.hasUnknownFamilies = true
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!
      answers.raise(nameKey(name, family, ANY_CLIENT), 0, until)
      if (client === -1) answers.raise(nameKey(name, family, UNKNOWN_CLIENT), 0, until)
      else answers.raise(nameKey(name, family, BY_CLIENT), client + 1, until)
    }
  }

  private covers(lane: Lane, place: number, family: 0 | 4 | 6): boolean {
    const name = lane.name[place]!
    if (name === -1) return false
    const isOfAny = family === 0 ? this.coversFamily(lane, place, 4) || this.coversFamily(lane, place, 6) : this.coversFamily(lane, place, family)
    return isOfAny || (this.hasUnknownFamilies && this.coversFamily(lane, place, 0))
  }

  private coversFamily(lane: Lane, place: number, family: number): boolean {
    const { answers } = this
    const name = lane.name[place]!
    const client = lane.client[place]!
    const at = lane.at[place]!
    if (client === -1) return answers.get(nameKey(name, family, ANY_CLIENT), 0) >= at
    return answers.get(nameKey(name, family, BY_CLIENT), client + 1) >= at || (this.hasUnknownClients && answers.get(nameKey(name, family, UNKNOWN_CLIENT), 0) >= at)
  }
}
