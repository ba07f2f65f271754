/** varnishncsa's `-F` strings: cut into literals and variables, and made into a parser. */
import { Problem } from '../../problem.js'
import { defineParser } from '../define.js'
import { httpVersion, int, number, status, text, time, upper, uri, type Field } from '../field.js'
import { pattern, type Segment } from '../layouts/pattern.js'
import type { Parser } from '../parser.js'
import { shareThatReads } from '../proxy/fits.js'
import { openTable, type Row, type Table } from '../table.js'
import { applyVarnish, type Get } from './facts.js'

const DEFAULT = '%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-agent}i"'
const PLAIN = new Set(['b', 'D', 'h', 'H', 'I', 'm', 'O', 'q', 'r', 's', 'T', 'u', 'U'])

function closing(format: string, open: number): number {
  let depth = 0
  for (let at = open; at < format.length; at++) {
    if (format[at] === '{') depth++
    else if (format[at] === '}' && --depth === 0) return at
  }
  throw new Problem('bad-option', 'format string: { is not closed')
}

/** The name of `%{…}t`: a stamp, its day, its time of day, or a fraction of its second. */
function stampName(shape: string): string {
  if (shape.endsWith('_frac')) return `frac:${shape.slice(0, -5)}`
  if (!shape.includes('%')) return 't' // sec, msec, usec: the magnitude tells
  const day = /%[YFDcsx]|%y/.test(shape)
  const clock = /%[HTRcsIX]/.test(shape)
  return day && clock ? 't' : day ? 'day' : 'clock'
}

function bracedName(inside: string, kind: string | undefined): string {
  switch (kind) {
    case 'i': case 'o': return `${kind}:${inside.replace(/:(?:first|last)$/, '').toLowerCase()}`
    case 't': return stampName(inside)
    case 'T': return inside === 's' ? 'T' : `T:${inside}`
    case 'x': return `x:${inside}`
    default: throw new Problem('bad-option', `format string: %{${inside}}${kind ?? ''} is no varnishncsa variable`)
  }
}

/** Cuts a format string. Refuses (Problem `bad-option`) what varnishncsa does not know. */
export function segmentsOf(format: string): Segment[] {
  const segments: Segment[] = []
  const literal = (text: string): void => { segments.push({ literal: text }) }
  for (let at = 0; at < format.length; at++) {
    const char = format[at]!
    if (char === '\\' && at + 1 < format.length) {
      const next = format[++at]!
      literal(next === 't' ? '\t' : next === 'n' ? '\n' : next)
    } else if (char !== '%') literal(char)
    else if (format[at + 1] === '{') {
      const end = closing(format, at + 1)
      const inside = format.slice(at + 2, end)
      at = end + 1
      if (inside === 'Varnish:default_format' && format[at] === 'x') segments.push(...segmentsOf(DEFAULT))
      else segments.push({ name: bracedName(inside, format[at]) })
    } else {
      const letter = format[++at] ?? ''
      if (letter === 'l') literal('-')
      else if (letter === 't') segments.push({ literal: '[' }, { name: 't' }, { literal: ']' })
      else if (letter === '%') literal('%')
      else if (PLAIN.has(letter)) segments.push({ name: letter })
      else throw new Problem('bad-option', `format string: %${letter} is no varnishncsa variable`)
    }
  }
  return joined(segments)
}

/** `%U%q` is one text in a line: the path ends where the query begins. A line's end is none of its text. */
function joined(segments: Segment[]): Segment[] {
  const out: Segment[] = []
  for (const segment of segments) {
    const last = out.at(-1)
    if ('name' in segment && segment.name === 'q' && last && 'name' in last && last.name === 'U') out[out.length - 1] = { name: 'uri' }
    else out.push(segment)
  }
  while (out.length > 0 && 'literal' in out.at(-1)! && /^\n?$/.test((out.at(-1) as { literal: string }).literal)) out.pop()
  return out
}

const FIELDS: Readonly<Record<string, Field>> = {
  t: time('any', 'start'),
  s: status('http.response.status_code'),
  b: int('http.response.body.bytes'),
  I: int('http.request.bytes'),
  O: int('http.response.bytes'),
  m: upper('http.request.method'),
  U: uri(),
  uri: uri(),
  H: httpVersion(),
  'i:x-request-id': text('http.request.id'),
  'o:content-type': text('http.response.mime_type'),
  'o:age': number('cdn.cache.age_s'),
  'x:Varnish:vxid': text('http.request.id'),
}

const ALSO = [
  'h', 'r', 'q', 'D', 'T', 'T:ms', 'T:us', 'day', 'clock', 'frac:msec', 'frac:usec', 'i:host', 'i:user-agent', 'i:referer', 'i:x-forwarded-for', 'o:x-backend',
  'x:Varnish:hitmiss', 'x:Varnish:handling', 'x:Varnish:side', 'x:Varnish:time_firstbyte', 'x:VCL_Log:be', 'x:VCL_Log:backend', 'x:VSL:FetchError', 'x:VSL:Hit[2]', 'x:VSL:BackendOpen[2]',
  'x:VSL:Timestamp:Connected[3]', 'x:VSL:Timestamp:Bereq[3]', 'x:VSL:Timestamp:Beresp[3]', 'x:VSL:Timestamp:BerespBody[3]', 'x:VSL:Timestamp:Fetch[3]',
]

/** A fraction that the format prints apart belongs to the stamp in whole seconds. */
function addFraction(draft: { ts_ms?: number | undefined, ts_res_ms?: number | undefined }, get: Get): void {
  const fraction = get('frac:usec') === undefined ? Number(get('frac:msec')) : Number(get('frac:usec')) / 1000
  if (!(fraction >= 0 && fraction < 1000) || draft.ts_ms === undefined || draft.ts_res_ms !== 1000) return
  draft.ts_ms += fraction
  draft.ts_res_ms = get('frac:usec') === undefined ? 1 : 0.001
}

function tableOf(segments: readonly Segment[]): Table {
  const names = segments.flatMap(segment => 'name' in segment ? [segment.name] : [])
  const fields: Record<string, Field> = {}
  for (const name of names) if (FIELDS[name]) fields[name] = FIELDS[name]
  if (names.includes('x:Varnish:vxid') && names.includes('i:x-request-id')) delete fields['x:Varnish:vxid']
  if (!names.includes('t') && names.includes('day') && names.includes('clock')) fields.t = time('any', 'start', { from: ['day', 'clock'] })
  // only backend transactions have a FetchError, so a format that prints it and no side is one of `-b`
  const backend = names.includes('x:VSL:FetchError') && !names.some(name => /^x:Varnish:(?:side|hitmiss|handling)$/.test(name))
  const finish = (draft: Parameters<NonNullable<Table['finish']>>[0], row: Row): void => {
    const get: Get = name => row.text(name)
    addFraction(draft, get)
    if (draft.http?.response?.mime_type !== undefined) draft.http.response.mime_type = draft.http.response.mime_type.split(';')[0]!.trim()
    applyVarnish(draft, get, backend)
  }
  return { layout: pattern(segments, ['-', '']), constant: { type: 'http.request' }, also: ALSO, fields, finish }
}

/** Builds a parser from a `-F` string. Refuses (Problem `bad-option`) what varnishncsa would not take. */
export function compileVarnish(format: string): Parser {
  const segments = segmentsOf(format)
  const table = tableOf(segments)
  const needs = { client: segments.some(segment => 'name' in segment && segment.name === 'h'), time: 't' in table.fields }
  return defineParser({
    id: 'varnishncsa',
    title: 'varnishncsa in a stated format',
    reference: 'https://varnish-cache.org/docs/trunk/reference/varnishncsa.html',
    dataset: 'varnish.access',
    types: ['http.request'],
    vantage: 'edge',
    detect: head => shareThatReads(head, context => openTable(table, context), needs),
    table,
    samples: [{ lines: '' }],
  })
}
