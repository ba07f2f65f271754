/** A reading thread: reads logs to events as ever, and hands over what the join needs of them. */
import { Inputs } from '../inputs.js'
import { factsOf, type Facts } from '../join/facts.js'
import { useHashSeed } from '../join/hash.js'
import { PLAIN } from '../join/traits.js'
import { readOptions } from '../options.js'
import type { Parser } from '../read/parser.js'
import type { LogEvent } from '../schema/event.js'
import { BlockWriter, transferOf, type BlockParts } from './block.js'
import { loadParser } from './load-parser.js'
import { kindOf, type Answer, type Assignment } from './messages.js'
import { serve } from './serve.js'

/** What the facts of an event are taken from (`factsOf`), whatever is printed of it. */
const JOIN_NEEDS = [
  'hostname', 'client.ip', 'client.port', 'server.ip', 'network.forwarded_ip', 'url.scheme', 'labels', 'tls', 'error.type',
  'dns.question.name', 'dns.question.type', 'dns.answers', 'dns.resolved_ip', 'dns.response_code', 'dns.min_ttl_s',
]

/** Events whose facts alone do not do. */
function unsuitedBy(facts: Facts, event: LogEvent, kinds: ReadonlySet<string> | undefined): string | undefined {
  if (facts.role !== 'request' && facts.role !== 'tls' && facts.role !== 'dns') return `a ${event.type} of a kind that is joined by more than its keys`
  if (!kinds?.has(kindOf(event.type))) return `a ${event.type}, of which the first lines did not tell`
  return event.ts_basis === 'inherited' || event.ts_basis === 'anchored' ? 'times that are not its own' : undefined
}

class LogReader {
  private readonly inputs: Inputs
  private readonly rejects: object[] = []
  private stream: AsyncIterator<LogEvent[]> | undefined
  private readonly getters: ReturnType<typeof BlockWriter.getters>
  private writer: BlockWriter | undefined

  constructor(private readonly number: number, private readonly paths: readonly string[], private readonly assignment: Assignment, parsers: readonly Parser[]) {
    const onReject = assignment.keepsRejects ? (reject: object): void => { this.rejects.push(reject) } : undefined
    this.inputs = new Inputs({ ...readOptions(assignment.options, parsers), onReject, wanted: new Set([...JOIN_NEEDS, ...assignment.wanted]) })
    this.getters = BlockWriter.getters(assignment.wanted)
  }

  /** More of the log: a block or a few, or its end. */
  async next(): Promise<Answer> {
    this.stream ??= await this.open()
    const blocks: BlockParts[] = []
    let isEnd = false
    while (blocks.length === 0 && !isEnd) {
      const batch = await this.stream.next()
      if (batch.done) isEnd = true
      else for (const event of batch.value) {
        const unsuited = this.take(event, blocks)
        if (unsuited !== undefined) return { log: this.number, blocks: [], rejects: [], unsuited }
      }
    }
    if (isEnd && this.writer) blocks.push(this.writer.take())
    // asked ahead, it is asked again after the end; what has been handed over once cannot be again
    if (isEnd) this.writer = undefined
    const { files, notes, problems } = this.inputs
    return { log: this.number, blocks, rejects: this.rejects.splice(0), ...(isEnd ? { end: { files, notes, problems } } : {}) }
  }

  /** Packs an event; a block that is full, or of another piece of the log, goes to `blocks`. */
  private take(event: LogEvent, blocks: BlockParts[]): string | undefined {
    const { path } = event.log.file
    const facts = factsOf(event, 0, this.assignment.traits.get(path) ?? PLAIN, this.assignment.aliases)
    const unsuited = unsuitedBy(facts, event, this.assignment.kinds.get(path))
    if (unsuited !== undefined) return unsuited
    if (this.writer && (this.writer.isFull || this.writer.path !== path)) {
      blocks.push(this.writer.take())
      this.writer = undefined
    }
    this.writer ??= new BlockWriter(path, this.getters)
    this.writer.add(facts, event)
    return undefined
  }

  private async open(): Promise<AsyncIterator<LogEvent[]>> {
    await this.inputs.open(this.paths)
    return this.inputs.streams(this.assignment.referenceMs)[0]!
  }
}

serve(async (assignment: Assignment) => {
  useHashSeed(assignment.hashSeed)
  const parsers = await Promise.all(assignment.parsers.map(loadParser))
  const logs = new Map(assignment.logs.map(({ number, paths }) => [number, new LogReader(number, paths, assignment, parsers)]))
  return async ({ log }) => {
    const answer = await logs.get(log)!.next().catch((error: Error): Answer => ({ log, blocks: [], rejects: [], failure: error.stack ?? error.message }))
    return { answer, transfer: answer.blocks.flatMap(transferOf) }
  }
})
