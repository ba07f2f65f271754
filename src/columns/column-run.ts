/** A run of `correlate` over columns: threads read logs by their briefs, this one joins rows and writes bytes. */
import { availableParallelism } from 'node:os'
import { slackFor, type Assumptions } from '../assume.js'
import type { Inputs } from '../inputs.js'
import { JoinAccount } from '../join/account.js'
import type { JoinRules } from '../join/claim.js'
import { DualStack } from '../join/dual-stack.js'
import { SkewSampler } from '../join/skew-sample.js'
import type { FileTraits } from '../join/traits.js'
import type { BriefPlan } from '../read/brief.js'
import type { Summary } from '../run.js'
import { conclude } from '../threads/conclude.js'
import type { PlainOptions } from '../threads/messages.js'
import { ReadingThread } from '../threads/reading.js'
import { Unsuited } from '../threads/unsuited.js'
import { transferOf, type Block } from './block.js'
import { Dictionary, newVocabulary } from './dictionary.js'
import { Lane, type Held } from './lane.js'
import type { BriefAnswer, BriefAssignment } from './messages.js'
import { RowJoin } from './row-join.js'
import { RowMerge, WaitingRows } from './row-merge.js'
import { RowSessions } from './row-sessions.js'
import { ValueRow, type RowSession, type RowText } from './row-text.js'

/** A reading thread makes little that lasts. With the usual young generation it holds thrice as much for nothing. */
const LIMITS = { maxYoungGenerationSizeMb: 8 }
/** Blocks asked for ahead of the join, per log. */
const AHEAD = 2

export type LaneName = 'requests' | 'tls' | 'dns'
const ROLES = { requests: 'request', tls: 'tls', dns: 'dns' } as const

/** Of a kind that no log tells of there are no rows, so this is never asked. */
const NO_PLAN = { places: [], partPaths: [] } as unknown as BriefPlan

/** A log of the run. */
export interface ColumnLog { readonly path: string, readonly parser: string, readonly lane: LaneName, readonly plan: BriefPlan, readonly dataset: string }

/** What a run is made of. */
export interface ColumnRunOptions {
  readonly inputs: Inputs
  /** In the order of their paths. */
  readonly logs: readonly ColumnLog[]
  readonly options: PlainOptions
  readonly traits: ReadonlyMap<string, FileTraits>
  readonly assumed: Assumptions
  readonly rules: JoinRules
  readonly text: RowText
  readonly jobs: number | undefined
  readonly unmatched: boolean
  readonly onReject: ((reject: object) => void) | undefined
}

/** A log on this side. */
interface Log { readonly log: ColumnLog, readonly lane: Lane, readonly waiting: WaitingRows, dictionary: Dictionary | undefined, dictionaryNumber: number, heldCount: number, lastNumber: number, last: Held | undefined }

/** One run. */
export class ColumnRun {
  readonly account = new JoinAccount()
  private readonly vocabulary = newVocabulary()
  readonly dualStack = new DualStack()
  readonly sampler = new SkewSampler()
  private readonly logs: readonly Log[]
  private readonly lanes: Readonly<Record<LaneName, Lane>>
  private readonly join: RowJoin
  private readonly sessions: RowSessions
  private readonly session: RowSession
  private readonly leads: Readonly<Record<'request' | 'tls' | 'dns', { readonly kind: RowSession['kind'], readonly row: ValueRow, readonly path: string, readonly log: number }>>
  private readonly counts = { sessions: 0, joined: 0, matched: { requests: 0, tls: 0, dns: 0 }, pairs: new Set<string>() }

  constructor(private readonly run: ColumnRunOptions) {
    const lanes = { requests: new Lane(new Map<number, Held>()), tls: new Lane(new Map<number, Held>()), dns: new Lane(new Map<number, Held>()) }
    this.lanes = lanes
    this.sessions = new RowSessions(run.logs.map(log => log.path))
    this.logs = run.logs.map((log): Log => ({ log, lane: lanes[log.lane], waiting: new WaitingRows(), dictionary: undefined, dictionaryNumber: -1, heldCount: 0, lastNumber: -1, last: undefined }))
    const lead = <K extends RowSession['kind']>(lane: LaneName, kind: K): { kind: K, row: ValueRow, path: string, log: number } => ({ kind, row: this.valueRow(lane), path: run.logs.find(log => log.lane === lane)?.path ?? '', log: run.logs.findIndex(log => log.lane === lane) })
    this.leads = { request: lead('requests', 'http.request'), tls: lead('tls', 'tls.handshake'), dns: lead('dns', 'dns') }
    this.session = { kind: 'dns', lead: this.leads.dns.row, tls: this.valueRow('tls'), dns: this.valueRow('dns'), startMs: 0, endMs: 0, score: NaN, path: '' }
    this.join = new RowJoin(lanes, this.vocabulary, run.rules, (kind, lane, row, tlsReused, dnsReused) => this.tell(kind, lane, row, tlsReused, dnsReused))
  }

  /** Lines of the sessions, in order. */
  async *lines(): AsyncGenerator<Buffer> {
    const { inputs, traits, assumed } = this.run
    for (const trait of traits.values()) if (trait.note !== undefined) inputs.note(trait.note)
    const merge = new RowMerge(this.logs.map(log => log.waiting), Math.max(assumed.slackMs!, slackFor(inputs.sources)))
    const threads = this.startThreads()
    try {
      const asked = this.logs.map((_, log) => Array.from({ length: AHEAD }, () => threads[log % threads.length]!.ask(log)))
      for (let log = merge.next; log !== -1; log = merge.next) {
        const answer = await asked[log]!.shift()!
        this.take(log, answer, merge.given)
        if (answer.end === undefined) asked[log]!.push(threads[log % threads.length]!.ask(log, this.spentOf(log)))
        if (!merge.ready((number, held, row) => this.add(number, held, row))) continue
        this.join.step()
        const lines = this.sessions.take(Math.min(merge.given, this.oldestStart()))
        if (lines) yield lines
      }
      merge.ready((number, held, row) => this.add(number, held, row))
      this.join.end()
      const lines = this.sessions.take(Infinity)
      if (lines) yield lines
    } finally {
      await Promise.all(threads.map(thread => thread.stop()))
    }
    this.conclude()
  }

  /** Buffers that the rows of a log need no more. */
  private spentOf(number: number): ArrayBuffer[] { return this.logs[number]!.lane.spent.splice(0).flatMap(transferOf) }

  private startThreads(): ReadingThread<BriefAnswer>[] {
    const { logs, jobs, options, traits, text, onReject, inputs } = this.run
    const threads = Math.max(1, Math.min(jobs ?? availableParallelism(), logs.length))
    return Array.from({ length: threads }, (_, thread) => new ReadingThread<BriefAnswer>(new URL('./reader.js', import.meta.url), {
      options, referenceMs: inputs.referenceMs(), traits, wanted: text.wanted, keepsRejects: onReject !== undefined,
      logs: logs.flatMap(({ path, parser, lane }, number) => number % threads === thread ? [{ number, path, parser, role: ROLES[lane] }] : []),
    } satisfies BriefAssignment, LIMITS))
  }

  private take(number: number, answer: BriefAnswer, given: number): void {
    if (answer.failure !== undefined) throw new Error(answer.failure)
    if (answer.unsuited !== undefined) throw new Unsuited(answer.unsuited)
    const { inputs, onReject } = this.run
    for (const reject of answer.rejects) onReject?.(reject)
    const log = this.logs[number]!
    for (const block of answer.blocks) this.takeBlock(log, block, given)
    if (!answer.end) return
    log.waiting.isEnded = true
    const { seen, hosts, sample } = answer.end.learned
    this.account.take(seen)
    this.dualStack.take(hosts)
    if (sample) this.sampler.take(sample)
    for (const file of answer.end.files) inputs.account(file)
    for (const note of answer.end.notes) inputs.note(note)
    for (const problem of answer.end.problems) inputs.problemTold(problem)
  }

  private takeBlock(log: Log, block: Block, given: number): void {
    if (block.dictionary !== log.dictionaryNumber) {
      log.dictionary = new Dictionary(log.log.plan.parts.length, this.vocabulary)
      log.dictionaryNumber = block.dictionary
    }
    const dictionary = log.dictionary!
    dictionary.add(block)
    if (block.rows === 0) return
    const held = log.heldCount++
    log.lane.blocks.set(held, { block, dictionary, left: block.rows })
    log.waiting.add(held, block, given)
  }

  /** Puts the next row in the order of the join into its lane. */
  private add(number: number, held: number, row: number): void {
    const one = this.logs[number]!
    const { lane, log } = one
    if (held !== one.lastNumber) {
      one.lastNumber = held
      one.last = lane.blocks.get(held)
    }
    lane.put(one.last!, held, row)
    this.join.add(log.lane, lane.next - 1, one.last!.block.ttl[row]!)
  }

  /** When the earliest of the rows begins that are still kept: nothing to come begins before. */
  private oldestStart(): number {
    let oldest = Infinity
    for (const { start, first, next, mask } of Object.values(this.lanes)) for (let row = first; row < next; row++) if (start[row & mask]! < oldest) oldest = start[row & mask]!
    return oldest
  }

  private tell(kind: 'request' | 'tls' | 'dns', lane: Lane, row: number, tlsReused: boolean, dnsReused: boolean): void {
    const { counts, lanes } = this
    const place = row & lane.mask
    const tls = kind === 'request' ? lane.tls[place]! : -1
    const dns = kind === 'dns' ? -1 : lane.dns[place]!
    counts.sessions++
    if (tls !== -1 || dns !== -1) {
      counts.joined++
      counts.matched[kind === 'request' ? 'requests' : kind]++
      if (tls !== -1 && !tlsReused) counts.matched.tls++
      if (dns !== -1 && !dnsReused) counts.matched.dns++
      if (tls !== -1) counts.pairs.add('http.request tls.handshake')
      if (dns !== -1) counts.pairs.add(kind === 'tls' ? 'dns tls.handshake' : 'dns http.request')
      if (tls !== -1 && dns !== -1) counts.pairs.add('dns tls.handshake')
    } else if (!this.run.unmatched) return
    const tlsPlace = tls & lanes.tls.mask
    const dnsPlace = dns & lanes.dns.mask
    let startMs = lane.start[place]!
    let endMs = lane.end[place]!
    const spans = (other: Lane, at: number): void => {
      if (other.start[at]! < startMs) startMs = other.start[at]!
      if (other.end[at]! > endMs) endMs = other.end[at]!
    }
    if (tls !== -1 && !tlsReused && !this.join.isLater(lane, place, 'tls')) spans(lanes.tls, tlsPlace)
    if (dns !== -1 && !dnsReused && !this.join.isLater(lane, place, 'dns')) spans(lanes.dns, dnsPlace)
    this.write(kind, lane, place, startMs, endMs, tls === -1 ? -1 : tlsPlace, dns === -1 ? -1 : dnsPlace)
  }

  private write(kind: 'request' | 'tls' | 'dns', lane: Lane, place: number, startMs: number, endMs: number, tls: number, dns: number): void {
    const { sessions, session, run } = this
    const lead = this.leads[kind]
    lead.row.put(place)
    session.kind = lead.kind
    session.lead = lead.row
    session.path = lead.path
    session.startMs = startMs
    session.endMs = endMs
    session.score = this.join.scoreOf(lane, place)
    session.tls.isThere = session.dns.isThere = false
    if (tls !== -1) session.tls.put(tls)
    if (dns !== -1) session.dns.put(dns)
    const from = sessions.out.used
    run.text.line(sessions.out, session)
    sessions.add(startMs, from, lead.log, lead.row.line)
  }

  private valueRow(lane: LaneName): ValueRow {
    const log = this.run.logs.find(one => one.lane === lane)
    return new ValueRow(this.lanes[lane], log?.plan ?? NO_PLAN)
  }

  private conclude(): void {
    const { inputs, assumed, rules } = this.run
    const { counts, account } = this
    const kinds = { requests: 'http.request', tls: 'tls.handshake', dns: 'dns' } as const
    account.add({ sessions: counts.sessions, joined: counts.joined, pairs: [...counts.pairs].map(pair => pair.split(' ') as [string, string]), matched: this.logs.map(({ log }) => ({ path: log.path, kind: kinds[log.lane], events: counts.matched[log.lane] })) })
    conclude(inputs, this, assumed, rules)
  }

  summary(): Summary {
    const { inputs, rules } = this.run
    return { files: inputs.files, join: this.account.summary(rules, this.join.beyond, 0), notes: inputs.notes, problems: inputs.problems }
  }
}
