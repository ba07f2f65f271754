/** Tables with a separator and no quoting: Zeek TSV, W3C extended, a first line of names, or columns stated in the declaration. */
import { skip, type Skip } from '../parser.js'
import type { CellReader, Cells, Layout } from '../table.js'

/** Where the column names come from. */
export interface SeparatedOptions {
  /** `zeek`: `#fields`; `w3c`: `#Fields:`; `names`: the first line; `none`: `columns`. A header that comes by always wins over `columns`. */
  readonly header: 'zeek' | 'w3c' | 'names' | 'none'
  /** Default a tab for `zeek`, `names` and `none`; for `w3c` a tab where the line has one, else a space. */
  readonly separator?: string
  /** Column names where no header names them. */
  readonly columns?: readonly string[]
  /** Numbers of columns that a headless line may have (older or newer editions of a format); default all of `columns`. */
  readonly widths?: readonly number[]
  /** Empty cells after the last column are no fault: some writers end a line with a separator. */
  readonly surplus?: boolean
  readonly absent?: readonly string[]
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeRun(run: string, keepComma: boolean): string {
  if (run === '\\\\') return '\\'
  if (keepComma && /2c/i.test(run)) return run.replace(/\\x(?!2c)[0-9a-f]{2}/gi, one => decodeRun(one, false))
  const bytes = Uint8Array.from(run.match(/[0-9a-fA-F]{2}/g) ?? [], hex => Number.parseInt(hex, 16))
  try {
    return utf8.decode(bytes)
  } catch {
    return String.fromCharCode(...bytes)
  }
}

/**
 * Undoes Zeek's `\xNN` (bytes of UTF-8, where they are) and doubled backslashes; text without a backslash comes back as it is.
 * With `keepComma` an escaped comma stays escaped: inside a vector it is no separator.
 */
export function unescapeHex(text: string, keepComma = false): string {
  return text.includes('\\') ? text.replace(/(?:\\x[0-9a-fA-F]{2}){1,4096}|\\\\/g, run => decodeRun(run, keepComma)) : text
}

const DEFAULT_ABSENT: Readonly<Record<SeparatedOptions['header'], readonly string[]>> = { zeek: ['-', '(empty)'], w3c: ['-'], names: [''], none: ['-'] }

class SeparatedCells implements CellReader {
  names: readonly string[]
  private separator: string
  private headed = false

  constructor(private readonly options: SeparatedOptions) {
    this.names = options.columns ?? []
    this.separator = options.separator ?? '\t'
  }

  read(text: string): Cells | Skip {
    if (text.trim() === '') return skip('blank')
    if (text.charCodeAt(0) === 35 && this.options.header !== 'names') return this.directive(text)
    if (this.options.header === 'names' && this.isHeader(text)) return skip('header')
    if (this.names.length === 0) return skip('not-this-format', 'no header names the columns')
    const cells = text.split(this.separatorOf(text))
    if (this.options.surplus) while (cells.length > this.names.length && cells.at(-1)!.trim() === '') cells.pop()
    if (!this.fits(cells.length)) return skip('malformed', `${cells.length} cells under ${this.names.length} columns`)
    return this.options.header === 'zeek' && text.includes('\\') ? cells.map(cell => unescapeHex(cell, true)) : cells
  }

  private separatorOf(text: string): string {
    if (this.options.header !== 'w3c' || this.options.separator) return this.separator
    return text.includes('\t') ? '\t' : ' '
  }

  private fits(width: number): boolean {
    if (this.headed || !this.options.widths) return width === this.names.length
    return this.options.widths.includes(width)
  }

  private isHeader(text: string): boolean {
    if (this.headed && !text.startsWith(this.names[0]!)) return false
    const cells = text.split(this.separator)
    if (this.headed && cells[1] !== this.names[1]) return false
    if (!this.headed && this.options.columns && cells[0] !== this.options.columns[0]) return false
    this.names = cells
    this.headed = true
    return true
  }

  private directive(text: string): Skip {
    const zeek = /^#(separator|fields)([\s\S])(.*)$/.exec(text)
    if (zeek?.[1] === 'separator') this.separator = unescapeHex(zeek[3]!.trim()).replace('\\t', '\t') || '\t' // `\t` is how other writers put it
    if (zeek?.[1] === 'fields') this.rename(zeek[3]!.split(this.separator))
    const w3c = /^#Fields:\s*(.*)$/i.exec(text)
    if (w3c) this.rename(w3c[1]!.trim().split(/\s+/))
    return zeek || w3c || /^#[A-Za-z_-]+:?(?:\s|$)/.test(text) ? skip('header') : skip('comment')
  }

  private rename(names: readonly string[]): void {
    this.names = names
    this.headed = true
  }
}

/** A layout of separated cells; a line whose number of cells is not that of the header is refused as `malformed`. */
export function separated(options: SeparatedOptions): Layout {
  return { kind: options.header, absent: options.absent ?? DEFAULT_ABSENT[options.header], open: () => new SeparatedCells(options) }
}
