/** Lines of varnishncsa's default format, with or without values that people append to it. */
import { readClf, type ClfLine } from '../access/clf.js'
import { putTime } from '../field-kinds.js'
import { skip, type Draft, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { readCommonLog } from '../time.js'
import { applyVarnish } from './facts.js'

const HITMISS = new Set(['hit', 'miss'])
const HANDLING = new Set(['hit', 'miss', 'hitmiss', 'hitpass', 'pass', 'pipe', 'synth'])
/** Names that values behind the combined format commonly go by. */
const NAMED: ReadonlyMap<string, string> = new Map(Object.entries({
  hitmiss: 'x:Varnish:hitmiss', handling: 'x:Varnish:handling', side: 'x:Varnish:side', vxid: 'x:Varnish:vxid',
  ttfb: 'x:Varnish:time_firstbyte', time_firstbyte: 'x:Varnish:time_firstbyte', tfb: 'x:Varnish:time_firstbyte', firstbyte: 'x:Varnish:time_firstbyte',
  D: 'D', T: 'T', be: 'x:VCL_Log:be', backend: 'x:VCL_Log:be', host: 'i:host', Host: 'i:host', xff: 'i:x-forwarded-for', fetcherror: 'x:VSL:FetchError',
}))

/** The values behind the bytes of a line. */
export interface Tail { readonly values: Map<string, string>, readonly telling: number, readonly unknown: number }

function cellsOf(text: string, from: number): string[] | undefined {
  const cells: string[] = []
  let at = from
  while (at < text.length) {
    if (text.charCodeAt(at) === 32) {
      at++
      continue
    }
    let end = at
    if (text.charCodeAt(at) === 34) {
      end = at + 1
      while (end < text.length && text.charCodeAt(end) !== 34) end += text.charCodeAt(end) === 92 ? 2 : 1
      if (end >= text.length) return undefined
      end++
    } else while (end < text.length && text.charCodeAt(end) !== 32) end++
    cells.push(text.slice(at, end))
    at = end
  }
  return cells
}

/** Reads the tail: two quoted headers where there are any, the words for hits and handling, and named values. `telling` counts what only Varnish prints, `unknown` the numbers that it does not. Undefined where a quote is left open. */
export function readTail(text: string, from: number): Tail | undefined {
  const cells = cellsOf(text, from)
  if (!cells) return undefined
  const values = new Map<string, string>()
  let telling = 0
  let unknown = 0
  const headers = cells[0]?.startsWith('"') && cells[1]?.startsWith('"') ? 2 : 0
  if (headers === 2) ['i:referer', 'i:user-agent'].forEach((name, index) => {
    const value = cells[index]!.slice(1, -1)
    if (value !== '' && value !== '-') values.set(name, value)
  })
  cells.slice(headers).forEach((cell, index) => {
    const equals = cell.indexOf('=')
    const name = equals > 0 ? NAMED.get(cell.slice(0, equals)) : undefined
    if (name !== undefined) {
      const value = cell.slice(equals + 1).replace(/^"|"$/g, '')
      if (name.startsWith('x:Varnish')) telling++
      if (value !== '' && value !== '-') values.set(name, value)
    } else if (HITMISS.has(cell) && !values.has('x:Varnish:hitmiss') && index < 4) {
      values.set('x:Varnish:hitmiss', cell)
      telling++
    } else if (HANDLING.has(cell) && !values.has('x:Varnish:handling') && index < 5) {
      values.set('x:Varnish:handling', cell)
      telling++
    } else if (/^\d+$/.test(cell)) unknown++ // a bare number behind the agent: Jetty and proxies print one, varnishncsa none
  })
  return { values, telling, unknown }
}

/** varnishncsa writes the absolute URL, always with `http`; a gateway of another make may do so too, under a date of its own. */
export function isVarnishLine(clf: ClfLine): boolean {
  const blank = clf.request.indexOf(' ')
  return blank > 0 && clf.request.startsWith('http://', blank + 1) && clf.ident === '-' && readCommonLog(clf.time) !== undefined
}

/** Reads a line of the default format. */
export function readVarnishLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  const clf = readClf(text)
  if (!clf) return skip('not-this-format', 'no Common Log Format')
  const tail = readTail(text, clf.tail)
  if (!tail) return skip('incomplete', 'a quote is left open')
  const stamp = readCommonLog(clf.time)
  if (!stamp) return skip('bad-time')
  const draft: Draft = { type: 'http.request' }
  putTime(draft, stamp, 'start', context, outer)
  const status = Number(clf.status)
  if (status >= 100) draft.http = { response: { status_code: status } }
  if (clf.bytes !== '-') ((draft.http ??= {}).response ??= {}).body = { bytes: Number(clf.bytes) }
  const { values } = tail
  values.set('h', clf.client)
  values.set('r', clf.request)
  applyVarnish(draft, name => values.get(name), false)
  const id = values.get('x:Varnish:vxid')
  if (id !== undefined) ((draft.http ??= {}).request ??= {}).id = id
  return draft
}
