/** What happened before, row by row: the same as `src/join/history.ts`, with numbers for texts. */
import { LONGEST_LIFE_MS } from '../join/life.js'
import type { Sorts } from './dictionary.js'
import { IS_CACHED, IS_FOLLOWING, IS_KEPT, type Lane } from './lane.js'

/** As many as there; what is forgotten must be the same. */
const GENERATION = 1 << 19
const SMALLEST = 1 << 13
const MOST_PENDING = 4096
/** As in `src/join/life.ts`. */
const ASSUMED_TTL_S = 600

/** The latest of the values under two numbers. */
class PairTable {
  private keys: Int32Array
  private values: Float64Array
  count = 0

  /** @param size slots at first. */
  constructor(size = SMALLEST) {
    this.keys = new Int32Array(size * 2)
    this.values = new Float64Array(size)
  }

  get size(): number { return this.values.length }

  private slotOf(a: number, b: number): number {
    const mask = this.values.length - 1
    let hash = Math.imul(a ^ (b >>> 7), 0x2c1b3c6d) ^ Math.imul(b, 0x297a2d39)
    hash ^= hash >>> 15
    let slot = hash & mask
    // a is never 0
    while (this.keys[2 * slot] !== 0 && (this.keys[2 * slot] !== a || this.keys[2 * slot + 1] !== b)) slot = (slot + 1) & mask
    return slot
  }

  /** -Infinity: none. */
  get(a: number, b: number): number {
    const slot = this.slotOf(a, b)
    return this.keys[2 * slot] === 0 ? -Infinity : this.values[slot]!
  }

  raise(a: number, b: number, value: number): void {
    if (this.count * 2 >= this.values.length) this.grow()
    const slot = this.slotOf(a, b)
    if (this.keys[2 * slot] === 0) {
      this.keys[2 * slot] = a
      this.keys[2 * slot + 1] = b
      this.values[slot] = value
      this.count++
    } else if (value > this.values[slot]!) this.values[slot] = value
  }

  private grow(): void {
    const { keys, values } = this
    this.keys = new Int32Array(keys.length * 2)
    this.values = new Float64Array(values.length * 2)
    this.count = 0
    for (let slot = 0; slot < values.length; slot++) if (keys[2 * slot] !== 0) this.raise(keys[2 * slot]!, keys[2 * slot + 1]!, values[slot]!)
  }
}

class Recent {
  private now = new PairTable()
  private before: PairTable | undefined
  raise(a: number, b: number, value: number): void {
    if (this.now.count >= GENERATION) {
      this.before = this.now
      this.now = new PairTable(this.now.size) // it will grow as large
    }
    this.now.raise(a, b, value)
  }
  get(a: number, b: number): number {
    const now = this.now.get(a, b)
    return this.before === undefined ? now : Math.max(now, this.before.get(a, b))
  }
}

const [BY_CLIENT, UNKNOWN_CLIENT, ANY_CLIENT] = [1, 2, 3]
const [BY_REQUEST, BY_HANDSHAKE] = [1, 2]

/** A name and what is asked of it; never 0. */
const nameKey = (name: number, family: number, kind: number): number => (name * 32 + family * 4 + kind) | 0

/** Takes rows in the order of the join, and flags those that came after an answer or a handshake that may still count. */
export class RowHistory {
  private readonly answers = new Recent()
  private readonly connections = new Recent()
  /** Rows of answers that are not there yet, and their TTLs. */
  private readonly pending: number[] = []
  private readonly pendingTtls: number[] = []

  constructor(private readonly dns: Lane, private readonly sorts: Sorts, private readonly slackMs: number) {}

  /** The first row of the answers that are still asked for; Infinity when there is none. They came in the order of their rows. */
  get firstPending(): number { return this.pending[0] ?? Infinity }

  /** An answer that may have been used: a question for an address that led somewhere. `ttl` in s, -1 = unknown. */
  answer(row: number, ttl: number): void {
    this.pending.push(row)
    this.pendingTtls.push(ttl)
    if (this.pending.length >= MOST_PENDING) this.settle(this.dns.start[row & this.dns.mask]!)
  }

  /** A request or a handshake; `isCause` as of its facts. */
  see(lane: Lane, place: number, family: 0 | 4 | 6, isHandshake: boolean, isCause: boolean): void {
    if (this.pending.length > 0) this.settle(lane.at[place]!)
    if (this.covers(lane, place, family)) lane.flags[place]! |= IS_CACHED
    const client = lane.client[place]!
    const port = lane.port[place]!
    if (client === -1 || port === -1) return
    const before = this.connections.get(client + 1, port)
    if (before === BY_HANDSHAKE) lane.flags[place]! |= IS_KEPT
    if (before !== -Infinity && !isHandshake) lane.flags[place]! |= IS_FOLLOWING
    if (isHandshake ? isCause : true) this.connections.raise(client + 1, port, isHandshake ? BY_HANDSHAKE : BY_REQUEST)
  }

  private settle(at: number): void {
    const { pending, pendingTtls, dns } = this
    let kept = 0
    for (let i = 0; i < pending.length; i++) {
      const row = pending[i]!
      if (dns.at[row & dns.mask]! <= at) this.add(row, pendingTtls[i]!)
      else {
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
    if (family === 0) return this.coversFamily(lane, place, 4) || this.coversFamily(lane, place, 6) || this.coversFamily(lane, place, 0)
    return this.coversFamily(lane, place, family) || this.coversFamily(lane, place, 0)
  }

  private coversFamily(lane: Lane, place: number, family: number): boolean {
    const { answers } = this
    const name = lane.name[place]!
    const client = lane.client[place]!
    const at = lane.at[place]!
    if (client === -1) return answers.get(nameKey(name, family, ANY_CLIENT), 0) >= at
    return answers.get(nameKey(name, family, BY_CLIENT), client + 1) >= at || answers.get(nameKey(name, family, UNKNOWN_CLIENT), 0) >= at
  }
}
