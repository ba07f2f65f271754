/** HAProxy `log-format` strings: `%ci`, `%{+Q}r`, `%[ssl_fc_sni]`, `%(name)ST`. */
import { Problem } from '../../problem.js'
import { pattern, type Segment } from '../layouts/pattern.js'
import type { Skip } from '../parser.js'
import type { CellReader, Cells, Layout } from '../table.js'

/** A variable of a format string: an alias (`ci`) or the expression in its brackets (`ssl_fc_sni`). */
interface Item { readonly name: string, readonly key?: string | undefined, readonly quoted: boolean }

/** A format string taken apart. With `%{+json}o` a line is an object of the named items. */
export interface ParsedFormat { readonly parts: readonly (string | Item)[], readonly json: boolean }

/** Aliases that print text; numbers, dates and termination states are never put in quotes. */
const TEXTUAL = new Set(['CC', 'CS', 'H', 'HM', 'HP', 'HPO', 'HQ', 'HU', 'HV', 'ID', 'OG', 'b', 'bi', 'ci', 'f', 'fi', 'ft', 'hr', 'hrl', 'hs', 'hsl', 'r', 's', 'si', 'sslc', 'sslv'])
const NUMERIC = new Set(['B', 'ST', 'T', 'Ta', 'Tc', 'Td', 'Th', 'Ti', 'Tl', 'Tq', 'TR', 'Tr', 'Ts', 'Tt', 'Tu', 'Tw', 'U', 'ac', 'bc', 'bp', 'bq', 'cp', 'fc', 'fp', 'lc', 'ms', 'pid', 'rc', 'rt', 'sc', 'sp', 'sq', 't', 'tr', 'trg', 'trl', 'ts', 'tsc'])

class FormatReader {
  readonly parts: (string | Item)[] = []
  private at = 0
  private quoted = false
  private json = false
  constructor(private readonly format: string) {}

  read(): ParsedFormat {
    while (this.at < this.format.length) {
      const char = this.format[this.at]!
      if (char === '\\' && this.at + 1 < this.format.length) {
        this.literal(this.format[this.at + 1]!)
        this.at += 2
      } else if (char !== '%') {
        this.literal(char)
        this.at++
      } else if (this.format[this.at + 1] === '%') {
        this.literal('%')
        this.at += 2
      } else this.item()
    }
    return { parts: this.parts, json: this.json }
  }

  /** Blanks are merged, and none is printed before the first item. */
  private literal(char: string): void {
    const last = this.parts.at(-1)
    if (char === ' ' && (last === undefined || (typeof last === 'string' && last.endsWith(' ')))) return
    if (typeof last === 'string') this.parts[this.parts.length - 1] = last + char
    else this.parts.push(char)
  }

  private between(open: string, close: string): string | undefined {
    if (this.format[this.at] !== open) return undefined
    let depth = 0
    for (let end = this.at; end < this.format.length; end++) {
      if (this.format[end] === open) depth++
      else if (this.format[end] === close && --depth === 0) {
        const inside = this.format.slice(this.at + 1, end)
        this.at = end + 1
        return inside
      }
    }
    throw new Problem('bad-option', `format string: ${open} is not closed`)
  }

  private item(): void {
    this.at++
    const key = this.between('(', ')')?.split(':')[0]?.trim()
    const flags = this.between('{', '}') ?? ''
    const expression = this.between('[', ']')
    const name = expression?.trim() ?? this.alias()
    if (name === 'o') {
      if (/\+Q/.test(flags)) this.quoted = true
      if (/\+json/.test(flags)) this.json = true
      return
    }
    const textual = expression !== undefined || TEXTUAL.has(name)
    this.parts.push({ name, key, quoted: textual && (flags.includes('+Q') || (this.quoted && !flags.includes('-Q'))) })
  }

  private alias(): string {
    const word = /^[A-Za-z]+/.exec(this.format.slice(this.at))?.[0]
    if (word === undefined || (word !== 'o' && !TEXTUAL.has(word) && !NUMERIC.has(word))) {
      throw new Problem('bad-option', `format string: %${word ?? this.format.slice(this.at, this.at + 1)} is no HAProxy variable`)
    }
    this.at += word.length
    return word
  }
}

/** Takes a log-format string apart. Refuses (Problem `bad-option`) unknown variables and brackets left open. */
export function parseFormat(format: string): ParsedFormat {
  return new FormatReader(format).read()
}

const isCaptures = (part: string | Item): boolean => typeof part !== 'string' && (part.name === 'hr' || part.name === 'hs')

/** The pieces of a line when the first `shown` blocks of captured headers are printed; one that is not takes its blank along. */
function segmentsOf(parts: readonly (string | Item)[], shown: number): Segment[] {
  const segments: Segment[] = []
  let seen = 0
  let dropBlank = false
  for (const part of parts) {
    if (typeof part === 'string') {
      const literal = dropBlank && part.startsWith(' ') ? part.slice(1) : part
      dropBlank = false
      if (literal !== '') segments.push({ literal })
    } else if (!isCaptures(part)) {
      dropBlank = false
      segments.push(...(part.quoted ? [{ literal: '"' }, { name: part.name }, { literal: '"' }] : [{ name: part.name }]))
    } else if (seen++ < shown) segments.push({ literal: part.quoted ? '"{' : '{' }, { name: part.name }, { literal: part.quoted ? '}"' : '}' })
    else dropBlank = true
  }
  return segments
}

class VariantCells implements CellReader {
  names: readonly string[]
  constructor(private readonly readers: readonly CellReader[]) { this.names = readers[0]!.names }

  /** Captures are printed only where the frontend has some, so the line decides; the variant with most of them is tried first. */
  read(text: string): Cells | Skip {
    const line = text.trimStart()
    let refusal: Skip | undefined
    for (const reader of this.readers) {
      const cells = reader.read(line)
      if (!('skip' in cells)) {
        this.names = reader.names
        return cells
      }
      refusal = cells
    }
    return refusal!
  }
}

/** A layout for a text format string. */
export function formatLayout({ parts }: ParsedFormat): Layout {
  const blocks = parts.filter(isCaptures).length
  const layouts = Array.from({ length: blocks + 1 }, (_, index) => pattern(segmentsOf(parts, blocks - index)))
  return { kind: 'pattern', absent: ['-', ''], open: (wanted, context) => new VariantCells(layouts.map(layout => layout.open(wanted, context))) }
}
