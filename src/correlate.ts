import { parsers } from '../parsers/index.js'
import { Inputs, type Input } from './inputs.js'
import { NOTHING_ASSUMED, OtherAliases, slackFor, type Assumptions } from './assume.js'
import { JoinAccount } from './join/account.js'
import { DEFAULT_MAX_STATE_BYTES, eventsIn } from './join/budget.js'
import { DualStack } from './join/dual-stack.js'
import type { Candidate } from './join/explain.js'
import { factsOf } from './join/facts.js'
import { sessionOf } from './join/session.js'
import { DEFAULT_TTL_SLACK_MS } from './join/life.js'
import { SkewSampler, type Skew } from './join/skew-sample.js'
import type { Claim, JoinRules } from './join/claim.js'
import { mergeInTime } from './join/merge.js'
import { aliasNote, correctedNote, skewNote } from './join/notes.js'
import { compareEvents } from './join/order.js'
import { sortEvents } from './join/sort.js'
import { loneClaim, SessionOrder, JoinStream, type Step } from './join/stream.js'
import { PLAIN, traitsOf, type FileTraits } from './join/traits.js'
import { LiveInputs, type LiveOptions } from './live.js'
import { DEFAULT_WINDOW_MS, makeFilter, readOptions, type CorrelateOptions } from './options.js'
import { Problem } from './problem.js'
import type { ClockCorrection } from './read/clock-correction.js'
import { rolesOf } from './event-roles.js'
import { makeRun, type JoinSummary, type Run } from './run.js'
import type { EventType, LogEvent } from './schema/event.js'
import type { Session } from './schema/session.js'

/** What a correlated run gives on the way: every event in time order, every session. */
export interface Flow { readonly events: readonly LogEvent[], readonly sessions: readonly Session[] }

const sameAliases = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean => a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)

/** What is added to a log's times to set its clock right. A time on the drifting clock reads later than the reference by the offset, so the drift is counted from there. */
export const correctionOf = ({ offset_ms: offset, drift }: Skew): ClockCorrection => drift === undefined ? -offset : { offsetMs: -offset, driftPpm: -drift.ppm, atMs: drift.at_ms + offset }

/** A path as a pattern that fits only itself. */
const escapeGlob = (path: string): string => path.replace(/[*?[\]{}\\]/g, '\\$&')

/** Settles the two sides of the window. Refuses (Problem `bad-option`) negative ones. */
export function windowOf(options: CorrelateOptions): { beforeMs: number, afterMs: number } {
  const windowMs = options.windowMs ?? DEFAULT_WINDOW_MS
  const beforeMs = options.beforeMs ?? windowMs
  const afterMs = options.afterMs ?? windowMs
  if (!(beforeMs >= 0 && afterMs >= 0)) throw new Problem('bad-option', 'the window must not be negative')
  return { beforeMs, afterMs }
}

/** The join of one run, for `correlate` and `detect` alike. */
export class Correlation {
  inputs: Inputs
  readonly account = new JoinAccount()
  readonly rules: JoinRules
  /** Types of events that the inputs' formats can give. */
  types: ReadonlySet<EventType> = new Set()
  private readonly dualStack = new DualStack()
  /** An event whose candidates are wanted. */
  explainId: string | undefined
  candidates: readonly Candidate[] = []
  /** Only sessions with more than one kind of event are made; the others are counted. */
  joinedOnly = false
  private readonly sampler = new SkewSampler()
  private skews: Readonly<Record<string, number>> | undefined
  private late = 0
  private evicted = 0
  private beyond: { readonly tls: number, readonly dns: number } = { tls: 0, dns: 0 }
  private readonly window: { beforeMs: number, afterMs: number }

  constructor(private readonly named: readonly Input[], private readonly options: CorrelateOptions, private readonly assumed: Assumptions = NOTHING_ASSUMED) {
    this.window = windowOf(options)
    this.rules = { ...this.window, match: options.match ?? 'best', bound: options.bound ?? 'window', ttlSlackMs: options.ttlSlackMs ?? DEFAULT_TTL_SLACK_MS, hasTls: false, hasDns: false }
    this.inputs = new Inputs(readOptions(options, parsers), options.signal)
  }

  /** Events and sessions in time order; sessions come when no later event can change them. */
  flow(): AsyncGenerator<Flow> { return this.options.live ? this.liveFlow(this.options.live) : this.finiteFlow() }

  /** Sessions of live input, as soon as they are final. */
  private async *liveFlow(live: LiveOptions): AsyncGenerator<Flow> {
    const named = this.named.filter(input => typeof input === 'string')
    const rules = Object.assign(this.rules, { hasTls: true, hasDns: true })
    // one half for the sake of order, one for the join
    const mostEvents = eventsIn((this.options.maxStateBytes ?? DEFAULT_MAX_STATE_BYTES) / 2)
    const stream = new JoinStream(rules, () => PLAIN, 1, undefined, mostEvents)
    const order = new SessionOrder<Session>()
    const settle = (step: Step): Session[] => {
      this.addSessions(step.claims, rules, order)
      return order.take(step.settledMs)
    }
    const reader = new LiveInputs(this.inputs, readOptions(this.options, parsers), live, mostEvents)
    for await (const { events, late, isQuiet, isEnd } of reader.batches(named)) {
      for (const event of events) {
        this.account.event(event)
        stream.push(event)
      }
      const undated = late.filter(event => event.ts_ms === undefined)
      for (const event of undated) stream.push(event)
      const tardy = late.filter(event => event.ts_ms !== undefined)
      this.late = reader.watermarks.late
      const sessions = [...this.lateSessions(tardy, rules), ...settle(isEnd ? stream.end() : isQuiet ? stream.flush() : stream.step())]
      this.evicted = stream.evicted
      if (events.length + late.length + sessions.length > 0) yield { events: [...events, ...late], sessions }
    }
  }

  /** Events that came after their time was given out: each a session of its own, marked. */
  private lateSessions(events: readonly LogEvent[], rules: JoinRules): Session[] {
    const claims = events.map(event => loneClaim(factsOf(event, 0, PLAIN))).filter(claim => claim !== undefined)
    const order = new SessionOrder<Session>()
    this.addSessions(claims, rules, order)
    return order.take(Infinity).map(session => ({ ...session, late: true }))
  }

  /** Estimates the clocks from a first reading and corrects them in the second. Refuses (Problem `bad-option`) what cannot be read twice. */
  private async correctClocks(): Promise<void> {
    if (this.named.some(input => input === '-' || typeof input !== 'string')) throw new Problem('bad-option', '--skew auto reads the inputs twice, which standard input and streams do not allow; state the offset with --skew PATTERN=+7.3s')
    const first = new Inputs(readOptions(this.options, parsers), this.options.signal)
    await first.open(this.named)
    const sampler = new SkewSampler()
    for await (const batch of first.events()) for (const event of batch) sampler.see(event)
    const found = [...sampler.learn()]
    const skews = [...(this.options.skews ?? []), ...found.map(([path, skew]) => ({ pattern: escapeGlob(path), value: correctionOf(skew) }))]
    this.inputs = new Inputs(readOptions({ ...this.options, skews }, parsers), this.options.signal)
    this.skews = Object.fromEntries(found.map(([path, skew]) => [path, -skew.offset_ms]))
    for (const [path, skew] of found) this.inputs.note(correctedNote(path, skew))
    if (found.length === 0) this.inputs.note('--skew auto: no source is off by more than the evidence can tell')
  }

  private async *finiteFlow(): AsyncGenerator<Flow> {
    if (this.options.skewAuto) await this.correctClocks()
    const { inputs } = this
    await inputs.open(this.named)
    const traits = traitsOf(inputs.sources.map(source => ({ path: source.path, drafts: source.headDrafts })))
    for (const trait of traits.values()) if (trait.note !== undefined) inputs.note(trait.note)
    const types = new Set(inputs.sources.flatMap(source => source.headDrafts.map(draft => draft.type)))
    this.types = types
    const rules = Object.assign(this.rules, { hasTls: types.has('tls.handshake'), hasDns: types.has('dns.query') || types.has('dns.response'), files: rolesOf(inputs.sources) })
    const order = new SessionOrder<Session>()
    const settle = (step: Step): Session[] => {
      this.addSessions(step.claims, rules, order)
      return order.take(step.settledMs)
    }
    let stream: JoinStream | undefined
    for await (const batch of this.inOrder()) {
      stream ??= this.startJoin(rules, traits) // the first batch comes when all that must be known is known
      for (const event of batch) {
        this.account.event(event)
        stream.push(event)
      }
      yield { events: batch, sessions: stream.isReady ? settle(stream.step()) : [] }
    }
    stream ??= this.startJoin(rules, traits)
    yield { events: [], sessions: settle(stream.end()) }
    this.beyond = stream.beyond
    this.candidates = stream.candidates
    this.evicted = stream.evicted
    if (!this.options.skewAuto) for (const [path, skew] of this.sampler.learn()) inputs.note(skewNote(path, skew))
    for (const note of this.account.diagnosis(Math.max(rules.beforeMs, rules.afterMs))) inputs.note(note)
  }

  /** Events in order of time: merged as they are read where that is assumed to do, else all sorted first. */
  private async *inOrder(): AsyncGenerator<LogEvent[]> {
    const { slackMs } = this.assumed
    if (slackMs === undefined) {
      yield* sortEvents(this.inTime(this.inputs.events()))
      return
    }
    yield* mergeInTime(this.inputs.streams().map(stream => this.inTime(stream)), Math.max(slackMs, slackFor(this.inputs.sources)), { timeOf: event => event.ts_ms, compare: compareEvents })
    const aliases = this.dualStack.learn()
    if (!sameAliases(aliases, this.assumed.aliases)) throw new OtherAliases(aliases)
  }

  private startJoin(rules: JoinRules, traits: ReadonlyMap<string, FileTraits>): JoinStream {
    const aliases = this.assumed.slackMs === undefined ? this.dualStack.learn() : this.assumed.aliases
    if (aliases.size > 0) this.inputs.note(aliasNote(aliases))
    const { maxStateBytes } = this.options
    const mostEvents = rules.bound === 'state' && maxStateBytes !== undefined ? eventsIn(maxStateBytes) : Infinity
    // finite input is joined exactly unless it is asked for less; it is looked at more often where there is little room
    const stream = new JoinStream(rules, path => traits.get(path) ?? PLAIN, mostEvents < Infinity ? Math.max(1, Math.min(8192, Math.floor(mostEvents / 8))) : undefined, aliases, mostEvents, false)
    stream.explainId = this.explainId
    stream.tellsUnasked = !this.joinedOnly
    return stream
  }

  /** Sessions of claims, each counted. */
  private addSessions(claims: readonly Claim[], rules: JoinRules, order: SessionOrder<Session>): void {
    for (const claim of claims) {
      if (this.account.claim(claim) < 2 && this.joinedOnly) continue
      const session = sessionOf(claim, rules, this.skews)
      order.add(session.ts_ms, claim.cluster.lead, session)
    }
  }

  /** Leaves out what lies too far outside --from and --to to matter. */
  private async *inTime(batches: AsyncIterable<LogEvent[]>): AsyncGenerator<LogEvent[]> {
    const margin = 4 * Math.max(this.window.beforeMs, this.window.afterMs) + 300_000
    const from = (this.options.fromMs ?? -Infinity) - margin
    const to = (this.options.toMs ?? Infinity) + margin
    for await (const batch of batches) {
      for (const event of batch) {
        this.dualStack.see(event)
        if (!this.options.skewAuto) this.sampler.see(event)
      }
      yield from === -Infinity && to === Infinity ? batch : batch.filter(event => event.ts_ms === undefined || (event.ts_ms >= from && event.ts_ms <= to))
    }
  }

  joinSummary(): JoinSummary {
    return this.account.summary(this.window, this.beyond, this.late, this.evicted)
  }
}

/**
 * Joins logs about the same traffic: one session per request (or per attempt, handshake or query that nothing above it claimed).
 * @param inputs paths (files, folders, globs, `-`) or `{ name, format?, stream | lines }`.
 * @param options window, filters and how to read; never changed.
 * @returns sessions by ts_ms, then in the order of the events that claim them; and a `summary` that is complete once the iteration ends.
 * Refuses (throws Problem) options that make no sense and a call without inputs; trouble with one input is in `summary.problems`.
 */
export function correlate(inputs: readonly Input[], options: CorrelateOptions = {}): Run<Session> {
  return correlateAssuming(inputs, options, NOTHING_ASSUMED)
}

/** The same, starting from assumptions: it fails with OutOfOrder or OtherAliases where they are wrong, and what it gave until then is not to be used. */
export function correlateAssuming(inputs: readonly Input[], options: CorrelateOptions, assumed: Assumptions): Run<Session> {
  const filter = makeFilter(options)
  const run = new Correlation(inputs, options, assumed)
  run.joinedOnly = !options.unmatched
  async function* records(): AsyncGenerator<Session> {
    for await (const { sessions } of run.flow()) for (const session of sessions) if (filter.isOpen || filter.session(session)) yield session
  }
  return makeRun(records, () => ({ files: run.inputs.files, join: run.joinSummary(), notes: run.inputs.notes, problems: run.inputs.problems }))
}

/**
 * Says why one event was joined as it was: its candidates, joined ones first, and what each of the others lost by.
 * @param id the event's id, as `members[].event_id` has it.
 * Refuses (throws Problem `bad-option`) an id that no event of the inputs has.
 */
export function explainJoin(inputs: readonly Input[], id: string, options: CorrelateOptions = {}): Run<Candidate> {
  const run = new Correlation(inputs, options)
  run.explainId = id
  async function* records(): AsyncGenerator<Candidate> {
    let isKnown = false
    for await (const { events } of run.flow()) isKnown ||= events.some(event => event.id === id)
    if (!isKnown) throw new Problem('bad-option', `--explain-join: no event has the id ${JSON.stringify(id)}; ids are a path, a colon and a line, as in members[].event_id`)
    yield* run.candidates
  }
  return makeRun(records, () => ({ files: run.inputs.files, join: run.joinSummary(), notes: run.inputs.notes, problems: run.inputs.problems }))
}
