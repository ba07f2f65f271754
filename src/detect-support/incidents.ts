/**
 * Incidents: what goes wrong for one subject, again and again, is one thing. It opens with the first failure and closes when the
 * subject is healthy again for a while; and it keeps a few lines that prove it from every log, not all of them.
 */
import { MAX_EVIDENCE, type Proof } from '../detectors/detector.js'
import type { Member } from '../schema/session.js'

/** Counts per word, bounded: beyond `capacity` words the rarest are put together. */
export class Tally {
  private counts = new Map<string, number>()
  /** Everything counted, also what was put together. */
  total = 0

  constructor(private readonly capacity = 256) {}

  add(word: string | undefined, amount = 1): void {
    if (word === undefined) return
    this.total += amount
    this.counts.set(word, (this.counts.get(word) ?? 0) + amount)
    if (this.counts.size > this.capacity) this.counts = new Map(this.top().slice(0, this.capacity >> 1))
  }

  count(word: string): number { return this.counts.get(word) ?? 0 }

  get size(): number { return this.counts.size }

  /** [word, count], most frequent first, ties by word. */
  top(limit = this.counts.size): [string, number][] {
    return [...this.counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, limit)
  }

  /** The words, in alphabetical order. */
  words(limit = 64): string[] { return this.top(limit).map(([word]) => word).sort() }
}

interface Ranked extends Proof { readonly weight: number }

const byWeight = (a: Ranked, b: Ranked): number =>
  b.weight - a.weight || (a.event.ts_ms ?? Infinity) - (b.event.ts_ms ?? Infinity) || (a.event.log.file.path < b.event.log.file.path ? -1 : a.event.log.file.path > b.event.log.file.path ? 1 : a.event.log.line - b.event.log.line)

/** The few lines that prove a finding best, with one at least from every log that takes part. Bounded. */
export class Evidence {
  private readonly byFile = new Map<string, Ranked[]>()

  constructor(private readonly perFile = 6) {}

  /** @param weight how telling it is; ties go to the earlier line. */
  add(proof: Proof, weight = 0): void {
    const path = proof.event.log.file.path
    let list = this.byFile.get(path)
    if (!list) this.byFile.set(path, list = [])
    if (list.length >= this.perFile && byWeight({ ...proof, weight }, list.at(-1)!) >= 0) return
    if (list.some(one => one.event.id === proof.event.id)) return
    list.push({ ...proof, weight })
    list.sort(byWeight)
    if (list.length > this.perFile) list.pop()
  }

  addAll(proofs: readonly Proof[], weight = 0): void { for (const proof of proofs) this.add(proof, weight) }

  /** Best line of every log first, then the next best of all, up to `limit`. */
  pick(limit = MAX_EVIDENCE): Proof[] {
    const lists = [...this.byFile.values()]
    const first = lists.map(list => list[0]!).sort(byWeight)
    const rest = lists.flatMap(list => list.slice(1)).sort(byWeight)
    return [...first, ...rest].slice(0, limit).map(({ event, note }) => ({ event, note }))
  }
}

/** A session's line as a proof. */
export function proofOf(member: Member, note: string): Proof {
  return { event: { id: member.event_id, log: { file: { path: member.file }, line: member.line }, ...(member.ts_ms === undefined ? {} : { ts_ms: member.ts_ms }) }, note }
}

/** Every line of a session as proofs; `noteOf` says what a line shows, or undefined to leave it out. */
export function proofsOf(session: { readonly members: readonly Member[] }, noteOf: (member: Member) => string | undefined): Proof[] {
  return session.members.flatMap(member => {
    const note = noteOf(member)
    return note === undefined ? [] : [proofOf(member, note)]
  })
}

/** When an incident is over. */
export interface IncidentRules {
  /** Without a failure for so long, and healthy in between, it is over; ms. */
  readonly gapMs: number
  /** Without a failure for so long it is over even if nothing healthy was seen; ms. Default 10 × `gapMs`. */
  readonly quietMs?: number
  /** Healthy requests that make a recovery; default 1. */
  readonly recoveries?: number
  /** So many healthy requests in a row end it whatever the time: what fails now and then is no one thing. Default: never. */
  readonly healed?: number
  /** Incidents kept; beyond it the smallest are dropped (`IncidentBook.dropped`). Default 10 000. */
  readonly capacity?: number
}

/** One incident of one subject. */
export interface Incident<State> {
  readonly key: string
  /** First failure's start and last failure's end, epoch ms; absent where none is dated. */
  firstMs?: number
  lastMs?: number
  count: number
  readonly state: State
}

interface Open<State> { incident: Incident<State>, recoveries: number }

/**
 * Incidents per subject. Show failures and healthy requests of a key in time order; `all()` gives the incidents.
 * `State` is what the detector keeps per incident (tallies, evidence), made by `make`.
 */
export class IncidentBook<State> {
  private readonly open = new Map<string, Open<State>>()
  private closed: Incident<State>[] = []
  /** Incidents dropped for want of room. */
  dropped = 0

  constructor(private readonly rules: IncidentRules, private readonly make: (key: string) => State) {}

  /** A failure of `key`: opens an incident or adds to the open one, which is returned for its state to be filled. */
  fail(key: string, startMs: number | undefined, endMs: number | undefined = startMs): Incident<State> {
    const known = this.open.get(key)
    if (known && !this.isOver(known, startMs)) return this.extend(known, startMs, endMs)
    if (known) this.closed.push(known.incident)
    const fresh: Open<State> = { incident: { key, count: 0, state: this.make(key) }, recoveries: 0 }
    this.open.set(key, fresh)
    if (this.open.size + this.closed.length > (this.rules.capacity ?? 10_000)) this.shrink(key)
    return this.extend(fresh, startMs, endMs)
  }

  /** `key` was healthy. */
  recover(key: string): void {
    const known = this.open.get(key)
    if (known) known.recoveries++
  }

  /** The open incident of `key`, if it has one. */
  current(key: string): Incident<State> | undefined { return this.open.get(key)?.incident }

  /** All incidents, by first time, then key. */
  all(): Incident<State>[] {
    return [...this.closed, ...[...this.open.values()].map(({ incident }) => incident)]
      .sort((a, b) => (a.firstMs ?? Infinity) - (b.firstMs ?? Infinity) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  }

  private isOver({ incident, recoveries }: Open<State>, startMs: number | undefined): boolean {
    if (recoveries >= (this.rules.healed ?? Infinity)) return true
    if (startMs === undefined || incident.lastMs === undefined) return false
    const gap = startMs - incident.lastMs
    return gap > (this.rules.quietMs ?? 10 * this.rules.gapMs) || (gap > this.rules.gapMs && recoveries >= (this.rules.recoveries ?? 1))
  }

  private extend(open: Open<State>, startMs: number | undefined, endMs: number | undefined): Incident<State> {
    const { incident } = open
    incident.count++
    open.recoveries = 0
    if (startMs !== undefined && startMs < (incident.firstMs ?? Infinity)) incident.firstMs = startMs
    const last = endMs ?? startMs
    if (last !== undefined && last > (incident.lastMs ?? -Infinity)) incident.lastMs = last
    return incident
  }

  /** Keeps the larger half of what is closed; where that is not enough, of what is open. */
  private shrink(keep: string): void {
    const larger = (a: Incident<State>, b: Incident<State>): number => b.count - a.count || (a.key < b.key ? -1 : 1)
    const half = Math.floor((this.rules.capacity ?? 10_000) / 2)
    const all = [...this.closed, ...[...this.open.values()].map(one => one.incident)].sort(larger)
    const gone = new Set(all.slice(half))
    this.closed = this.closed.filter(incident => !gone.has(incident))
    for (const [key, { incident }] of this.open) if (gone.has(incident) && key !== keep) this.open.delete(key)
    this.dropped += gone.size
  }
}

/** Joins names for a sentence: `a, b and 3 more`. */
export function listed(words: readonly string[], limit = 3): string {
  if (words.length <= limit) return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
  return `${words.slice(0, limit).join(', ')} and ${words.length - limit} more`
}
