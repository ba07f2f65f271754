/** Counts, per input, what was joined and what was not; and says why when nothing was. */
import { toRfc3339 } from '../read/time.js'
import type { EventType, LogEvent } from '../schema/event.js'
import type { Facts } from './facts.js'
import { foundOf, type Claim } from './claim.js'
import { requestsOf } from './session.js'

/** Names kept per input for the diagnosis. */
const NAMES_KEPT = 20_000

/** What was seen of a kind of event in one file. */
export interface SeenRows { readonly path: string, readonly seen: Seen }

interface Seen { kind: string, events: number, matched: number, first: number, last: number, names: Set<string>, clients: Set<string> }

const kindOf = (type: EventType): string => type === 'dns.query' || type === 'dns.response' ? 'dns' : type

/** Kinds that take part in the join. */
const JOINED = new Set(['http.request', 'tls.handshake', 'dns', 'go.module', 'net.connect'])

/** What the join came to. */
export interface JoinSummary {
  readonly window_ms: { readonly before: number, readonly after: number }
  readonly sessions: number
  /** Sessions with more than one kind of event. */
  readonly joined: number
  readonly sources: readonly SourceCount[]
  /** Pairs that `--bound state` would have found and the window did not. */
  readonly beyond_window?: { readonly tls: number, readonly dns: number }
  readonly late: number
  /** Events that might still have been found and were dropped for want of room (`--max-state`). */
  readonly evicted: number
}

/** How many events of one input and kind were joined. */
export interface SourceCount { readonly path: string, readonly kind: string, readonly events: number, readonly matched: number, readonly unmatched: number }

/** The account of one join. */
export class JoinAccount {
  private readonly seen = new Map<string, Seen>()
  /** The same by path and kind, so that no key has to be put together per event. */
  private readonly byPath = new Map<string, Map<string, Seen>>()
  private readonly pairs = new Map<string, Set<string>>()
  /** Of the claim that is being counted: its kinds, how many events it has, and those seen already. */
  private readonly kinds: string[] = []
  private members = 0
  private counted: Set<Facts> | undefined
  sessions = 0
  joined = 0

  event(event: LogEvent): void { this.see(event.type, event.log.file.path, event.ts_ms, event.hostname, event.client?.ip) }

  /** The same for an event of which only its facts are at hand. */
  facts(facts: Facts): void { this.see(facts.type, facts.path, facts.isDated ? facts.start : undefined, facts.names[0], facts.address) }

  /**
   * The same for rows of one file and type. Names and clients are only asked for where they are kept.
   * @param starts when they begin, epoch ms.
   */
  rows(type: EventType, path: string, rows: number, starts: Float64Array, nameAt: (row: number) => string | undefined, clientAt: (row: number) => string | undefined): void {
    const kind = kindOf(type)
    const seen = this.seenOf(path, kind) ?? this.begin(path, kind)
    let { first, last } = seen
    for (let row = 0; row < rows; row++) {
      const at = starts[row]!
      if (at < first) first = at
      if (at > last) last = at
    }
    seen.first = first
    seen.last = last
    const before = seen.events
    seen.events += rows
    for (let row = 0; row < rows; row++) {
      const number = before + row + 1
      if (number > NAMES_KEPT && (number & 15) !== 0) continue
      const name = nameAt(row)
      const client = clientAt(row)
      if (name !== undefined && seen.names.size < NAMES_KEPT) seen.names.add(name)
      if (client !== undefined && seen.clients.size < NAMES_KEPT) seen.clients.add(client)
    }
  }

  private see(type: EventType, path: string, at: number | undefined, name: string | undefined, client: string | undefined): void {
    const kind = kindOf(type)
    if (!JOINED.has(kind)) return
    const seen = this.seenOf(path, kind) ?? this.begin(path, kind)
    seen.events++
    if (at !== undefined) {
      if (at < seen.first) seen.first = at
      if (at > seen.last) seen.last = at
    }
    // of a large log a sample will do: a text just read has to be hashed to be looked up
    if (seen.events > NAMES_KEPT && (seen.events & 15) !== 0) return
    if (name !== undefined && seen.names.size < NAMES_KEPT) seen.names.add(name)
    if (client !== undefined && seen.clients.size < NAMES_KEPT) seen.clients.add(client)
  }

  /** Counts a session; an event that serves several sessions counts as matched once. Gives how many kinds of events it has: one alone means that nothing was joined. */
  claim(claim: Claim): number {
    this.kinds.length = 0
    this.members = 0
    // an event may stand in a session twice only where every partner was wanted
    this.counted = claim.others.length > 0 ? new Set() : undefined
    this.look(claim.cluster.members)
    this.look(claim.notes)
    for (const found of foundOf(claim)) this.look(found.cluster.members)
    for (const found of claim.others) this.look(found.cluster.members)
    const { kinds } = this
    this.sessions++
    if (kinds.length > 1 || requestsOf(claim.cluster).length > 1) this.joined++
    if (this.members < 2) return kinds.length
    this.counted?.clear()
    this.match(claim.cluster.members, false)
    this.match(claim.notes, false)
    for (const found of foundOf(claim)) this.match(found.cluster.members, found.reused)
    for (const found of claim.others) this.match(found.cluster.members, found.reused)
    if (kinds.length > 1) for (const a of kinds) for (const b of kinds) if (a < b && !this.pairs.get(a)?.has(b)) this.pairs.set(a, (this.pairs.get(a) ?? new Set()).add(b))
    return kinds.length
  }

  /** What was seen, to be handed to another account. */
  get seenRows(): SeenRows[] { return [...this.byPath].flatMap(([path, kinds]) => [...kinds.values()].map(seen => ({ path, seen }))) }

  /** Takes over what another account has seen, of files that this one has not. */
  take(rows: readonly SeenRows[]): void {
    for (const { path, seen } of rows) {
      this.seen.set(`${path} ${seen.kind}`, seen)
      this.byPath.set(path, (this.byPath.get(path) ?? new Map<string, Seen>()).set(seen.kind, seen))
    }
  }

  /** Adds what was counted elsewhere; `pairs` are kinds of events that were joined with each other. */
  add(counts: { readonly sessions: number, readonly joined: number, readonly pairs: readonly (readonly [string, string])[], readonly matched: readonly { readonly path: string, readonly kind: string, readonly events: number }[] }): void {
    this.sessions += counts.sessions
    this.joined += counts.joined
    for (const [a, b] of counts.pairs) this.pairs.set(a, (this.pairs.get(a) ?? new Set()).add(b))
    for (const { path, kind, events } of counts.matched) {
      const seen = this.seenOf(path, kind)
      if (seen) seen.matched += events
    }
  }

  private isNew(facts: Facts): boolean {
    if (this.counted?.has(facts)) return false
    this.counted?.add(facts)
    return true
  }

  private look(members: readonly Facts[]): void {
    for (const facts of members) {
      if (!this.isNew(facts)) continue
      this.members++
      const kind = kindOf(facts.type)
      if (!this.kinds.includes(kind)) this.kinds.push(kind)
    }
  }

  private match(members: readonly Facts[], isReused: boolean): void {
    for (const facts of members) {
      if (!this.isNew(facts) || isReused) continue
      const seen = this.seenOf(facts.path, kindOf(facts.type))
      if (seen) seen.matched++
    }
  }

  private seenOf(path: string, kind: string): Seen | undefined { return this.byPath.get(path)?.get(kind) }

  private begin(path: string, kind: string): Seen {
    const seen: Seen = { kind, events: 0, matched: 0, first: Infinity, last: -Infinity, names: new Set(), clients: new Set() }
    this.seen.set(`${path} ${kind}`, seen)
    const kinds = this.byPath.get(path)
    if (kinds) kinds.set(kind, seen)
    else this.byPath.set(path, new Map([[kind, seen]]))
    return seen
  }

  sources(): SourceCount[] {
    return [...this.seen].map(([key, seen]) => ({ path: key.slice(0, -seen.kind.length - 1), kind: seen.kind, events: seen.events, matched: Math.min(seen.matched, seen.events), unmatched: Math.max(0, seen.events - seen.matched) }))
      .sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : a.kind < b.kind ? -1 : 1)
  }

  /** The join's part of a run's summary. `beyond` is what `--bound state` would have found. */
  summary(window: { readonly beforeMs: number, readonly afterMs: number }, beyond: { readonly tls: number, readonly dns: number }, late: number, evicted = 0): JoinSummary {
    return {
      window_ms: { before: window.beforeMs, after: window.afterMs },
      sessions: this.sessions,
      joined: this.joined,
      sources: this.sources(),
      ...(beyond.tls + beyond.dns > 0 ? { beyond_window: beyond } : {}),
      late,
      evicted,
    }
  }

  /** For each pair of inputs of kinds that never met: how their times and names overlap. */
  diagnosis(windowMs: number): string[] {
    const sides = [...this.seen].sort(([a], [b]) => a < b ? -1 : 1).map(([key, seen]) => ({ path: key.slice(0, -seen.kind.length - 1), ...seen }))
    const notes: string[] = []
    for (const a of sides) for (const b of sides) {
      if (a.kind >= b.kind || this.pairs.get(a.kind)?.has(b.kind) || a.kind === 'go.module' && b.kind === 'net.connect') continue
      notes.push(`nothing joins ${a.path} with ${b.path}: ${overlap(a, b, windowMs)}`)
    }
    return notes.slice(0, 12)
  }
}

type SeenSide = Seen & { path: string }

function overlap(a: SeenSide, b: SeenSide, windowMs: number): string {
  if (a.first === Infinity || b.first === Infinity) return `${a.first === Infinity ? a.path : b.path} carries no times`
  const [early, late] = a.last < b.first ? [a, b] : [b, a]
  if (early.last + windowMs < late.first) return `${early.path} ends ${apart(late.first - early.last)} before ${late.path} begins (${toRfc3339(early.last)} and ${toRfc3339(late.first)}); a clock or a zone may be wrong (--skew, --tz)`
  const common = [...a.names].filter(name => b.names.has(name))
  if (a.names.size > 0 && b.names.size > 0 && common.length === 0) return `no name in common; ${tail(a)}, ${tail(b)}`
  const clients = [...a.clients].filter(client => b.clients.has(client))
  if (common.length > 0 && a.clients.size > 0 && b.clients.size > 0 && clients.length === 0) return `${common.length} names in common but no client address; one of them may log forwarders`
  if (a.names.size === 0 && b.names.size === 0) return 'neither tells a name'
  return `their times overlap and ${common.length} names are in common, but never within the window of ${windowMs / 1000} s; caches and kept connections are found by --bound state, an offset of clocks by --skew auto`
}

function apart(ms: number): string {
  const seconds = ms / 1000
  return seconds < 120 ? `${seconds.toFixed(1)} s` : seconds < 7200 ? `${(seconds / 60).toFixed(0)} min` : seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(0)} days`
}

/** What the names of an input end in. */
function tail(side: SeenSide): string {
  const counts = new Map<string, number>()
  for (const name of side.names) {
    const end = name.split('.').slice(-2).join('.')
    counts.set(end, (counts.get(end) ?? 0) + 1)
  }
  const [most] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  return most ? `names of ${side.path} end in .${most[0]}` : `${side.path} tells no name`
}
