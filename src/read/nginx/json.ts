/** JSON access logs of nginx: the keys are the administrator's, so they are looked up among the names in use for each variable. */
import { readObject } from '../layouts/json.js'
import { skip, type Head, type LineReader, type ParserContext, type Skip } from '../parser.js'
import type { Cells, Layout, Table } from '../table.js'
import { finishHttp, finishStream, HTTP_READS, STREAM_READS } from './finish.js'
import { settleKey, variableOf } from './keys.js'
import { isBroken, repairObject } from './json-repair.js'
import { openNarrow, type NarrowCells } from './narrow.js'
import { HTTP_ALSO, HTTP_FIELDS, STREAM_ALSO, STREAM_FIELDS } from './variables.js'

type Bag = Record<string, unknown>

/** Keys that are nginx's own variable names, of which a generic JSON log has few. */
const OWN_NAMES = new Set(['remote_addr', 'request_time', 'upstream_addr', 'upstream_response_time', 'upstream_status', 'upstream_cache_status', 'upstream_connect_time', 'upstream_header_time', 'body_bytes_sent',
  'http_user_agent', 'http_referer', 'time_local', 'time_iso8601', 'request_uri', 'server_protocol', 'ssl_protocol', 'ssl_cipher', 'connection_requests', 'request_length', 'msec', 'http_x_forwarded_for', 'remote_user',
  'bytes_sent', 'request_method', 'http_host', 'ssl_server_name', 'request_completion', 'ssl_preread_server_name', 'ssl_preread_protocol', 'ssl_preread_alpn_protocols', 'session_time', 'bytes_received'])

/** How many of an object's keys are nginx's own names. */
export function ownNames(object: Bag): number {
  // Envoy's logs share some names
  if ('response_flags' in object || 'upstream_cluster' in object) return 0
  let count = 0
  for (const key in object) if (OWN_NAMES.has(key) || variableOf(key).startsWith('upstream_')) count++
  return count
}

const hasText = (value: unknown): value is string | number => (typeof value === 'string' && value !== '' && value !== '-') || typeof value === 'number'

/** The object of a line, repaired where nginx wrote it wrongly. */
export function objectOf(text: string): { object: Bag } | Skip {
  if (isBroken(text)) {
    const object = repairObject(text)
    if (object) return { object }
  }
  const read = readObject(text)
  if (!('skip' in read) || read.skip !== 'invalid-json') return read
  const object = repairObject(text)
  return object ? { object } : read
}

class JsonCells implements NarrowCells {
  missed = false
  private readonly places: ReadonlyMap<string, number>
  private cells: unknown[] = []
  private exact: boolean[] = []
  private known = 0

  /** @param all every name of the table, of which `names` may be a part. */
  constructor(readonly names: readonly string[], private readonly all: ReadonlySet<string>) {
    this.places = new Map(names.map((name, at) => [name, at]))
  }

  read(text: string): Cells | Skip {
    const read = objectOf(text)
    if ('skip' in read) return read
    this.cells = new Array<unknown>(this.names.length)
    this.exact = []
    this.known = 0
    this.take(read.object, '', 0)
    return this.known < 4 ? skip('not-this-format', 'too few names of an access log') : this.cells
  }

  private take(object: Bag, prefix: string, depth: number): void {
    for (const key in object) {
      const value = object[key]
      if (typeof value === 'object' && value !== null) {
        if (depth < 3 && !Array.isArray(value)) this.take(value as Bag, prefix === '' ? key : `${prefix}_${key}`, depth + 1)
        continue
      }
      const full = prefix === '' ? key : `${prefix}_${key}`
      const own = this.places.get(full)
      if (own !== undefined) this.set(own, value, true)
      else this.alias(full, key, prefix, value)
    }
  }

  private alias(full: string, key: string, prefix: string, value: unknown): void {
    let name = this.all.has(full) ? full : variableOf(full)
    if (name === '' && prefix !== '' && key.includes('_')) name = variableOf(key)
    if (name.charCodeAt(0) === 63) name = hasText(value) ? settleKey(name, String(value)) ?? '' : ''
    // in a stream log the protocols are those offered
    if (name === 'ssl_alpn_protocol' && this.places.has('ssl_preread_alpn_protocols')) name = 'ssl_preread_alpn_protocols'
    const at = name === '' ? undefined : this.places.get(name)
    if (at !== undefined) this.set(at, value, false)
    else if (name !== '') this.missed = true
  }

  /** A key that is the variable's own name goes before another name for it. */
  private set(place: number, value: unknown, isOwn: boolean): void {
    // some write only the target under `request`
    const isTarget = this.names[place] === 'request' && typeof value === 'string' && value.charCodeAt(0) === 47 && !value.includes(' ')
    const at = isTarget ? this.places.get('@uri') ?? place : place
    if (this.exact[at] || (!isOwn && hasText(this.cells[at]))) return
    if (this.cells[at] === undefined) this.known++
    this.exact[at] = isOwn && hasText(value)
    this.cells[at] = value === '' || value === null ? '-' : value
  }
}

const layout: Layout = { kind: 'nginx-json', absent: [], open: wanted => new JsonCells(wanted, new Set(wanted)) }

const HTTP: Table = { layout, fields: HTTP_FIELDS, also: HTTP_ALSO, constant: { type: 'http.request' }, finish: finishHttp, reads: HTTP_READS }
const STREAM: Table = { layout, fields: STREAM_FIELDS, also: STREAM_ALSO, constant: { type: 'tls.handshake', network: { transport: 'tcp' } }, finish: finishStream, reads: STREAM_READS }

function open(table: Table, context: ParserContext): LineReader {
  const all = new Set([...Object.keys(table.fields), ...(table.also ?? [])])
  const cells = new JsonCells([...all], all)
  return openNarrow(table, context, {
    make: wanted => new JsonCells(wanted, all),
    namesIn(lines) {
      const names = new Set<string>()
      for (const line of lines) {
        const row = line.charCodeAt(0) === 123 ? cells.read(line) : undefined
        if (row && !('skip' in row)) row.forEach((value, at) => { if (value !== undefined) names.add(cells.names[at]!) })
      }
      return names
    },
  })
}

/** Opens a JSON log whose lines may be of an http or of a stream server. */
export function openNginxJson(context: ParserContext): LineReader {
  const http = open(HTTP, context)
  let stream: LineReader | undefined
  return {
    line(text, number, outer) {
      const isStream = text.includes('"ssl_preread_') || text.includes('"session_time"')
      return (isStream ? stream ??= open(STREAM, context) : http).line(text, number, outer)
    },
  }
}

/** The object of a head's line, repaired if need be. */
export function headObject(head: Head, index: number): Bag | undefined {
  const parsed = head.json(index)
  if (parsed) return parsed
  const line = head.lines[index] ?? ''
  return line.startsWith('{') ? repairObject(line) : undefined
}
