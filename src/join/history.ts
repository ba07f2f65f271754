/**
 * What happened before: until when the answers of a name may be in use, and which connections a handshake has opened. It joins nothing in
 * the window; it tells that a handshake was served from a cache, so that a query made after it (a re-resolution) is not taken for its
 * cause, and how many more `--bound state` would join.
 */
import type { Facts } from './facts.js'
import { lifeMs } from './life.js'

/** Entries of a generation; when it is full the one before it is forgotten, so that memory stays the same however long the input is. */
const GENERATION = 1 << 19
const SMALLEST = 1 << 12
/** Answers kept waiting before they are looked through although nobody asks. */
const MOST_PENDING = 4096

/** Texts of a key one after the other; two 32-bit sums, of which 53 bits are kept. Odds that any two of a million keys share one: 1 in 18,000. */
class KeySum {
  private a = 0
  private b = 0
  start(kind: number): this {
    this.a = 0x811c9dc5 ^ kind
    this.b = 0x9747b28c ^ kind
    return this
  }
  text(text: string): this {
    let { a, b } = this
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      a = Math.imul(a ^ code, 0x01000193)
      b = Math.imul(b ^ code, 0x5bd1e995)
      b ^= b >>> 15
    }
    this.a = Math.imul(a ^ 0x1ff, 0x01000193)
    this.b = b ^ 0x1ff
    return this
  }
  /** Never 0, which marks a free slot. */
  get key(): number { return (this.a >>> 0) * 0x200000 + ((this.b >>> 11) | 1) }
}

/** Numbers under keys, by open addressing; grows up to a generation. */
class Table {
  private keys = new Float64Array(SMALLEST * 2)
  private values = new Float64Array(SMALLEST * 2)
  count = 0

  private slotOf(key: number): number {
    const mask = this.keys.length - 1
    let slot = Math.floor(key / 0x200000) & mask
    while (this.keys[slot] !== 0 && this.keys[slot] !== key) slot = (slot + 1) & mask
    return slot
  }

  get(key: number): number | undefined {
    const slot = this.slotOf(key)
    return this.keys[slot] === 0 ? undefined : this.values[slot]
  }

  raise(key: number, value: number): void {
    if (this.count * 2 >= this.keys.length) this.grow()
    const slot = this.slotOf(key)
    if (this.keys[slot] === 0) {
      this.keys[slot] = key
      this.values[slot] = value
      this.count++
    } else if (value > this.values[slot]!) this.values[slot] = value
  }

  private grow(): void {
    const { keys, values } = this
    this.keys = new Float64Array(keys.length * 2)
    this.values = new Float64Array(keys.length * 2)
    this.count = 0
    for (let i = 0; i < keys.length; i++) if (keys[i] !== 0) this.raise(keys[i]!, values[i]!)
  }
}

/** A table that forgets what is oldest. */
class Recent {
  private now = new Table()
  private before = new Table()

  raise(key: number, value: number): void {
    if (this.now.count >= GENERATION) {
      this.before = this.now
      this.now = new Table()
    }
    this.now.raise(key, value)
  }

  get(key: number): number | undefined {
    const [now, before] = [this.now.get(key), this.before.get(key)]
    return now === undefined || (before !== undefined && before > now) ? before : now
  }
}

const [BY_CLIENT, UNKNOWN_CLIENT, ANY_CLIENT, CONNECTION] = [1, 2, 3, 4]
/** What a connection is known by. */
const [BY_REQUEST, BY_HANDSHAKE] = [1, 2]
const FAMILIES: Readonly<Record<number, readonly number[]>> = { 0: [4, 6, 0], 4: [4, 0], 6: [6, 0] }

/** Looks at every event once, in time order, and marks the facts of those that came after an answer or a handshake that may still count. */
export class History {
  private readonly answers = new Recent()
  private readonly connections = new Recent()
  private readonly sum = new KeySum()
  /** Answers that are not there yet: their question stands before the moment the sweep has reached, they after it. */
  private readonly pending: Facts[] = []

  constructor(private readonly slackMs: number) {}

  /** Takes the next event in time order. */
  see(facts: Facts): void {
    if (facts.leg === 'origin') return
    if (facts.role === 'dns') {
      if (!facts.isCause || !facts.leadsSomewhere) return
      this.pending.push(facts)
      if (this.pending.length >= MOST_PENDING) this.settle(facts.start) // nobody who comes later stands before this
      return
    }
    if (this.pending.length > 0) this.settle(facts.at)
    facts.isCached = this.covers(facts)
    if (facts.client === undefined || facts.clientPort === undefined) return
    const isHandshake = facts.role === 'tls'
    const key = this.sum.start(CONNECTION + facts.clientPort * 8).text(facts.client).key
    const before = this.connections.get(key)
    facts.isKept = before === BY_HANDSHAKE
    facts.isFollowing = before !== undefined && !isHandshake
    // a refused handshake opened nothing, and that a connection was made says nothing of an earlier request on it
    if (isHandshake ? facts.isCause : facts.role === 'request' || facts.role === 'attempt') this.connections.raise(key, isHandshake ? BY_HANDSHAKE : BY_REQUEST)
  }

  private settle(at: number): void {
    const { pending } = this
    let kept = 0
    for (let i = 0; i < pending.length; i++) {
      const facts = pending[i]!
      if (facts.at <= at) this.add(facts)
      else pending[kept++] = facts
    }
    pending.length = kept
  }

  private add(facts: Facts): void {
    const until = facts.at + lifeMs(facts, this.slackMs)
    for (const name of facts.names) {
      this.answers.raise(this.sum.start(ANY_CLIENT + facts.family * 8).text(name).key, until)
      if (facts.client === undefined) this.answers.raise(this.sum.start(UNKNOWN_CLIENT + facts.family * 8).text(name).key, until)
      else this.answers.raise(this.sum.start(BY_CLIENT + facts.family * 8).text(facts.client).text(name).key, until)
    }
  }

  /** Is there an earlier answer that this event may have been served from? */
  private covers(seeker: Facts): boolean {
    const [name] = seeker.names
    if (name === undefined) return false
    for (const family of FAMILIES[seeker.family]!) {
      const kind = family * 8
      if (seeker.client === undefined) {
        if (this.isAlive(this.sum.start(ANY_CLIENT + kind).text(name).key, seeker.at)) return true
      } else if (this.isAlive(this.sum.start(BY_CLIENT + kind).text(seeker.client).text(name).key, seeker.at) || this.isAlive(this.sum.start(UNKNOWN_CLIENT + kind).text(name).key, seeker.at)) return true
    }
    return false
  }

  private isAlive(key: number, at: number): boolean {
    const until = this.answers.get(key)
    return until !== undefined && until >= at
  }
}
