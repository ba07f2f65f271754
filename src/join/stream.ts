/** Cuts a time-ordered stream of events into slices with a halo, joins each, and hands on the claims in order. */
import type { LogEvent } from '../schema/event.js'
import { History } from './history.js'
import { explainEvent, type Candidate } from './explain.js'
import { factsOf, type Facts } from './facts.js'
import { joinSlice, type Claim, type JoinRules } from './slice.js'
import type { FileTraits } from './traits.js'


/** Events joined at once at the least; smaller slices would spend their time on the halo. */
const SLICE_EVENTS = 20_000
/** Events in the buffer above which memory matters more than how often the halo is joined again; in slices. */
const BUFFER_SLICES = 4
/** A request that lasts longer does not hold its slice open for later lines about it. */
const LONGEST_SPAN_MS = 300_000

const spanEnd = (facts: Facts): number => Math.min(Math.max(facts.at, facts.end), facts.start + LONGEST_SPAN_MS)

/** A claim of one event alone; undefined for events that claim nothing. */
export function loneClaim(facts: Facts): Claim | undefined {
  const kinds = { request: 'http.request', attempt: 'attempt', tls: 'tls.handshake', dns: 'dns' } as const
  const kind = kinds[facts.role as keyof typeof kinds]
  return kind && { kind, cluster: { lead: facts, members: [facts] }, others: [], notes: [] }
}

/** One step of the stream: the claims of a slice, and a time before which no later claim's session can begin. */
export interface Step { readonly claims: readonly Claim[], readonly settledMs: number }

/** Joins as events come in. `push` takes events in time order; `step` joins what is ready. */
export class SliceStream {
  private buffer: Facts[] = []
  private undated: Facts[] = []
  private order = 0
  private from = -Infinity
  private newest = -Infinity
  private retained = 0
  private maxTick = 0
  private readonly history: History
  /** How many requests and handshakes would have been joined to an earlier handshake, and to an earlier answer, with `--bound state`. */
  readonly beyond = { tls: 0, dns: 0 }

  constructor(private readonly rules: JoinRules, private readonly traits: (path: string) => FileTraits, private readonly sliceEvents = SLICE_EVENTS, private readonly aliases?: ReadonlyMap<string, string>) {
    this.history = new History(rules.ttlSlackMs)
  }

  /** With an event's id, its candidates are kept when its slice is joined. */
  explainId: string | undefined
  candidates: Candidate[] = []

  private explain(claims: readonly Claim[]): void {
    if (this.explainId !== undefined && this.candidates.length === 0) this.candidates = explainEvent(this.explainId, this.buffer, claims, this.rules)
  }

  push(event: LogEvent): void { this.add(factsOf(event, 0, this.traits(event.log.file.path), this.aliases)) }

  /** The same for an event of which only its facts are at hand. Numbers them. */
  add(facts: Facts): void {
    facts.order = this.order++
    if (facts.role === 'other') return
    if (!facts.isDated) {
      this.undated.push(facts)
      return
    }
    this.history.see(facts)
    this.buffer.push(facts)
    this.newest = facts.start
    if (facts.tick > this.maxTick) this.maxTick = facts.tick
  }

  get isReady(): boolean {
    // an answer or a connection may be claimed as long as it lives, so with a state bound nothing is settled before the end
    if (this.rules.bound === 'state') return false
    const span = this.newest - this.from
    if (this.buffer.length - this.retained < this.sliceEvents || span <= 2 * this.halo) return false
    // two halos are joined again with every slice: with a slice of one halo all is joined three times, of three halos less than twice
    return span > 4 * this.halo || this.buffer.length >= BUFFER_SLICES * this.sliceEvents
  }

  /** Joins what no later event can change. */
  step(): Step {
    const horizon = this.newest - this.halo
    let to = horizon
    for (const facts of this.buffer) {
      const start = facts.start
      if (start >= to) break
      if (start >= this.from && spanEnd(facts) >= horizon) { to = start; break }
    }
    if (to <= this.from) {
      this.retained = this.buffer.length // one long request holds everything back: wait for more
      return { claims: [], settledMs: this.buffer[0]?.start ?? this.newest }
    }
    const claims = joinSlice(this.buffer, this.from, to, this.rules)
    this.count(claims)
    this.explain(claims)
    this.from = to
    this.forget(to - this.halo)
    return { claims, settledMs: this.buffer[0]?.start ?? this.newest }
  }

  private count(claims: readonly Claim[]): void {
    if (this.rules.bound === 'state') return
    for (const claim of claims) {
      if (claim.isKept) this.beyond.tls++
      if (claim.isCached && !claim.dns) this.beyond.dns++
    }
  }

  /** True when something stands in the buffer that no step has joined yet. */
  get hasPending(): boolean { return this.buffer.some(facts => facts.start >= this.from) }

  /** Joins all there is now, without waiting for later events; for live input whose sources have fallen silent. */
  flush(): Step {
    const to = this.newest + 0.0005 // past the newest stamp: the grid is 0.001 ms
    const claims = joinSlice(this.buffer, this.from, to, this.rules)
    this.from = Math.max(this.from, to)
    this.forget(this.from - this.halo)
    return { claims, settledMs: Infinity }
  }

  private forget(oldest: number): void {
    this.buffer = this.buffer.filter(facts => spanEnd(facts) >= oldest)
    this.retained = this.buffer.length
  }

  /** Joins the rest. Undated attempts, requests and handshakes come last, each alone. */
  end(): Step {
    const claims = joinSlice(this.buffer, this.from, Infinity, this.rules)
    this.count(claims)
    this.explain(claims)
    for (const facts of this.undated) {
      const claim = loneClaim(facts)
      if (claim) claims.push(claim)
    }
    return { claims, settledMs: Infinity }
  }

  /** What a claim may depend on: a partner's partner's rival, and the ticks of the clocks. */
  private get halo(): number {
    return 3 * Math.max(this.rules.beforeMs, this.rules.afterMs) + 3 * Math.min(this.maxTick, 60_000) + 2000
  }
}

/** Sorts sessions into their final order as steps settle: by ts_ms, then id. */
export class SessionOrder<T extends { ts_ms?: number | undefined, id: string }> {
  private waiting: T[] = []
  add(sessions: Iterable<T>): void { for (const session of sessions) this.waiting.push(session) }

  /** Sessions that begin before `settledMs`, in order. */
  take(settledMs: number): T[] {
    this.waiting.sort((a, b) => (a.ts_ms ?? Infinity) - (b.ts_ms ?? Infinity) || (a.id < b.id ? -1 : 1))
    const ready = settledMs === Infinity ? this.waiting.length : this.waiting.findIndex(session => (session.ts_ms ?? Infinity) >= settledMs)
    return this.waiting.splice(0, ready === -1 ? this.waiting.length : ready)
  }
}
