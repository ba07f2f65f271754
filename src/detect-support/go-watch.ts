/** Watches everything that tells of Go modules: attempts, goroutine dumps, garbage collections, and the sessions they are part of. Bounded. */
import type { Proof } from '../detectors/detector.js'
import type { LogEvent } from '../schema/event.js'
import type { Session } from '../schema/session.js'
import { attemptOf, byTime, hasSucceeded, moduleName, type Attempt } from './go-attempt.js'
import { Tally } from './incidents.js'
import { Sample } from './stats.js'

const MAX_TROUBLES = 5000
const MAX_CHAINS = 20_000
const MAX_PER_CHAIN = 64
const MAX_GOOD = 100_000
const MAX_PAUSES = 20_000
const MAX_STAGES = 64

/** Where a goroutine was seen to wait. */
export interface Stage { readonly event: Proof['event'], readonly stage: string, readonly op?: string | undefined, readonly message?: string | undefined }

/** What one trace told besides its attempts. */
export interface Trace {
  lastMs?: number
  readonly stages: Stage[]
  /** Stop-the-world pauses, in the order written. */
  readonly pauses: { ms: number | undefined, stwMs: number, event: Proof['event'] }[]
  /** The go command gave a verdict of failure, so it ended by itself. */
  hasVerdict: boolean
  hasModules: boolean
}

export class GoWatch {
  /** Failed, refused, slow and unfinished attempts, in the order seen. */
  readonly troubles: Attempt[] = []
  readonly traces = new Map<string, Trace>()
  /** Milliseconds that answered fetches of the go command took. */
  readonly normal = new Sample(512)
  /** Per trace and host, the line of its first answer. */
  private readonly answers = new Map<string, number>()
  private readonly chains = new Map<string, Attempt[]>()
  private readonly good = new Set<string>()
  /** Fetches answered with what was asked for, per host. */
  readonly answered = new Tally(256)
  private readonly wanted = new Map<string, Attempt>()

  /** @param slowMs what takes longer is looked at. */
  constructor(private readonly slowMs: number) {}

  event(event: LogEvent): void {
    const attempt = attemptOf(event)
    if (attempt) this.attempt(attempt)
    if (event.vantage === 'client' || event.go?.gc || event.go?.stage) this.trace(event, attempt)
  }

  private trace(event: LogEvent, attempt: Attempt | undefined): void {
    const { path } = event.log.file
    let trace = this.traces.get(path)
    if (!trace) this.traces.set(path, trace = { stages: [], pauses: [], hasVerdict: false, hasModules: false })
    const last = Math.max(event.ts_ms ?? -Infinity, event.ts_end_ms ?? -Infinity)
    if (last > (trace.lastMs ?? -Infinity)) trace.lastMs = last
    if (attempt) trace.hasModules = true
    if (attempt?.side === 'go' && attempt.outcome === 'failure') trace.hasVerdict = true
    const { stage, gc, module } = event.go ?? {}
    const proof = { id: event.id, log: event.log, ...(event.ts_ms === undefined ? {} : { ts_ms: event.ts_ms }) }
    if (stage !== undefined && trace.stages.length < MAX_STAGES) trace.stages.push({ event: proof, stage, op: module?.op, message: event.message })
    if (gc?.stw_ms !== undefined && trace.pauses.length < MAX_PAUSES) trace.pauses.push({ ms: event.ts_ms, stwMs: gc.stw_ms, event: proof })
  }

  private attempt(attempt: Attempt): void {
    const name = moduleName(attempt)
    const ok = hasSucceeded(attempt)
    if (ok && name !== undefined && this.good.size < MAX_GOOD) this.good.add(name)
    if (ok && attempt.side === 'go') this.noteAnswer(attempt)
    if (ok && name !== undefined) this.answered.add(`${attempt.side} ${attempt.host}`)
    if (attempt.module !== undefined) this.chain(`${attempt.side} ${attempt.lane} ${attempt.module}`, attempt, ok)
    // what was downloaded may turn out to be wrong: then whoever served it matters
    if (ok && attempt.side === 'go' && attempt.op === 'zip' && this.wanted.size < MAX_CHAINS) this.wanted.set(attempt.event.id, attempt)
    if (!this.isTrouble(attempt, ok) || this.troubles.length >= MAX_TROUBLES) return
    this.troubles.push(attempt)
    this.wanted.set(attempt.event.id, attempt)
  }

  private noteAnswer({ lane, host, durationMs, event }: Attempt): void {
    if (durationMs !== undefined) this.normal.add(durationMs)
    const key = `${lane} ${host}`
    const known = this.answers.get(key)
    if (known === undefined ? this.answers.size < MAX_CHAINS : event.log.line < known) this.answers.set(key, event.log.line)
  }

  /** Had the host answered the same trace on an earlier line? */
  answeredBefore({ lane, host, event }: Attempt): boolean {
    return (this.answers.get(`${lane} ${host}`) ?? Infinity) < event.log.line
  }

  /** An access log's success matters only after a refusal; a trace may tell the success first. */
  private chain(key: string, attempt: Attempt, ok: boolean): void {
    const known = this.chains.get(key)
    if (known) {
      if (known.length < MAX_PER_CHAIN) known.push(attempt)
      return
    }
    if (ok && attempt.side === 'edge') return
    this.chains.set(key, [attempt])
    if (this.chains.size > MAX_CHAINS) this.chains.delete(this.chains.keys().next().value!)
  }

  private isTrouble(attempt: Attempt, ok: boolean): boolean {
    const { timing, durationMs = 0 } = attempt
    if (attempt.side === 'edge') return !ok && attempt.status !== undefined
    if (attempt.outcome === 'failure' || attempt.outcome === 'unknown') return true
    return durationMs >= this.slowMs || Math.max(timing?.wait_ms ?? 0, timing?.receive_ms ?? 0, timing?.dns_ms ?? 0, timing?.connect_ms ?? 0, timing?.tls_ms ?? 0) >= this.slowMs
  }

  session(session: Session): void {
    if (this.wanted.size === 0) return
    for (const member of session.members) {
      const attempt = this.wanted.get(member.event_id)
      if (!attempt) continue
      this.wanted.delete(member.event_id)
      attempt.joined = { members: session.members, phases: session.phases, originIp: session.cdn?.origin?.ip }
    }
  }

  /** Was something of this module, at this version, had at all? */
  wasHad(attempt: Attempt): boolean {
    const name = moduleName(attempt)
    return name !== undefined && this.good.has(name)
  }

  /** Attempts for one module in one trace (or by one client), in time order. */
  chainOf(attempt: Attempt): readonly Attempt[] {
    return [...this.chains.get(`${attempt.side} ${attempt.lane} ${attempt.module}`) ?? [attempt]].sort(byTime)
  }

  /** What hosts answered, besides the failures: `own` of the host, and each other's; as the same kind of log tells. */
  answersOf({ side, host }: Attempt): { readonly own: number, readonly others: readonly (readonly [string, number])[] } {
    const all = this.answered.top().filter(([key]) => key.startsWith(`${side} `)).map(([key, count]) => [key.slice(side.length + 1), count] as const)
    return { own: all.find(([name]) => name === host)?.[1] ?? 0, others: all.filter(([name]) => name !== host && name !== 'undefined') }
  }

  /** The archive that a trace had fetched of a module's version before a line. */
  archiveBefore({ side, lane, module, version, event }: Attempt): Attempt | undefined {
    const chain = this.chains.get(`${side} ${lane} ${module}`) ?? []
    return chain.filter(one => one.op === 'zip' && one.version === version && one.event.log.line < event.log.line && hasSucceeded(one)).sort(byTime).at(-1)
  }

  /** The last attempt of a trace for this artifact before a line. */
  lastBefore(path: string, line: number, op: string | undefined): Attempt | undefined {
    let last: Attempt | undefined
    for (const chain of this.chains.values()) for (const one of chain) {
      const fits = one.lane === path && one.side === 'go' && one.event.log.line < line && (op === undefined || one.op === op)
      if (fits && one.event.log.line > (last?.event.log.line ?? 0)) last = one
    }
    return last
  }

  /** All chains with more than one attempt, in time order each. */
  *allChains(): Generator<readonly Attempt[]> {
    for (const chain of this.chains.values()) if (chain.length > 1) yield [...chain].sort(byTime)
  }
}

/** Where `attempt` failed and the next entry of GOPROXY was asked: that next attempt. */
export function nextAfter(attempt: Attempt, chain: readonly Attempt[]): Attempt | undefined {
  const at = chain.findIndex(one => one.event.id === attempt.event.id)
  return chain.slice(at + 1).find(one => {
    const direct = one.op === 'meta' || one.op === 'vcs'
    return one.target !== attempt.target && (direct || (one.op === attempt.op && one.version === attempt.version))
  })
}
