/**
 * Quoted CSV (RFC 4180), a record a line. fast-csv writes our CSV; it is not used to read, since its parser is a stream that
 * stops at the first bad quote and does not say on which line a record began, and here every line must be accounted for.
 */
import { skip, type Skip } from '../parser.js'
import type { CellReader, Cells, Layout } from '../table.js'

/** Cells of one CSV record, or undefined where a quote is left open or followed by text. */
export function splitCsv(text: string, separator = ','): string[] | undefined {
  if (!text.includes('"')) return text.split(separator)
  const cells: string[] = []
  let at = 0
  for (;;) {
    // some writers put a blank before the quote; a quote inside a bare cell would be no CSV at all
    if (text.charCodeAt(at) === 32 && text.charCodeAt(at + 1) === 34) at++
    if (text.charCodeAt(at) === 34) {
      let close = at + 1
      for (;;) {
        close = text.indexOf('"', close)
        if (close === -1) return undefined
        if (text.charCodeAt(close + 1) !== 34) break
        close += 2
      }
      cells.push(text.slice(at + 1, close).replaceAll('""', '"'))
      at = close + 1
      if (at < text.length && !text.startsWith(separator, at)) return undefined
    } else {
      const end = text.indexOf(separator, at)
      cells.push(text.slice(at, end === -1 ? text.length : end))
      at = end === -1 ? text.length : end
    }
    if (at >= text.length) return cells
    at += separator.length
  }
}

/** Options of a CSV table: `header` when the first line names the columns; `columns` where it does not. */
export interface CsvOptions { readonly separator?: string, readonly columns?: readonly string[], readonly header?: boolean, readonly absent?: readonly string[], readonly widths?: readonly number[] }

class CsvCells implements CellReader {
  names: readonly string[]
  private headed = false
  constructor(private readonly options: CsvOptions) { this.names = options.columns ?? [] }

  read(text: string): Cells | Skip {
    if (text.trim() === '') return skip('blank')
    const cells = splitCsv(text, this.options.separator)
    if (!cells) return skip('malformed', 'a quote is not closed')
    if (this.isHeader(cells)) return skip('header')
    const { widths } = this.options
    if (widths && !this.headed ? !widths.includes(cells.length) : cells.length !== this.names.length) return skip('malformed', `${cells.length} cells under ${this.names.length} columns`)
    return cells
  }

  private isHeader(cells: readonly string[]): boolean {
    if (this.options.header === false) return false
    const first = this.headed || this.options.columns ? this.names[0] : cells[0]
    if (cells[0] !== first || (this.headed && cells[1] !== this.names[1])) return false
    this.names = cells
    this.headed = true
    return true
  }
}

/** A layout of quoted CSV. With both `columns` and `header`, a first line that repeats the first column's name is taken as the header. */
export function csv(options: CsvOptions = {}): Layout {
  return { kind: 'csv', absent: options.absent ?? ['-'], open: () => new CsvCells(options) }
}
