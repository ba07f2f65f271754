/**
 * `correlate` where only some fields of each session are wanted, as text: logs are read in threads of their own, which hand over what the
 * join and those fields need; events never exist as objects on this side. The join is the same. What does not fit in is left to the plain
 * path, which is also what this one is tested against.
 */
import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { slackFor, type Assumptions } from '../assume.js'
import type { Source } from '../event/source.js'
import { Inputs, type Input } from '../inputs.js'
import { windowOf } from '../correlate.js'
import { parsers as builtIn } from '../../parsers/index.js'
import { correlateColumns, textInColumns } from '../columns/correlate-columns.js'
import { Readers } from '../columns/readers.js'
import { JoinAccount } from '../join/account.js'
import { DualStack } from '../join/dual-stack.js'
import type { Facts } from '../join/facts.js'
import { hashSeed } from '../join/hash.js'
import { DEFAULT_TTL_SLACK_MS } from '../join/life.js'
import { mergeInTime } from '../join/merge.js'
import { compareFacts } from '../join/order.js'
import { spanOf } from '../join/session.js'
import { SkewSampler } from '../join/skew-sample.js'
import type { Claim, JoinRules } from '../join/claim.js'
import { SessionOrder, JoinStream, type Step } from '../join/stream.js'
import { traitsOf, type FileTraits } from '../join/traits.js'
import { rolesOf } from '../event-roles.js'
import { makeFilter, readOptions, type CorrelateOptions } from '../options.js'
import { round3 } from '../read/time.js'
import type { Summary } from '../run.js'
import { conclude } from './conclude.js'
import { kindOf } from './messages.js'
import { Reading, type Told } from './reading.js'
import { SessionText } from './session-text.js'
import { Unsuited } from './unsuited.js'

/** Below this, starting threads takes longer than reading does. */
const LEAST_BYTES = 8_000_000

/** How text is wanted. */
export interface TextOptions extends CorrelateOptions {
  readonly fields: readonly string[]
  /** Reading threads at the most; default one for each core, and one less where logs are joined as columns. */
  readonly jobs?: number
  /** Inputs smaller than this, in bytes, are not worth the start of a thread. */
  readonly leastBytes?: number
}

/** Options and inputs that this way can do; the rest is for the plain one. */
export function suits(inputs: readonly Input[], options: CorrelateOptions): boolean {
  return inputs.every(input => typeof input === 'string' && input !== '-') && !options.live && !options.skewAuto && !options.parsers && (options.match ?? 'best') === 'best'
    && (options.bound ?? 'window') === 'window' && !(options.skews?.length) && makeFilter(options).isOpen && !options.signal
}

class TextRun {
  readonly account = new JoinAccount()
  readonly dualStack = new DualStack()
  readonly sampler = new SkewSampler()
  private readonly order = new SessionOrder<string>()
  private stream: JoinStream | undefined

  constructor(private readonly inputs: Inputs, private readonly options: TextOptions, private readonly assumed: Assumptions, private readonly rules: JoinRules, private readonly text: SessionText) {}

  /** Text of the sessions, in order. */
  async *run(): AsyncGenerator<string> {
    const { inputs, rules, options } = this
    const traits = traitsOf(inputs.sources.map(source => ({ path: source.path, drafts: source.headDrafts })))
    for (const trait of traits.values()) if (trait.note !== undefined) inputs.note(trait.note)
    const stream = this.stream = new JoinStream(rules, () => { throw new TypeError('facts come ready') }, undefined)
    const reading = new Reading(this.assignment(traits), readablePaths(inputs).map((paths, number) => ({ number, paths })), options.jobs ?? availableParallelism())
    try {
      const streams = reading.streams(this.told()).map(log => this.seen(log))
      const slackMs = Math.max(this.assumed.slackMs!, slackFor(inputs.sources))
      for await (const batch of mergeInTime(streams, slackMs, { timeOf: facts => facts.isDated ? facts.start : undefined, compare: compareFacts })) {
        for (const facts of batch) stream.add(facts)
        if (stream.isReady) yield this.settle(stream.step())
      }
      yield this.settle(stream.end())
    } finally {
      await reading.stop()
    }
    conclude(inputs, this, this.assumed, rules)
  }

  private assignment(traits: ReadonlyMap<string, FileTraits>): ConstructorParameters<typeof Reading>[0] {
    const { parsers: _, onReject, signal: __, ...plain } = this.options as CorrelateOptions
    const claimed = new Set(this.inputs.sources.flatMap(source => source.claims.map(claim => claim.parser)))
    const needed = this.options.as?.length ? builtIn : builtIn.filter(parser => claimed.has(parser))
    return {
      hashSeed: hashSeed(), options: readable(plain), parsers: needed.map(({ id }) => new URL(`../../parsers/${id}.js`, import.meta.url).href), referenceMs: this.inputs.referenceMs(), traits,
      aliases: this.assumed.aliases, kinds: kindsOf(this.inputs), wanted: this.text.wanted, keepsRejects: onReject !== undefined,
    }
  }

  private told(): Told {
    const { inputs, options } = this
    return {
      rejects: rejects => { for (const reject of rejects) options.onReject?.(reject as Parameters<NonNullable<typeof options.onReject>>[0]) },
      end: ({ files, notes, problems }) => {
        for (const file of files) inputs.account(file)
        for (const note of notes) inputs.note(note)
        for (const problem of problems) inputs.problemTold(problem)
      },
    }
  }

  /** What has to be learned of every event, in the order of its log. */
  private async *seen(log: AsyncIterable<Facts[]>): AsyncGenerator<Facts[]> {
    for await (const batch of log) {
      for (const facts of batch) {
        this.account.facts(facts)
        this.dualStack.seeFacts(facts)
        this.sampler.seeFacts(facts)
      }
      yield batch
    }
  }

  private settle(step: Step): string {
    for (const claim of step.claims) if (this.account.claim(claim) > 1 || this.options.unmatched) this.addSession(claim)
    return this.order.take(step.settledMs).join('')
  }

  private addSession(claim: Claim): void {
    const span = spanOf(claim)
    this.order.add(span && round3(span.start), claim.cluster.lead, this.text.line({ claim, span }))
  }

  summary(): Summary {
    const { inputs, rules, account } = this
    return { files: inputs.files, join: account.summary(rules, this.stream?.beyond ?? { tls: 0, dns: 0 }, 0), notes: inputs.notes, problems: inputs.problems }
  }
}

/** The paths of each log, without those that nobody claims: what is to be said of them has been. */
function readablePaths(inputs: Inputs): readonly (readonly string[])[] {
  const opened = new Set(inputs.sources.map(source => source.path))
  return inputs.logs.map(paths => paths.filter(path => opened.has(path))).filter(paths => paths.length > 0)
}

/** The options a reading thread needs. */
function readable(options: Omit<CorrelateOptions, 'parsers' | 'onReject' | 'signal'>): ConstructorParameters<typeof Reading>[0]['options'] {
  const { as, zones, year, anchors, labels, redact, maxLineBytes, counters } = options
  return Object.fromEntries(Object.entries({ as, zones, year, anchors, labels, redact, maxLineBytes, counters }).filter(([, value]) => value !== undefined))
}

/**
 * Joins logs and writes the wanted fields of every session as a line of JSON.
 * @param write takes text, in order; waits where the reader is slower.
 * @returns the account of the run; undefined when this way does not suit the inputs or the fields (what was written until then is to be
 * thrown away). Fails with OutOfOrder or OtherAliases when an assumption was wrong, with the same consequence.
 */
export async function correlateText(named: readonly Input[], options: TextOptions, assumed: Assumptions, write: (text: string | Uint8Array) => Promise<void> | void): Promise<Summary | undefined> {
  if (assumed.slackMs === undefined || !suits(named, options)) return undefined
  const leastBytes = options.leastBytes ?? LEAST_BYTES
  // they load their program while the first lines of the logs are looked at
  let readers = textInColumns(options, assumed) && sizeOf(named as readonly string[]) >= leastBytes ? new Readers(options.jobs, named.length) : undefined
  try {
    return await textOf(named, options, assumed, logs => readers ??= new Readers(options.jobs, logs), write)
  } finally {
    await readers?.stop()
  }
}

async function textOf(named: readonly Input[], options: TextOptions, assumed: Assumptions, readersFor: (logs: number) => Readers, write: (text: string | Uint8Array) => Promise<void> | void): Promise<Summary | undefined> {
  const inputs = new Inputs(readOptions(options, builtIn))
  await inputs.open(named)
  const drafts = inputs.sources.flatMap(source => source.headDrafts)
  const types = new Set(drafts.map(draft => draft.type))
  const rules: JoinRules = { ...windowOf(options), match: 'best', bound: 'window', ttlSlackMs: options.ttlSlackMs ?? DEFAULT_TTL_SLACK_MS, hasTls: types.has('tls.handshake'), hasDns: types.has('dns.query') || types.has('dns.response'), files: { ...rolesOf(inputs.sources), request: 1, tls: 1, dns: 1 } }
  const text = SessionText.of(options.fields, rules)
  if (!text || !isOneLogPerKind(inputs) || sizeOf(inputs.logs.flat()) < (options.leastBytes ?? LEAST_BYTES)) return undefined
  const inColumns = await correlateColumns({ inputs, options, assumed, rules, readersFor, onReject: options.onReject as ((reject: object) => void) | undefined, readable: readable(options) }, write)
  if (inColumns) return inColumns
  const run = new TextRun(inputs, options, assumed, rules, text)
  try {
    for await (const part of run.run()) if (part !== '') await write(part)
  } catch (error) {
    if (error instanceof Unsuited) return undefined
    throw error
  }
  return run.summary()
}

const sizeOf = (paths: readonly string[]): number => paths.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0)

const kindsOf = (inputs: Inputs): Map<string, Set<string>> => new Map(inputs.sources.map(({ path, headDrafts }) => [path, new Set(headDrafts.map(draft => kindOf(draft.type)))]))

/** Lines of different logs about one thing are recognised by more than the facts that travel, so there may be but one log of each kind. */
function isOneLogPerKind(inputs: Inputs): boolean {
  const seen = new Set<string>()
  for (const kinds of kindsOf(inputs).values()) for (const kind of kinds) {
    if (seen.has(kind) || !['dns', 'tls.handshake', 'http.request'].includes(kind)) return false
    seen.add(kind)
  }
  return inputs.sources.every(({ claims, headDrafts }) => !headDrafts.some(draft => draft.vantage === 'client') && !claims.some(claim => claim.parser.vantage === 'client') && [...seen].every(kind => givers(claims, kind) < 2))
}

/** How many of the formats that share a file can tell of a kind. */
const givers = (claims: Source['claims'], kind: string): number => [...new Set(claims.map(({ parser }) => parser))].filter(parser => parser.types.some(type => kindOf(type) === kind)).length
