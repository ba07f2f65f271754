/** Labeled Tab-separated Values (`label:value<TAB>label:value`): access logs of nginx, Apache and others under the labels that ltsv.org recommends. */
import { canonicalIp } from '../../address.js'
import { duration, time } from '../field.js'
import { skip, type LineReader, type ParserContext, type Skip } from '../parser.js'
import type { Cells, Layout, Table } from '../table.js'
import { finishHttp, HTTP_READS } from '../nginx/finish.js'
import { settleKey, variableOf } from '../nginx/keys.js'
import { openNarrow, type NarrowCells } from '../nginx/narrow.js'
import { HTTP_ALSO, HTTP_FIELDS } from '../nginx/variables.js'

const COLON = 58
const BRACKET = 91

/**
 * ltsv.org's labels whose meaning differs from what people call nginx's variables elsewhere. `host` is the client there, `size` the bytes of the
 * body, `apptime` the time the application behind took; `cache` and `runtime` are headers of its making.
 */
const LABELS: ReadonlyMap<string, string> = new Map(Object.entries({
  host: '?host', vhost: 'http_host', req: 'request', forwardedfor: 'http_x_forwarded_for', size: 'body_bytes_sent', reqsize: 'request_length', referer: 'http_referer', ua: 'http_user_agent',
  protocol: 'server_protocol', reqtime: 'request_time', reqtime_microsec: 'request_time_us', taken_usec: 'request_time_us', apptime: 'upstream_response_time', app_time: 'upstream_response_time', cache: '?cache', runtime: '', server: 'server_name', ident: '', user: '',
}))

/** A label and its value begin at `from`; undefined where what stands there is no pair. */
function labelEnd(text: string, from: number): number | undefined {
  for (let at = from; at < text.length && at - from < 64; at++) {
    const code = text.charCodeAt(at)
    if (code === COLON) return at > from ? at : undefined
    // labels are letters, digits, `_ . -`
    if (!((code | 32) >= 97 && (code | 32) <= 122) && !(code >= 48 && code <= 57) && code !== 95 && code !== 46 && code !== 45) return undefined
  }
  return undefined
}

/** The labels of a line in their order; undefined for a line that is no LTSV. */
export function labelsOf(text: string): string[] | undefined {
  const labels: string[] = []
  for (let at = 0; at < text.length;) {
    const colon = labelEnd(text, at)
    if (colon === undefined) return undefined
    labels.push(text.slice(at, colon))
    const tab = text.indexOf('\t', colon)
    at = tab === -1 ? text.length : tab + 1
  }
  return labels.length > 1 ? labels : undefined
}

const CACHE_WORDS = new Set(['HIT', 'MISS', 'EXPIRED', 'STALE', 'UPDATING', 'REVALIDATED', 'BYPASS', '-'])

class LtsvCells implements NarrowCells {
  missed = false
  private readonly places: ReadonlyMap<string, number>
  private cells: string[] = []

  constructor(readonly names: readonly string[], private readonly all: ReadonlySet<string>) {
    this.places = new Map(names.map((name, at) => [name, at]))
  }

  read(text: string): Cells | Skip {
    if (text.trim() === '') return skip('blank')
    this.cells = new Array<string>(this.names.length)
    let host: string | undefined
    for (let at = 0; at < text.length;) {
      const colon = labelEnd(text, at)
      if (colon === undefined) return skip('not-this-format', 'no label')
      const tab = text.indexOf('\t', colon)
      const end = tab === -1 ? text.length : tab
      const label = text.slice(at, colon)
      if (end > colon + 1) {
        if (label === 'host') host = text.slice(colon + 1, end)
        else this.label(label, text.slice(colon + 1, end))
      }
      at = end + 1
    }
    if (host !== undefined) this.host(host)
    // a line without its status is cut short, and whatever ends it may be half a value
    const status = this.places.get('status')
    return status === undefined || this.cells[status] === undefined ? skip('incomplete', 'no status') : this.cells
  }

  private label(label: string, value: string): void {
    let name = LABELS.get(label) ?? (this.all.has(label) ? label : variableOf(label))
    // Apache prints its time in brackets, and that time is the beginning of the request
    if (name === '?stamp' || name === 'time_local') {
      if (value.charCodeAt(0) === BRACKET) this.put('begun', value.slice(1, -1))
      else this.put(value.charCodeAt(2) === 47 ? 'time_local' : settleKey('?stamp', value) ?? '', value)
      return
    }
    if (name === '?cache') name = CACHE_WORDS.has(value) ? 'upstream_cache_status' : ''
    else if (name.charCodeAt(0) === 63) name = settleKey(name, value) ?? ''
    this.put(name, value)
  }

  /** The client, unless another label names it: then it is the host that was asked for. */
  private host(value: string): void {
    const client = this.places.get('remote_addr')
    if (client === undefined || this.cells[client] === undefined) {
      if (canonicalIp(value) !== undefined) this.put('remote_addr', value)
    } else this.put('http_host', value)
  }

  private put(name: string, value: string): void {
    if (name === '') return
    const place = this.places.get(name)
    if (place === undefined) this.missed ||= this.all.has(name)
    else if (this.cells[place] === undefined) this.cells[place] = value
  }
}

const FIELDS = { begun: time('common_log', 'start'), ...HTTP_FIELDS, request_time_us: duration('duration_ms', 'us', { absent: ['-'] }) }
const ALL: ReadonlySet<string> = new Set([...Object.keys(FIELDS), ...HTTP_ALSO])
const layout: Layout = { kind: 'ltsv', absent: [], open: wanted => new LtsvCells(wanted, ALL) }
const TABLE: Table = { layout, fields: FIELDS, also: HTTP_ALSO, constant: { type: 'http.request' }, finish: finishHttp, reads: HTTP_READS }

/** Opens an LTSV log by the labels that its lines have; a line that is cut short or has no labels is refused. */
export function openLtsv(context: ParserContext): LineReader {
  const cells = new LtsvCells([...ALL], ALL)
  return openNarrow(TABLE, context, {
    make: wanted => new LtsvCells(wanted, ALL),
    namesIn(lines) {
      const names = new Set<string>()
      for (const line of lines) {
        const row = line.includes('\t') ? cells.read(line) : undefined
        if (row && !('skip' in row)) row.forEach((value, at) => { if (value !== undefined) names.add(cells.names[at]!) })
      }
      return names
    },
  })
}
