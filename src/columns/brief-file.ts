/** Reads a file by the brief of its format: most lines straight from their bytes, the others the plain way. */
import { closeSync, openSync, readSync } from 'node:fs'
import { countBytes, countLines, type Counters } from '../input/counters.js'
import { judgeLine } from '../input/line-rules.js'
import { sniff } from '../input/sniff.js'
import type { SourceReader } from '../event/read-source.js'
import type { Facts } from '../join/facts.js'
import type { BriefPlan } from '../read/brief.js'
import type { LogEvent } from '../schema/event.js'
import { Unsuited } from '../threads/unsuited.js'
import type { Block } from './block.js'
import { BlockWriter } from './block-writer.js'
import type { ColumnPool } from './column-pool.js'
import { BriefLines, NEW } from './brief-lines.js'

const READ_BYTES = 1 << 19
/** A line that fills so much is not waited for here. */
const MOST_BYTES = 1 << 26
const LINE_FEED = 10
const HASH = 35

/** What a file is read with. `factsOf` says why an event cannot go this way, by throwing. */
export interface BriefFileOptions {
  readonly path: string
  readonly plan: BriefPlan
  readonly declared: ReadonlySet<string>
  readonly reader: SourceReader
  readonly maxLineBytes: number
  readonly counters: Counters | undefined
  readonly pool: ColumnPool
  factsOf(event: LogEvent): Facts
}

/** One file, block by block. */
export class BriefFile {
  private readonly handle: number
  private readonly writer: BlockWriter
  private readonly lines: BriefLines
  private buffer = Buffer.allocUnsafeSlow(2 * READ_BYTES)
  private used = 0
  private line = 0
  private isEnd = false

  constructor(private readonly options: BriefFileOptions) {
    this.handle = openSync(options.path, 'r')
    this.writer = new BlockWriter(options.plan, options.pool)
    this.lines = new BriefLines(options.plan, options.declared, this.writer)
  }

  get isDone(): boolean { return this.isEnd }

  /** The next blocks: at least one, unless the file is at its end. */
  next(): Block[] {
    const blocks: Block[] = []
    while (blocks.length === 0 && !this.isEnd) this.readMore(blocks)
    if (this.isEnd && this.writer.rows > 0) blocks.push(this.writer.take())
    return blocks
  }

  close(): void { closeSync(this.handle) }

  private readMore(blocks: Block[]): void {
    if (this.used + READ_BYTES >= this.buffer.length) {
      if (this.buffer.length >= MOST_BYTES) throw new Unsuited(`${this.options.path} has lines beyond all measure`)
      const larger = Buffer.allocUnsafeSlow(2 * this.buffer.length)
      this.buffer.copy(larger, 0, 0, this.used)
      this.buffer = larger
    }
    const bytes = readSync(this.handle, this.buffer, this.used, READ_BYTES, null)
    if (this.options.counters) countBytes(this.options.counters, bytes)
    if (bytes === 0) return this.end(blocks)
    // what is compressed, marked or no text at all is opened with more care elsewhere
    if (this.line === 0 && this.used === 0 && !isText(this.options.path, this.buffer.subarray(0, bytes))) throw new Unsuited(`${this.options.path} does not begin with plain text`)
    const before = this.line
    const whole = this.readLines(this.used + bytes, blocks)
    this.buffer.copyWithin(0, whole, this.used + bytes)
    this.used += bytes - whole
    if (this.options.counters) countLines(this.options.counters, this.line - before)
  }

  /** Reads the lines that end before a place; gives where the rest begins. */
  private readLines(filled: number, blocks: Block[]): number {
    const { buffer, lines, options: { reader } } = this
    buffer[filled] = LINE_FEED // so that no line is looked for beyond
    let start = 0
    let rows = 0
    while (start < filled) {
      let end = lines.read(buffer, start, filled, this.line + 1)
      if (end >= 0) rows++
      else {
        const isNew = end === NEW
        end = buffer.indexOf(LINE_FEED, start)
        if (end >= filled) break
        this.readPlainly(start, end, this.line + 1, isNew, blocks)
      }
      this.line++
      if (this.writer.isFull) this.takeBlock(blocks)
      start = end + 1
    }
    reader.takenElsewhere(rows)
    return Math.min(start, filled)
  }

  private readPlainly(start: number, end: number, line: number, isNew: boolean, blocks: Block[]): void {
    const { reader, factsOf, maxLineBytes } = this.options
    const text = judgeLine(this.buffer.subarray(start, end), maxLineBytes)
    if (this.buffer[start] === HASH && typeof text === 'string') this.lines.header(text)
    reader.take(text, line)
    const events = reader.drain()
    if (isNew && events.length === 1 && events[0]!.log.line === line) return this.lines.learn(factsOf(events[0]!), events[0]!)
    this.add(events, blocks)
  }

  private add(events: readonly LogEvent[], blocks: Block[]): void {
    for (const event of events) {
      if (this.writer.isFull) this.takeBlock(blocks)
      this.writer.addEvent(this.options.factsOf(event), event)
    }
  }

  private takeBlock(blocks: Block[]): void {
    blocks.push(this.writer.take())
    this.lines.rest()
  }

  private end(blocks: Block[]): void {
    const { reader } = this.options
    if (this.used > 0) this.readPlainly(0, this.used, ++this.line, false, blocks)
    reader.end()
    this.add(reader.drain(), blocks)
    this.isEnd = true
  }
}

/** Text without a mark at its start. */
function isText(path: string, first: Buffer): boolean {
  const { compression, encoding, binary } = sniff(first)
  return first[0]! < 127 && compression === 'none' && encoding === 'utf8' && binary === undefined && !path.endsWith('.br')
}
