/** Apache's `LogFormat`: `%>s`, `%{X}i`, `%!200,304{X}i`, `\"` and `\t` cut into literals and named cells. */
import { Problem } from '../../problem.js'
import { time, type Field } from '../field.js'
import type { Segment } from '../layouts/pattern.js'
import { formatted } from '../nginx/layouts.js'
import type { Table } from '../table.js'
import { APACHE_ALSO, apacheField, ORDER } from './directives.js'
import { APACHE_READS, finishApache } from './finish.js'

const DIRECTIVE = /%(?:!?\d{3}(?:,\d{3}){0,20})?([<>]?)(?:\{([^}]*)\})?(\^?[A-Za-z]{1,2}|%)/g
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' }
/** Only these have two letters. */
const LONG = /^(?:\^FB|\^FU|\^t[iou])/

/** The string itself, where a whole `LogFormat "…" name` or `CustomLog file "…"` directive was pasted too. */
function formatStringOf(format: string): string {
  const directive = /^\s*(?:LogFormat|CustomLog\s+\S+)\s+"((?:[^"\\]|\\.)*)"/.exec(format)
  return (directive ? directive[1]! : format).replace(/\\(.)/g, (whole, char: string) => ESCAPES[char] ?? whole)
}

/** A directive's name: `h`, `>s`, `referer}i`, `ms}T`; arguments of headers and variables in lower case. */
function nameOf(modifier: string, argument: string | undefined, letter: string): string {
  if (argument === undefined) return letter === 's' && modifier !== '' ? `${modifier}s` : letter
  return `${'TtpPa'.includes(letter) ? argument : argument.toLowerCase()}}${letter}`
}

const STRFTIME = /^(?:begin:|end:)?.*%/

interface Piece { literal?: string, name?: string }

const isStampPart = (piece: Piece | undefined): boolean => piece?.name?.endsWith('}t') ?? false

/** True for a directive that writes a part of a stamp: a date by strftime, or seconds with a fraction behind them. */
function startsStamp(name: string, next: Piece | undefined): boolean {
  if (!name.endsWith('}t')) return false
  return STRFTIME.test(name) || name.endsWith('_frac}t') || (/^(?:begin:|end:)?sec\}t$/.test(name) && next?.literal === '.')
}

/** Neighbours that only together can be cut out of a line become one cell. */
function join(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = []
  for (let i = 0; i < pieces.length; i++) {
    const [a, b, c, d, e] = pieces.slice(i, i + 5)
    const pair = b?.literal === ':' ? `${a?.name}:${c?.name}` : undefined
    if (pair === 'h:remote}p' || pair === 'a:remote}p') out.push({ name: '@client' })
    else if (pair === 'v:p' || pair === 'V:p' || pair === 'v:canonical}p' || pair === 'v:local}p') out.push({ name: '@vhost' })
    else if (a?.name === 'U' && b?.name === 'q') {
      out.push({ name: '@uri' })
      i++
      continue
    } else if (a?.name === 'm' && b?.literal === ' ' && c?.name === 'U' && d?.name === 'q' && e?.literal?.startsWith(' ') && pieces[i + 5]?.name === 'H') {
      out.push({ name: '@request' })
      i += 5
      continue
    } else if (a?.name !== undefined && startsStamp(a.name, b)) {
      // a date, its fraction and its zone are written by three directives; their blanks are those between cells
      let last = i
      let written = a.name
      for (;;) {
        const gap = isStampPart(pieces[last + 1]) ? 0 : /^[ .,]$/.test(pieces[last + 1]?.literal ?? '') && isStampPart(pieces[last + 2]) ? 1 : -1
        if (gap === -1) break
        written += gap === 0 ? '' : pieces[last + 1]!.literal!
        written += pieces[last + 1 + gap]!.name!
        last += 1 + gap
      }
      const prefix = a.name.startsWith('end:') ? '@end' : '@begin'
      written.split(' ').forEach((_, part) => out.push(...(part > 0 ? [{ literal: ' ' }] : []), { name: `${prefix}${part}` }))
      i = last
      continue
    } else {
      out.push(a!)
      continue
    }
    i += 2
  }
  return out
}

/** The pieces of a format string. Refuses (Problem `bad-option`) one without a directive. */
export function apacheSegments(format: string): Segment[] {
  const text = formatStringOf(format)
  const pieces: Piece[] = []
  let from = 0
  const literal = (upTo: number): void => { if (upTo > from) pieces.push({ literal: text.slice(from, upTo) }) }
  DIRECTIVE.lastIndex = 0
  for (let match = DIRECTIVE.exec(text); match; match = DIRECTIVE.exec(text)) {
    const [, modifier = '', argument, letters = ''] = match
    // `%Dms` is a D and a literal
    const letter = LONG.test(text.slice(match.index + match[0].length - letters.length)) ? letters.slice(0, 3) : letters.slice(0, 1)
    literal(match.index)
    from = match.index + match[0].length - letters.length + letter.length
    DIRECTIVE.lastIndex = from
    if (letter === '%') pieces.push({ literal: '%' })
    else if (letter === 't' && argument === undefined) pieces.push({ literal: '[' }, { name: 't' }, { literal: ']' })
    else pieces.push({ name: nameOf(modifier, argument, letter) })
  }
  literal(text.length)
  const joined = join(pieces)
  if (!joined.some(piece => piece.name !== undefined)) throw new Problem('bad-option', 'format string: it names no Apache directive (%h, %>s …)')
  return joined.map(piece => piece.name === undefined ? { literal: piece.literal! } : { name: piece.name })
}

/** The table of a format string. */
export function apacheTable(format: string): Table {
  const segments = apacheSegments(format)
  const names = [...new Set(segments.flatMap(segment => 'name' in segment ? [segment.name] : []))]
  const rank = (name: string): number => { const at = ORDER.indexOf(name); return at === -1 ? name === 'T' ? -1 : ORDER.length : at }
  const fields: Record<string, readonly Field[]> = {}
  for (const name of [...names].sort((x, y) => rank(x) - rank(y))) {
    const declared = apacheField(name)
    if (declared) fields[name] = declared
  }
  for (const [prefix, basis] of [['@begin', 'start'], ['@end', 'end']] as const) {
    const parts = names.filter(name => name.startsWith(prefix))
    if (parts.length > 0) fields[prefix] = [{ ...time('any', basis), from: parts }]
  }
  return { layout: formatted(segments), fields, also: APACHE_ALSO.filter(name => names.includes(name)), constant: { type: 'http.request' }, finish: finishApache, reads: APACHE_READS }
}
