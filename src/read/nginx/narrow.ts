/** A table of many possible names, read by those that the file has so far: a line with another known name makes it wider and is read again. */
import type { LineReader, LineResult, Outer, ParserContext } from '../parser.js'
import { openTable, type CellReader, type Table } from '../table.js'

/** Cells that say whether the line just read had a known name for which there is no cell. */
export interface NarrowCells extends CellReader { missed: boolean }

/** How the cells of a table are made, and which names lines have. */
export interface Narrowing {
  make(names: readonly string[]): NarrowCells
  namesIn(lines: readonly string[]): Iterable<string>
}

/** A file whose lines keep having new names is read by the whole table. */
const MAX_WIDENINGS = 40

class NarrowReader implements LineReader {
  private readonly names = new Set<string>()
  private reader: LineReader | undefined
  private cells: NarrowCells | undefined
  private widenings = 0

  constructor(private readonly table: Table, private readonly context: ParserContext, private readonly how: Narrowing) {
    this.learn(context.head.lines)
  }

  line(text: string, number: number, outer?: Outer): LineResult {
    if (!this.reader) this.learn([text])
    if (this.cells) this.cells.missed = false
    const result = this.reader!.line(text, number, outer)
    if (!this.cells?.missed || this.widenings > MAX_WIDENINGS) return result
    this.learn([text])
    return this.reader!.line(text, number, outer)
  }

  private learn(lines: readonly string[]): void {
    const known = this.names.size
    for (const name of this.how.namesIn(lines)) this.names.add(name)
    if (this.names.size > known || (!this.reader && lines !== this.context.head.lines)) this.open()
  }

  private open(): void {
    const { table, names } = this
    const isWhole = ++this.widenings > MAX_WIDENINGS
    const keep = (name: string): boolean => isWhole || names.has(name)
    const fields = Object.fromEntries(Object.entries(table.fields).filter(([name]) => keep(name)))
    const layout = { ...table.layout, open: (wanted: readonly string[]) => this.cells = this.how.make(wanted) }
    this.reader = openTable({ ...table, layout, fields, also: (table.also ?? []).filter(keep) }, this.context)
  }
}

/** Opens a table for one file, by the names its lines have. */
export function openNarrow(table: Table, context: ParserContext, how: Narrowing): LineReader {
  return new NarrowReader(table, context, how)
}
