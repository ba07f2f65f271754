/** A thread that reads logs by the briefs of their formats. */
import { SourceReader } from '../event/read-source.js'
import { lineLimits } from '../input/line-rules.js'
import { Inputs } from '../inputs.js'
import { factsOf, type Facts } from '../join/facts.js'
import { OutOfOrder } from '../join/merge.js'
import { PLAIN } from '../join/traits.js'
import { readOptions } from '../options.js'
import { planBrief } from '../read/brief.js'
import type { Parser } from '../read/parser.js'
import { declaredNames } from '../read/table.js'
import type { LogEvent } from '../schema/event.js'
import { loadParser } from '../threads/load-parser.js'
import { serve } from '../threads/serve.js'
import { Unsuited } from '../threads/unsuited.js'
import { transferOf, type Block } from './block.js'
import { BlockOrder } from './block-order.js'
import { BriefFile } from './brief-file.js'
import { ColumnPool } from './column-pool.js'
import type { BriefAnswer, BriefAssignment } from './messages.js'
import { Sightings } from './sightings.js'

/** One log of this thread. */
class LogReader {
  private readonly inputs: Inputs
  private readonly rejects: object[] = []
  private file: BriefFile | undefined
  private reader: SourceReader | undefined
  private readonly sightings: Sightings
  private readonly order: BlockOrder

  constructor(private readonly log: BriefAssignment['logs'][number], private readonly assignment: BriefAssignment, private readonly parser: Parser, private readonly pool: ColumnPool) {
    const onReject = assignment.keepsRejects ? (reject: object): void => { this.rejects.push(reject) } : undefined
    this.inputs = new Inputs({ ...readOptions(assignment.options, [parser]), onReject })
    this.sightings = new Sightings(log.path, log.role)
    this.order = new BlockOrder(assignment.slackMs, pool)
  }


  async next(): Promise<BriefAnswer> {
    const { number } = this.log
    if (this.file?.isDone) return { log: number, blocks: [], rejects: [] } // asked ahead
    const file = this.file ??= await this.open()
    const blocks = this.read(file)
    const rejects = this.rejects.splice(0)
    if (!file.isDone) return { log: number, blocks, rejects }
    file.close()
    this.inputs.conclude(this.reader!, this.log.path)
    const { files, notes, problems } = this.inputs
    return { log: number, blocks, rejects, end: { files, notes, problems, learned: this.sightings.learned } }
  }

  /** The next blocks in order: at least one, unless the file is at its end. */
  private read(file: BriefFile): Block[] {
    for (;;) {
      for (const block of file.next()) {
        this.sightings.see(block)
        this.order.add(block)
      }
      const blocks = this.order.take(file.isDone)
      if (blocks.length > 0 || file.isDone) return blocks
    }
  }

  private async open(): Promise<BriefFile> {
    const { log, assignment, parser, inputs } = this
    const { options, referenceMs } = assignment
    await inputs.open([log.path])
    const [source] = inputs.sources
    const brief = parser.table?.brief
    const plan = brief && planBrief(brief, assignment.wanted)
    if (!source || !plan) throw new Unsuited(`${log.path} has no brief`)
    this.reader = new SourceReader(source, { ...readOptions(options, [parser]), onReject: assignment.keepsRejects ? reject => { this.rejects.push(reject) } : undefined }, referenceMs)
    const { maxLineBytes } = lineLimits(options.maxLineBytes === undefined ? {} : { maxLineBytes: options.maxLineBytes })
    return new BriefFile({ path: log.path, plan, declared: declaredNames(parser.table!), reader: this.reader, maxLineBytes, counters: options.counters, pool: this.pool, factsOf: event => this.factsOf(event) })
  }

  /** Facts of an event that was read the plain way; fails for one that is not of the kind this log is joined as. */
  private factsOf(event: LogEvent): Facts {
    const facts = factsOf(event, 0, this.assignment.traits.get(this.log.path) ?? PLAIN)
    const isUsual = facts.role === this.log.role && facts.leg === 'client' && facts.ordinal === 1 && facts.isDated && event.ts_basis !== 'inherited' && event.ts_basis !== 'anchored' && event.log.file.path === this.log.path
    if (!isUsual) throw new Unsuited(`a ${event.type} that is joined by more than its keys`)
    return facts
  }
}

/** Why a log cannot be read in this way. */
function refusal(log: number, error: Error): BriefAnswer {
  const nothing = { log, blocks: [], rejects: [] }
  if (error instanceof Unsuited) return { ...nothing, unsuited: error.message }
  return error instanceof OutOfOrder ? { ...nothing, slackMs: error.neededMs } : { ...nothing, failure: error.stack ?? error.message }
}

serve(async (assignment: BriefAssignment) => {
  const pool = new ColumnPool()
  const readers = new Map<number, LogReader>()
  for (const log of assignment.logs) readers.set(log.number, new LogReader(log, assignment, await loadParser(log.parser), pool))
  return async ({ log, spent }) => {
    if (spent) pool.give(spent)
    const answer = await readers.get(log)!.next().catch((error: Error) => refusal(log, error))
    return { answer, transfer: answer.blocks.flatMap(transferOf) }
  }
})
