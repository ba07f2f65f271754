/** A run of `correlate` over columns: threads read logs by their briefs, this one joins rows and writes bytes. */
import { slackFor, type Assumptions } from '../assume.js'
import type { Inputs } from '../inputs.js'
import { JoinAccount } from '../join/account.js'
import type { JoinRules } from '../join/claim.js'
import { DualStack } from '../join/dual-stack.js'
import { OutOfOrder } from '../join/merge.js'
import { SkewSampler } from '../join/skew-sample.js'
import type { FileTraits } from '../join/traits.js'
import type { BriefPlan } from '../read/brief.js'
import type { Summary } from '../run.js'
import { conclude } from '../threads/conclude.js'
import type { PlainOptions } from '../threads/messages.js'
import { Unsuited } from '../threads/unsuited.js'
import { transferOf, type Block } from './block.js'
import { Dictionary, newVocabulary, type Vocabulary } from './dictionary.js'
import { Lane } from './lane.js'
import type { BriefAnswer, BriefAssignment } from './messages.js'
import type { Readers } from './readers.js'
import { RowJoin } from './row-join.js'
import { RowMerge } from './row-merge.js'
import { RowSessions, type Written } from './row-sessions.js'
import { ValueRow, type RowText } from './row-text.js'

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
  readonly readers: Readers
  readonly unmatched: boolean
  readonly onReject: ((reject: object) => void) | undefined
}

/** A log on this side. */
interface Log { readonly log: ColumnLog, readonly lane: Lane, readonly dictionaries: Map<number, Dictionary> }

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
  private readonly counts = { sessions: 0, joined: 0, matched: { requests: 0, tls: 0, dns: 0 }, pairs: new Set<string>() }

  constructor(private readonly run: ColumnRunOptions) {
    const numberOf = (lane: LaneName): number => run.logs.findIndex(log => log.lane === lane)
    const lanes = { requests: new Lane(numberOf('requests')), tls: new Lane(numberOf('tls')), dns: new Lane(numberOf('dns')) }
    this.lanes = lanes
    this.logs = run.logs.map((log): Log => ({ log, lane: lanes[log.lane], dictionaries: new Map() }))
    const written = (name: LaneName): Written => {
      const log = run.logs[numberOf(name)]
      const row = (): ValueRow => new ValueRow(lanes[name], log?.plan ?? NO_PLAN)
      return { lane: lanes[name], lead: row(), partner: row(), path: log?.path ?? '' }
    }
    this.sessions = new RowSessions({ request: written('requests'), tls: written('tls'), dns: written('dns') }, run.text)
    this.join = new RowJoin(lanes, this.vocabulary, run.rules, (kind, lane, row, tlsReused, dnsReused) => this.tell(kind, lane, row, tlsReused, dnsReused))
  }

  /** Lines of the sessions, in order. */
  async *lines(): AsyncGenerator<Buffer> {
    const { inputs, traits } = this.run
    for (const trait of traits.values()) if (trait.note !== undefined) inputs.note(trait.note)
    const merge = new RowMerge(this.logs.map(log => log.lane))
    const { readers } = this.run
    readers.assign(this.assignment())
    const take = (lane: Lane, row: number): void => this.join.add(lane, row)
    const asked = this.logs.map((): Promise<BriefAnswer>[] => [])
    // the join begins when every log has been heard once
    for (let ahead = 0; ahead < AHEAD; ahead++) asked.forEach((answers, log) => answers.push(readers.ask(log)))
    for (let next = merge.next; next !== undefined; next = merge.next) {
      const { log } = next
      const answer = await asked[log]!.shift()!
      this.take(log, answer)
      if (answer.end === undefined) asked[log]!.push(readers.ask(log, this.spentOf(log)))
      if (!merge.ready(take)) continue
      this.join.step()
      yield* this.sessions.take(Math.min(merge.given, this.oldestStart()))
    }
    merge.ready(take)
    this.join.end()
    yield* this.sessions.take(Infinity)
    this.conclude()
  }

  /** Buffers that the rows of a log need no more. */
  private spentOf(number: number): ArrayBuffer[] { return this.logs[number]!.lane.spent.splice(0).flatMap(transferOf) }

  private assignment(): BriefAssignment {
    const { logs, options, traits, text, onReject, inputs, assumed } = this.run
    return {
      options, referenceMs: inputs.referenceMs(), slackMs: Math.max(assumed.slackMs!, slackFor(inputs.sources)), traits, wanted: text.wanted, keepsRejects: onReject !== undefined,
      logs: logs.map(({ path, parser, lane }, number) => ({ number, path, parser, role: ROLES[lane] })),
    }
  }

  private take(number: number, answer: BriefAnswer): void {
    if (answer.failure !== undefined) throw new Error(answer.failure)
    if (answer.slackMs !== undefined) throw new OutOfOrder(answer.slackMs)
    if (answer.unsuited !== undefined) throw new Unsuited(answer.unsuited)
    const { inputs, onReject } = this.run
    for (const reject of answer.rejects) onReject?.(reject)
    const log = this.logs[number]!
    for (const block of answer.blocks) takeBlock(log, block, this.vocabulary)
    if (!answer.end) return
    log.lane.isEnded = true
    const { seen, hosts, sample } = answer.end.learned
    this.account.take(seen)
    this.dualStack.take(hosts)
    if (sample) this.sampler.take(sample)
    for (const file of answer.end.files) inputs.account(file)
    for (const note of answer.end.notes) inputs.note(note)
    for (const problem of answer.end.problems) inputs.problemTold(problem)
  }

  /** When the earliest of the rows begins that are still kept: nothing to come begins before. */
  private oldestStart(): number {
    let oldest = Infinity
    for (const { start, first, next, mask } of Object.values(this.lanes)) if (first < next && start[first & mask]! < oldest) oldest = start[first & mask]!
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
    if (tls !== -1 && !tlsReused && !this.join.isLater(lane, place, 'tls')) {
      startMs = Math.min(startMs, lanes.tls.start[tlsPlace]!)
      endMs = Math.max(endMs, lanes.tls.end[tlsPlace]!)
    }
    if (dns !== -1 && !dnsReused && !this.join.isLater(lane, place, 'dns')) {
      startMs = Math.min(startMs, lanes.dns.start[dnsPlace]!)
      endMs = Math.max(endMs, lanes.dns.end[dnsPlace]!)
    }
    this.sessions.add(kind, row, tls, dns, startMs, endMs, this.join.scoreOf(lane, place))
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

/** Adds a block to the rows of its log. What an older dictionary names than the one before the last has all come. */
function takeBlock({ dictionaries, lane, log }: Log, block: Block, vocabulary: Vocabulary): void {
  let dictionary = dictionaries.get(block.dictionary)
  if (!dictionary) {
    if (dictionaries.has(block.dictionary + 1)) throw new Unsuited(`${log.path} has rows too far from their place`)
    dictionaries.set(block.dictionary, dictionary = new Dictionary(log.plan.parts.length, vocabulary))
    dictionaries.delete(block.dictionary - 2)
  }
  dictionary.add(block)
  lane.append(block, dictionary)
}
