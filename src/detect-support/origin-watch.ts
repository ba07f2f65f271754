/**
 * Watches what edges got from their origins: failures per name and kind as incidents, and how much went well beside them.
 * The four origin detectors share one watch per run, so every session is judged and counted once. Memory is capped everywhere.
 */
import type { DetectorContext, Proof } from '../detectors/detector.js'
import type { LogEvent } from '../schema/event.js'
import type { Member, Session } from '../schema/session.js'
import { OriginNotes } from './origin-notes.js'
import { Evidence, IncidentBook, Tally, proofOf, type Incident } from './incidents.js'
import { kindOfType, originId, phaseOfType, requestStart, seconds, SLOW_MS, verdictOf, waitedOf, type FailureKind, type Verdict } from './origin-verdict.js'
import { Sample, WindowCounts } from './stats.js'

/** Kinds under which failures are collected; those without a cause wait for one until the end. */
export type CollectedKind = Exclude<FailureKind, 'unclear'> | 'unclear-slow' | 'unclear-fast'

/** What is kept of an incident of one name. */
export class Trouble {
  named = 0
  masked = 0
  consequences = 0
  aborts = 0
  /** Requests of the name that went well between its first and last failure. */
  healthyBetween = 0
  /** Went well since the last failure; counted once another one follows. */
  healthySince = 0
  readonly origins = new Tally()
  readonly ips = new Set<string>()
  readonly pops = new Tally()
  readonly regions = new Tally()
  readonly phases = new Tally()
  readonly words = new Tally(64)
  readonly types = new Tally(64)
  readonly statuses = new Tally(64)
  readonly paths = new Tally(128)
  readonly datasets = new Tally(64)
  readonly waits = new Sample(256)
  readonly evidence = new Evidence(6)
}

/** A name's traffic as a whole. */
export interface NameTraffic { edge: number, healthy: number, failed: number, firstMs: number, lastMs: number, readonly origins: Tally, readonly aborts: Abort[], /** What an answer of the origin takes, ms. */ readonly usual: Sample }

/** A request that its client gave up after a long wait for the origin. */
interface Abort { readonly startMs: number, readonly endMs: number, readonly waitedMs: number, readonly proofs: readonly Proof[] }

/** Dimensions whose healthy members localise an incident. */
export const DIMENSIONS = ['origin', 'pop', 'region', 'route'] as const
export type Dimension = typeof DIMENSIONS[number]

/** What went well and what failed of one origin, POP, region or route, per window of time. */
export interface Tracked { readonly healthy: WindowCounts, readonly failed: WindowCounts }

const NAMES = 50_000
const TRACKED = 512
const ABORTS = 32
const TOLD = 1024
const SAID = 4096

/** The name under which a session's trouble is told: its host, else its origin. */
function nameOf(session: Session, verdict: Verdict): string {
  const [origin] = verdict.origins
  return session.hostname ?? session.url?.domain ?? (origin && originId(origin)) ?? ''
}

function endOf(session: Session): number | undefined {
  return session.ts_end_ms ?? (session.ts_ms === undefined ? undefined : session.ts_ms + (session.duration_ms ?? 0))
}

/** One watch: show it every session, once each (a repeated one is ignored). */
export class OriginWatch {
  readonly books: ReadonlyMap<CollectedKind, IncidentBook<Trouble>>
  readonly names = new Map<string, NameTraffic>()
  readonly tracked = new Map<string, Tracked>()
  readonly notes: OriginNotes
  /** Sessions shown; 0 where only error logs are there. */
  requests = 0
  private seen: Session | undefined
  private seenNote: LogEvent | undefined
  private readonly told = new Map<string, number>()
  /** Words of the error-log lines that requests took up, by event. */
  private readonly said = new Map<string, string>()

  constructor(readonly gapMs: number) {
    const kinds: CollectedKind[] = ['timeout', 'unreachable', 'tls', 'error', 'unclear-slow', 'unclear-fast']
    this.notes = new OriginNotes(gapMs)
    this.books = new Map(kinds.map(kind => [kind, new IncidentBook<Trouble>({ gapMs, recoveries: 3 }, () => new Trouble())]))
  }

  /** An error-log line that names no client, so that no request took it up. Where there are no access logs at all, it is a failure itself. */
  note(event: LogEvent, isAlone: boolean): void {
    if (event.type !== 'log.line' || event === this.seenNote) return
    this.seenNote = event
    const kind = kindOfType(event.error?.type)
    if (kind === undefined || event.vantage === 'client') return
    if (!isAlone) {
      if (event.client?.ip === undefined) this.notes.add(event, kind)
      else this.said.set(event.id, event.error?.message ?? event.message ?? event.error!.type!)
      if (this.said.size > SAID) for (const oldest of this.said.keys()) { this.said.delete(oldest); break }
      return
    }
    const origin = event.cdn?.origin
    const name = event.hostname ?? origin?.ip ?? origin?.name ?? ''
    this.trafficOf(name, event.ts_ms).failed++
    const { state } = this.books.get(kind)!.fail(name, event.ts_ms)
    state.named++
    state.phases.add(kind === 'timeout' && /handshak/i.test(event.error?.message ?? '') ? 'tls' : phaseOfType(event.error!.type!))
    state.types.add(event.error!.type)
    state.origins.add(origin?.ip ?? origin?.name)
    if (origin?.ip !== undefined && state.ips.size < 256) state.ips.add(origin.ip)
    state.words.add(event.error!.message ?? event.error!.type)
    state.evidence.add({ event, note: `error log: ${event.error!.message ?? event.error!.type}` }, 4)
  }

  see(session: Session): void {
    if (session === this.seen) return
    this.seen = session
    this.requests++
    const verdict = verdictOf(session)
    if (verdict.kind === 'unasked') return
    const name = nameOf(session, verdict)
    const traffic = this.trafficOf(name, session.ts_ms)
    if (session.claim === 'http.request') traffic.edge++
    if (this.isRetold(name, traffic, session, verdict)) return
    if (verdict.kind === 'healthy') this.healthy(name, traffic, session, verdict)
    else if (verdict.kind === 'abort') keepAbort(traffic, session, verdict)
    else this.failure(verdict.kind, name, traffic, session, verdict)
  }

  /** A client's trace tells of one fetch in several lines, and of fetches that the edge logged: those are counted already. */
  private isRetold(name: string, traffic: NameTraffic, session: Session, verdict: Verdict): boolean {
    if (!session.members.some(member => member.type === 'go.module') && session.claim !== 'attempt') return false
    if (verdict.kind === 'healthy') return session.claim === 'attempt' && traffic.edge > 0
    const key = `${name} ${session.url?.path ?? ''}`
    const start = requestStart(session)
    const toldUntil = this.told.get(key)
    if (session.claim === 'attempt' && start !== undefined && toldUntil !== undefined && start <= toldUntil) {
      const book = verdict.kind === 'abort' || verdict.kind === 'unasked' || verdict.kind === 'unclear' ? undefined : this.books.get(verdict.kind)
      const open = book?.current(name)
      if (open) prove(open.state.evidence, session, verdict, this.said)
      return true
    }
    if (this.told.size >= TOLD) this.told.clear()
    this.told.set(key, (endOf(session) ?? start ?? 0) + 1000)
    return false
  }

  private trafficOf(name: string, atMs = 0): NameTraffic {
    const known = this.names.get(name)
    if (known) {
      if (atMs > known.lastMs) known.lastMs = atMs
      return known
    }
    const fresh: NameTraffic = { edge: 0, healthy: 0, failed: 0, firstMs: atMs, lastMs: atMs, origins: new Tally(16), aborts: [], usual: new Sample(32) }
    if (this.names.size < NAMES) this.names.set(name, fresh)
    return fresh
  }

  private healthy(name: string, traffic: NameTraffic, session: Session, verdict: Verdict): void {
    traffic.healthy++
    const [origin] = verdict.origins
    if (origin) traffic.origins.add(originId(origin))
    const took = waitedOf(session)
    if (took !== undefined) traffic.usual.add(took)
    this.track(session, verdict, 'healthy')
    if (traffic.failed === 0) return
    for (const book of this.books.values()) {
      const open = book.current(name)
      if (!open) continue
      open.state.healthySince++
      book.recover(name)
    }
  }

  private failure(kind: FailureKind, name: string, traffic: NameTraffic, session: Session, verdict: Verdict): void {
    traffic.failed++
    this.track(session, verdict, 'failed')
    // a proxy that waits a second between tries is refused slowly, but refused
    const slow = (verdict.waitedMs ?? 0) >= SLOW_MS && session.error?.type !== 'connection_refused'
    const collected: CollectedKind = kind !== 'unclear' ? kind : slow ? 'unclear-slow' : 'unclear-fast'
    const incident = this.books.get(collected)!.fail(name, requestStart(session), endOf(session))
    fill(incident, session, verdict, this.said)
  }

  private track(session: Session, verdict: Verdict, how: 'healthy' | 'failed'): void {
    const at = session.ts_ms ?? 0
    const pop = session.cdn?.pop
    const region = session.cdn?.region
    this.count('pop', pop, how, at)
    this.count('region', region, how, at)
    for (const origin of verdict.origins) {
      if (verdict.consequence && origin.ip === undefined) continue // the name of a group, not of a server
      const id = originId(origin)
      this.count('origin', id, how, at)
      const place = pop ?? region
      if (place !== undefined && id !== undefined) this.count('route', `${id} behind ${place}`, how, at)
    }
  }

  private count(dimension: Dimension, word: string | undefined, how: 'healthy' | 'failed', atMs: number): void {
    if (word === undefined) return
    const key = `${dimension} ${word}`
    let tracked = this.tracked.get(key)
    if (!tracked) {
      if (this.tracked.size >= TRACKED) return
      this.tracked.set(key, tracked = { healthy: new WindowCounts(1000, 512), failed: new WindowCounts(1000, 512) })
    }
    tracked[how].add(atMs)
  }
}

function keepAbort(traffic: NameTraffic, session: Session, verdict: Verdict): void {
  const startMs = requestStart(session)
  if (startMs === undefined || (verdict.waitedMs ?? 0) < SLOW_MS || session.cdn?.origin?.status_code !== undefined) return
  if (traffic.aborts.length >= ABORTS) traffic.aborts.shift()
  const waitedMs = verdict.waitedMs!
  const proofs = session.members.filter(member => member.type === 'http.request').map(member => proofOf(member, `the client gave up after ${seconds(waitedMs)} without an answer`))
  traffic.aborts.push({ startMs, endMs: endOf(session) ?? startMs, waitedMs, proofs })
}

function fill({ state }: Incident<Trouble>, session: Session, verdict: Verdict, said: ReadonlyMap<string, string>): void {
  state.healthyBetween += state.healthySince
  state.healthySince = 0
  if (verdict.named) state.named++
  if (verdict.masked) state.masked++
  if (verdict.consequence) state.consequences++
  else state.phases.add(verdict.phase)
  for (const origin of verdict.origins) {
    if (verdict.consequence && origin.ip === undefined) continue
    state.origins.add(originId(origin))
    if (origin.ip !== undefined && state.ips.size < 256) state.ips.add(origin.ip)
  }
  state.pops.add(session.cdn?.pop)
  state.regions.add(session.cdn?.region)
  state.words.add(verdict.word)
  state.types.add(session.error?.type)
  const status = session.http?.response?.status_code
  if (status !== undefined) state.statuses.add(String(status))
  state.paths.add(session.url?.path)
  if (verdict.waitedMs !== undefined) state.waits.add(verdict.waitedMs)
  for (const member of session.members) state.datasets.add(member.dataset)
  prove(state.evidence, session, verdict, said)
}

/** `haproxy.http: 503 after 5.01 s`, where several of our own hops saw the request. */
function hopNote(session: Session, member: Member): string | undefined {
  const hop = session.hops?.find(one => one.event_id === member.event_id)
  if (!hop) return undefined
  return `${hop.dataset}: ${hop.status_code ?? 'no status'}${hop.duration_ms === undefined ? '' : ` after ${seconds(hop.duration_ms)}`}`
}

function noteOf(session: Session, verdict: Verdict, member: Member, said: string | undefined): readonly [string, number] | undefined {
  const named = verdict.named ? 1 : 0
  switch (member.type) {
    case 'http.request': {
      if (member.leg === 'origin') return ["the origin's own line of this request", 3]
      const served = verdict.masked ? `; the client was served (${session.http?.response?.status_code ?? 'no status'})` : ''
      const hop = hopNote(session, member)
      const word = hop === undefined ? verdict.word : /^\d/.test(verdict.word) ? hop : `${hop}; ${verdict.word}`
      return [`${word}${served}`, (verdict.consequence || verdict.masked ? 2 : 4) + named]
    }
    case 'log.line': return [`error log: ${said ?? session.error?.message ?? verdict.word}`, 4]
    case 'go.module': return ["the client's own trace of this request", 3]
    case 'tls.handshake': return member.leg === 'origin' ? ["the edge's handshake with the origin", 3] : ['the client reached the edge: this handshake came first', 0]
    case 'dns.query': case 'dns.response': return member.leg === 'origin' ? ['look-up of the origin', 2] : ['the name had been resolved: DNS is not where it hangs', 0]
    default: return undefined
  }
}

function prove(evidence: Evidence, session: Session, verdict: Verdict, said: ReadonlyMap<string, string>): void {
  for (const member of session.members) {
    const note = member.reused ? undefined : noteOf(session, verdict, member, said.get(member.event_id))
    if (note) evidence.add(proofOf(member, note[0]), note[1])
  }
}

const watches = new WeakMap<DetectorContext, Map<number, OriginWatch>>()

/** The watch of a run; detectors with the same gap share it. */
export function watchOf(context: DetectorContext, gapMs: number): OriginWatch {
  let byGap = watches.get(context)
  if (!byGap) watches.set(context, byGap = new Map())
  let watch = byGap.get(gapMs)
  if (!watch) byGap.set(gapMs, watch = new OriginWatch(gapMs))
  return watch
}
