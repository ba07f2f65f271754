/** Look-ups that fail, per zone and kind of failure, and what works meanwhile. */
import type { DetectorContext, Proof } from '../detectors/detector.js'
import type { LogEvent } from '../schema/event.js'
import { hasSearchSuffix, isMachineName } from './dns-quiet.js'
import { Evidence, IncidentBook, Tally } from './incidents.js'
import { registeredDomain } from './names.js'
import { resolverOf, slim } from './tls-view.js'

/** How an incident ends, and how far apart two tries of one client are still one look-up. */
const [GAP_MS, RETRY_MS] = [60_000, 10_000]
const MAX_NAMES = 50_000
/** A log of questions alone shows no answer at all; one that shows answers to so many of them misses none by design. */
const [ANSWERING, ENOUGH] = [0.3, 5]

/** An incident of one zone and one kind of failure. */
export interface Failing {
  readonly zone: string
  /** RCODE, or `timeout` for no answer. */
  readonly code: string
  count: number
  readonly names: Tally
  readonly clients: Tally
  readonly resolvers: Tally
  readonly evidence: Evidence
  /** Look-ups of the same names that worked between the first failure and the last. */
  healthy: number
  /** Look-ups of other zones that the same resolvers answered meanwhile. */
  elsewhere: number
  /** Some of the names were answered at another time of the run, or in the baseline. */
  worked: boolean
  firstMs: number | undefined
  lastMs: number | undefined
}

interface LogState { questions: number, answered: number }
/** A question without an answer yet. */
interface Waiting { readonly who: string, readonly atMs: number, readonly name: string, readonly path: string, readonly client: string | undefined, readonly resolver: string, readonly proof: Proof, answered: boolean }
interface Pending { healthy: number, readonly since: number }

const asksAddress = (event: LogEvent): boolean => { const type = event.dns?.question?.type; return type === undefined || type === 'A' || type === 'AAAA' }

/** Collects failures; ask `all` at the end. */
export class DnsFailures {
  private readonly book = new IncidentBook<Failing>({ gapMs: GAP_MS, recoveries: 3 }, key => {
    const blank = key.indexOf(' ')
    return { zone: key.slice(0, blank), code: key.slice(blank + 1), count: 0, names: new Tally(64), clients: new Tally(256), resolvers: new Tally(32), evidence: new Evidence(4), healthy: 0, elsewhere: 0, worked: false, firstMs: undefined, lastMs: undefined }
  })
  /** Names that were answered, and the kinds of failure that each zone has open. */
  private readonly known = new Set<string>()
  private readonly open = new Map<string, Set<string>>()
  private readonly pending = new Map<string, Pending>()
  private readonly logs = new Map<string, LogState>()
  private readonly lastTry = new Map<string, number>()
  private readonly answeredByResolver = new Map<string, number>()
  /** Questions that wait for an answer, oldest first; `next` is the first that still does. */
  private waiting: Waiting[] = []
  private next = 0
  private readonly waitingOf = new Map<string, Waiting[]>()

  constructor(context: DetectorContext) {
    for (const event of context.baseline?.events ?? []) if (event.dns?.response_code === 'NOERROR' && event.hostname !== undefined) this.known.add(event.hostname)
  }

  event(event: LogEvent): void {
    const name = event.hostname
    if (!event.type.startsWith('dns.') || name === undefined || event.ts_ms === undefined || event.dns?.op_code === 'NOTIFY' || event.dns?.op_code === 'UPDATE') return
    this.giveUp(event.ts_ms - RETRY_MS)
    const log = this.logOf(event)
    const code = event.error?.type === 'dns_timeout' ? 'timeout' : event.dns?.response_code
    if (event.type === 'dns.query' && code === undefined) return this.wait(event, name)
    this.settle(`${event.client?.ip ?? ''} ${name}`, event.ts_ms)
    if (code === undefined || code === 'NOERROR') {
      log.answered++
      this.works(event)
    } else if (!isMachineName(name)) this.fails({ name, atMs: event.ts_ms, client: event.client?.ip, resolver: resolverOf(event), proof: { event: slim(event), note: `${name} ${event.dns?.question?.type ?? ''}: ${code}` } }, code)
    return undefined
  }

  /** Incidents in time order. Questions that were asked in the last seconds may be answered after the end, and say nothing. */
  all(): Failing[] {
    const isKnown = (name: string): boolean => this.known.has(name)
    return this.book.all().map(({ state, firstMs, lastMs }) => Object.assign(state, { firstMs, lastMs, worked: state.names.words().some(isKnown) }))
      .filter(failing => !(failing.code === 'NXDOMAIN' && failing.names.words().every(name => hasSearchSuffix(name, isKnown))))
  }

  private wait(event: LogEvent, name: string): void {
    if (!asksAddress(event) || isMachineName(name) || this.waiting.length - this.next >= MAX_NAMES) return
    const who = `${event.client?.ip ?? ''} ${name}`
    const one: Waiting = { who, atMs: event.ts_ms!, name, path: event.log.file.path, client: event.client?.ip, resolver: resolverOf(event), proof: { event: slim(event), note: `${name} ${event.dns?.question?.type ?? ''}: no answer` }, answered: false }
    this.waiting.push(one)
    const list = this.waitingOf.get(who)
    if (list) list.push(one)
    else this.waitingOf.set(who, [one])
  }

  /** An answer, whatever it says, settles what the client asked before about the name: also an earlier try whose answer was lost. */
  private settle(who: string, atMs: number): void {
    for (const one of this.waitingOf.get(who) ?? []) if (one.atMs <= atMs + RETRY_MS) one.answered = true
    this.waitingOf.delete(who)
  }

  /** Questions older than that are not answered any more. */
  private giveUp(beforeMs: number): void {
    while (this.next < this.waiting.length && this.waiting[this.next]!.atMs < beforeMs) {
      const one = this.waiting[this.next++]!
      if (one.answered) continue
      const list = this.waitingOf.get(one.who)
      if (list && list.length > 1) list.shift()
      else this.waitingOf.delete(one.who)
      const log = this.logs.get(one.path)!
      if (log.answered >= ENOUGH && log.answered >= ANSWERING * log.questions) this.fails(one, 'timeout')
    }
    if (this.next < 4096) return
    this.waiting = this.waiting.slice(this.next)
    this.next = 0
  }

  private logOf(event: LogEvent): LogState {
    const path = event.log.file.path
    let log = this.logs.get(path)
    if (!log) this.logs.set(path, log = { questions: 0, answered: 0 })
    log.questions++
    return log
  }

  private works(event: LogEvent): void {
    const name = event.hostname!
    // "exists, but has no such record" is an answer, and so is one whose addresses the log does not print
    if (this.known.size < MAX_NAMES) this.known.add(name)
    const resolver = resolverOf(event)
    this.answeredByResolver.set(resolver, (this.answeredByResolver.get(resolver) ?? 0) + 1)
    for (const zone of [registeredDomain(name), name]) for (const code of this.open.get(zone) ?? []) {
      const key = `${zone} ${code}`
      if (!this.book.current(key)?.state.names.count(name)) continue
      this.book.recover(key)
      const pending = this.pending.get(key)
      if (pending) pending.healthy++
    }
  }

  private fails({ name, atMs, client, resolver, proof }: Pick<Waiting, 'name' | 'atMs' | 'client' | 'resolver' | 'proof'>, code: string): void {
    // a zone fails as a whole, but a record is missing by itself
    const zone = code === 'NXDOMAIN' ? name : registeredDomain(name)
    const key = `${zone} ${code}`
    if (this.isRetry(`${client ?? ''} ${name} ${key}`, atMs)) return
    const before = this.book.current(key)
    const incident = this.book.fail(key, atMs)
    const { state } = incident
    const pending = this.pending.get(key)
    const answered = this.answeredByResolver.get(resolver) ?? 0
    if (pending && incident === before) {
      state.healthy += pending.healthy
      state.elsewhere += Math.max(0, answered - pending.since - pending.healthy)
    }
    this.pending.set(key, { healthy: 0, since: answered })
    this.open.set(zone, (this.open.get(zone) ?? new Set()).add(code))
    state.count++
    state.names.add(name)
    state.clients.add(client)
    state.resolvers.add(resolver)
    state.evidence.add(proof, code === 'timeout' ? 0 : 1)
  }

  /** The same client asks again for what has just failed (also by the other address family): one look-up. */
  private isRetry(who: string, atMs: number): boolean {
    const last = this.lastTry.get(who)
    if (this.lastTry.size >= MAX_NAMES) this.lastTry.clear()
    this.lastTry.set(who, atMs)
    return last !== undefined && atMs - last < RETRY_MS && atMs >= last
  }
}
