/** Packs the rows of a file into blocks. */
import type { Facts } from '../join/facts.js'
import type { BriefPlan } from '../read/brief.js'
import type { LogEvent } from '../schema/event.js'
import { BLOCK_ROWS, type Block, type Entry } from './block.js'
import { copyBytes, viewOf } from './copy-bytes.js'
import type { ColumnPool } from './column-pool.js'

const getterOf = (path: string): (event: LogEvent) => unknown => {
  const keys = path.split('.')
  return event => keys.reduce<unknown>((value, key) => typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined, event)
}

/** A value as JSON writes it. */
const textOf = (value: unknown): string | undefined => value === undefined ? undefined : JSON.stringify(value)

/** Writes one block after the other. */
export class BlockWriter {
  private readonly partGetters: readonly (readonly ((event: LogEvent) => unknown)[])[]
  private readonly textGetters: readonly ((event: LogEvent) => unknown)[]
  private added: Entry[][]
  /** Entries of the present dictionary, for each part. */
  private counts: number[]
  private dictionary = 0
  rows = 0
  line!: Int32Array
  start!: Float64Array
  at!: Float64Array
  end!: Float64Array
  port!: Int32Array
  ttl!: Float64Array
  parts!: readonly Int32Array[]
  private textStarts!: readonly Int32Array[]
  private textLengths!: readonly Int32Array[]
  private bytes!: Uint8Array
  private bytesView!: DataView
  private bytesUsed = 0
  /** Bytes of texts that a block had at the most so far. */
  private textBytes = 0

  constructor(private readonly plan: BriefPlan, private readonly pool: ColumnPool) {
    this.partGetters = plan.partPaths.map(paths => paths.map(getterOf))
    this.textGetters = plan.textPaths.map(getterOf)
    this.added = plan.parts.map(() => [])
    this.counts = plan.parts.map(() => 0)
    this.begin()
  }

  private begin(): void {
    const { plan, pool } = this
    this.rows = 0
    const columns = pool.block(plan.parts.length, plan.textCells.length)
    this.line = columns.line
    this.start = columns.start
    this.at = columns.at
    this.end = columns.end
    this.port = columns.port
    this.ttl = columns.ttl
    this.parts = columns.parts
    this.textStarts = columns.textStarts
    this.textLengths = columns.textLengths
    // where a row has no text, none is put
    for (const lengths of columns.textLengths) lengths.fill(0)
    this.bytes = new Uint8Array(pool.bytes(this.textBytes))
    this.bytesView = viewOf(this.bytes)
    this.bytesUsed = 0
    this.added = plan.parts.map(() => [])
  }

  get isFull(): boolean { return this.rows === BLOCK_ROWS }

  /** Begins a new dictionary: entries of the old one are not to be named any more. Only between two blocks. */
  forget(): void {
    this.dictionary++
    this.counts = this.plan.parts.map(() => 0)
  }

  /** The number of a new entry of a part: what the event says of it. */
  entry(part: number, facts: Facts, event: LogEvent): number {
    const values = this.partGetters[part]!.map(getter => textOf(getter(event)))
    const { type, names, servers, family, isCause, leadsSomewhere, isPlain, tick, client } = facts
    this.added[part]!.push({ values, ...(part === 0 ? { who: { client } } : part === 1 ? { what: { type, names, servers, family, isCause, leadsSomewhere, isPlain, tick } } : {}) })
    return this.counts[part]!++
  }

  /** The number of a new client that is known by its address alone. */
  client(client: string): number {
    this.added[0]!.push({ values: this.plan.partPaths[0]!.map(() => JSON.stringify(client)), who: { client } })
    return this.counts[0]!++
  }

  /** A row of an event that was read the plain way; nothing of it is remembered. */
  addEvent(facts: Facts, event: LogEvent): void {
    const row = this.rows++
    this.line[row] = facts.line
    this.start[row] = facts.start
    this.at[row] = facts.at
    this.end[row] = facts.end
    this.port[row] = facts.clientPort ?? -1
    this.ttl[row] = facts.ttlSeconds ?? -1
    for (let part = 0; part < this.parts.length; part++) this.parts[part]![row] = this.entry(part, facts, event)
    for (let column = 0; column < this.textGetters.length; column++) {
      const text = textOf(this.textGetters[column]!(event))
      if (text !== undefined) this.addText(row, column, viewOf(Buffer.from(text)), 0, Buffer.byteLength(text), false)
    }
  }

  /** A text of a row: the bytes of a cell, in quotes if they are to be written. */
  addText(row: number, column: number, source: DataView, from: number, to: number, isQuoted: boolean): void {
    const length = to - from + (isQuoted ? 2 : 0)
    if (this.bytesUsed + length > this.bytes.length) {
      const larger = new Uint8Array(this.pool.bytes(this.bytesUsed + length))
      larger.set(this.bytes.subarray(0, this.bytesUsed))
      this.pool.give([this.bytes.buffer as ArrayBuffer])
      this.bytes = larger
      this.bytesView = viewOf(larger)
    }
    const { bytes } = this
    let at = this.bytesUsed
    this.textStarts[column]![row] = at
    this.textLengths[column]![row] = length
    if (isQuoted) bytes[at++] = 34
    at = copyBytes(this.bytesView, at, source, from, to)
    if (isQuoted) bytes[at++] = 34
    this.bytesUsed = at
  }

  /** The block, and a new one begun. */
  take(): Block {
    const { rows, line, start, at, end, port, ttl, parts, textStarts, textLengths, bytes, dictionary, added } = this
    const block: Block = { rows, line, start, at, end, port, ttl, parts, textStarts, textLengths, bytes, dictionary, added }
    this.textBytes = Math.max(this.textBytes, this.bytesUsed)
    this.begin()
    return block
  }
}

