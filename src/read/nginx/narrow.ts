/** A table of many possible names, read by those that the file's first lines have: a line with another one is read again by the whole table. */
import type { LineReader, ParserContext } from '../parser.js'
import { openTable, type CellReader, type Layout, type Table } from '../table.js'

/** Cells that say whether the line just read had a known name for which there is no cell. */
export interface NarrowCells extends CellReader { missed: boolean }

/**
 * Opens a table for one file.
 * @param make makes the cells for the names given.
 * @param names those seen in the head; empty to read by the whole table from the start.
 */
export function openNarrow(table: Table, context: ParserContext, make: (names: readonly string[]) => NarrowCells, names: ReadonlySet<string>): LineReader {
  const layout = (open: Layout['open']): Layout => ({ ...table.layout, open })
  if (names.size === 0) return openTable({ ...table, layout: layout(make) }, context)
  let cells: NarrowCells | undefined
  const fields = Object.fromEntries(Object.entries(table.fields).filter(([name]) => names.has(name)))
  const narrow = openTable({ ...table, layout: layout(wanted => cells = make(wanted)), fields, also: table.also?.filter(name => names.has(name)) ?? [] }, context)
  let wide: LineReader | undefined
  return {
    line(text, number, outer) {
      cells!.missed = false
      const result = narrow.line(text, number, outer)
      return cells!.missed ? (wide ??= openTable({ ...table, layout: layout(make) }, context)).line(text, number, outer) : result
    },
  }
}
