/** Lines of values separated by single spaces, some of them in quotes or brackets: the shape of load balancers and of CDNs in China. */
import { skip, type ParserContext, type Skip } from '../parser.js'
import type { CellReader, Cells, Layout } from '../table.js'

const SPACE = 32
const QUOTE = 34
const BACKSLASH = 92
const OPEN = 91

/** Where a quoted value that begins behind `from` ends: at a quote that a space or the end of the line follows, and no backslash precedes. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 1)) {
    const next = text.charCodeAt(at + 1)
    if ((next === SPACE || at + 1 === text.length) && (text.charCodeAt(at - 1) !== BACKSLASH || text.charCodeAt(at - 2) === BACKSLASH)) return at
  }
  return -1
}

/** Cuts a line at its spaces; a value that begins with `"` goes to its closing quote, one that begins with `[` to the bracket. Undefined where one is left open. */
export function spacedCells(text: string): string[] | undefined {
  const cells: string[] = []
  let at = 0
  while (at <= text.length) {
    const first = text.charCodeAt(at)
    let end: number
    if (first === QUOTE || first === OPEN) {
      end = first === QUOTE ? closingQuote(text, at + 1) : text.indexOf(']', at + 1)
      if (end === -1) return undefined
      cells.push(text.slice(at + 1, end))
      end++
      if (end < text.length && text.charCodeAt(end) !== SPACE) return undefined
    } else {
      end = text.indexOf(' ', at)
      if (end === -1) end = text.length
      cells.push(text.slice(at, end))
    }
    at = end + 1
  }
  return cells
}

/** Options of a spaced layout. */
export interface SpacedOptions {
  readonly columns: readonly string[]
  /** Fewest columns of a line; default all. */
  readonly atLeast?: number
  /** Newer editions may add columns behind the known ones. */
  readonly open?: boolean
  /** Cuts a line in another way, where the format has one (tabs, say). */
  readonly cut?: (text: string) => readonly string[] | undefined
  /** Whether a line of the right width is one of this format. */
  readonly fits?: (cells: readonly string[]) => boolean
  readonly absent?: readonly string[]
}

class SpacedCells implements CellReader {
  readonly names: readonly string[]
  private readonly fewest: number
  constructor(private readonly options: SpacedOptions) {
    this.names = options.columns
    this.fewest = options.atLeast ?? options.columns.length
  }

  read(line: string): Cells | Skip {
    const text = line.trim()
    if (text === '') return skip('blank')
    const { options } = this
    const cells = options.cut ? options.cut(text) : spacedCells(text)
    if (!cells) return skip('malformed', 'a quote or bracket is not closed')
    if (cells.length < this.fewest || (!options.open && cells.length > this.names.length)) return skip('malformed', `${cells.length} values where ${this.names.length} are known`)
    if (options.fits && !options.fits(cells)) return skip('not-this-format')
    return cells
  }
}

/** A layout of spaced values with columns known by their place. */
export function spaced(options: SpacedOptions): Layout {
  return { kind: 'spaced', absent: options.absent ?? ['-'], open: () => new SpacedCells(options) }
}

/** A layout that reads a line beginning with `{` as JSON and any other as text, for vendors that have both. */
export function jsonOrText(json: Layout, text: Layout): Layout {
  return {
    kind: 'json-or-text',
    absent: [...new Set([...json.absent, ...text.absent])],
    open(wanted: readonly string[], context: ParserContext): CellReader {
      const readers = { json: json.open(wanted, context), text: text.open(wanted, context) }
      let last = readers.text
      return {
        get names() { return last.names },
        read(line) {
          last = line.trimStart().startsWith('{') ? readers.json : readers.text
          return last.read(line)
        },
      }
    },
  }
}
