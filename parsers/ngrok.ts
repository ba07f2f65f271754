// ngrok event subscriptions: a completed HTTP request, a closed TCP connection; other events tell of no traffic.
import { asUtc } from '../src/read/clock.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { defineParser } from '../src/read/define.js'
import { boolean, host, httpVersion, int, ip, port, status, text, time, tlsVersion, upper } from '../src/read/field.js'
import { shareOfJson, skip, type Draft } from '../src/read/parser.js'
import { putUri } from '../src/read/request.js'
import type { Row } from '../src/read/table.js'
import { readIso, round3, type Stamp } from '../src/read/time.js'
import { ianaCipherName } from '../src/read/vocabulary/tls.js'

type Bag = Record<string, unknown>

const isEvent = (record: Bag): boolean => typeof record.event_type === 'string' && /\.v\d+$/.test(record.event_type) && 'object' in record && ('event_id' in record || 'account_id' in record)

function accept(record: Bag) {
  if (!isEvent(record)) return skip('unsupported-record')
  return /^(?:http_request_complete|tcp_connection_closed)\./.test(record.event_type as string) ? undefined : skip('not-an-event', record.event_type as string)
}

function stampOf(row: Row, name: string): Stamp | undefined {
  const printed = row.text(name)
  const stamp = printed === undefined ? undefined : readIso(printed)
  return stamp && asUtc(stamp)
}

function putStamp(draft: Draft, stamp: Stamp, basis: 'start' | 'end'): void {
  draft.ts_ms = stamp.ms
  draft.ts_basis = basis
  draft.ts_res_ms = stamp.res_ms
  if (stamp.sub_ns) draft.ts_sub_ns = stamp.sub_ns
}

/** The last byte is the only precise stamp of a request; when it began is not told. */
function putTimes(draft: Draft, row: Row, isConnection: boolean): void {
  const started = stampOf(row, 'object.conn.start_ts')
  const ended = stampOf(row, 'object.conn.end_ts')
  const first = stampOf(row, 'object.http.response.first_byte_ts')
  const last = stampOf(row, 'object.http.response.last_byte_ts')
  if (isConnection) {
    if (started) putStamp(draft, started, 'start')
    if (started && ended && ended.ms >= started.ms) (draft.network ??= {}).duration_ms = round3(ended.ms - started.ms)
    return
  }
  const end = last ?? first
  if (end) putStamp(draft, end, 'end')
  if (first && last && last.ms >= first.ms) draft.timing = { receive_ms: round3(last.ms - first.ms) }
}

function finish(draft: Draft, row: Row): void {
  const isConnection = row.text('event_type')!.startsWith('tcp_')
  putTimes(draft, row, isConnection)
  const cipher = row.text('object.tls.cipher_suite')
  if (cipher !== undefined) (draft.tls ??= {}).cipher = ianaCipherName(cipher)
  const name = row.text('object.conn.server_name')
  if (isConnection) {
    draft.type = 'net.connect'
    draft.http = undefined
    ;(draft.network ??= {}).transport = 'tcp'
    if (name !== undefined) draft.hostname = name
    return
  }
  const raw = row.text('object.http.request.url.raw')
  const path = row.text('object.http.request.url.path')
  const query = row.text('object.http.request.url.query')
  if (raw !== undefined) putUri(draft, raw)
  const url = (draft.url ??= {})
  if (path !== undefined) url.path = path
  if (query !== undefined) url.query ??= query.replace(/^\?/, '')
  if (name !== undefined) url.domain ??= name
}

export default defineParser({
  id: 'ngrok',
  title: 'ngrok traffic events',
  reference: 'https://ngrok.com/docs/obs/events/reference/',
  dataset: 'ngrok.event',
  types: ['http.request', 'net.connect'],
  vantage: 'edge',
  limits: 'Only when the first and the last byte went out is told, not when the request came, so there is no duration; no cache, no origin status.',
  detect: head => shareOfJson(head, isEvent),
  table: {
    layout: keyedJson({ accept }),
    constant: { type: 'http.request', cdn: { provider: 'ngrok' } },
    also: ['event_type', 'object.conn.start_ts', 'object.conn.end_ts', 'object.conn.server_name', 'object.tls.cipher_suite', 'object.http.response.first_byte_ts', 'object.http.response.last_byte_ts',
      'object.http.request.url.raw', 'object.http.request.url.path', 'object.http.request.url.query'],
    fields: {
      event_timestamp: time('iso', 'point'),
      event_id: text('http.request.id'),
      'object.conn.client_ip': ip('client.ip'),
      'object.conn.client_port': port('client.port'),
      'object.conn.bytes_in': int('client.bytes'),
      'object.conn.bytes_out': int('server.bytes'),
      'object.conn.server_ip': ip('server.ip'),
      'object.conn.server_port': port('server.port'),
      'object.conn.server_region': text('cdn.pop'),
      'object.tls.version': tlsVersion(),
      'object.http.request.method': upper('http.request.method'),
      'object.http.request.version': httpVersion(),
      'object.http.request.url.host': host('url.domain'),
      'object.http.request.body_length': int('http.request.body.bytes'),
      'object.http.request.user_agent': text('user_agent.original'),
      'object.http.response.status_code': status('http.response.status_code'),
      'object.http.response.body_length': int('http.response.body.bytes'),
      'object.backend.connection_reused': boolean('cdn.origin.reused'),
    },
    reads: ['url', 'network'],
    finish,
  },
  samples: [
    {
      lines: [
        '{"account_id":"ac_1","event_id":"ev_1","event_type":"http_request_complete.v0","event_timestamp":"2026-03-04T10:15:01Z","object":{"conn":{"server_name":"demo.example.com","client_ip":"203.0.113.24","server_port":"443"},"http":{"request":{"method":"GET","version":"HTTP/2.0","url":{"path":"/docs/events"}},"response":{"first_byte_ts":"2026-03-04T10:15:01.732791273Z","status_code":200,"last_byte_ts":"2026-03-04T10:15:01.737257209Z","body_length":13079}}}}',
        '{"account_id":"ac_1","event_id":"ev_2","event_type":"tcp_connection_closed.v0","event_timestamp":"2026-03-04T10:15:03Z","object":{"conn":{"server_name":"1.tcp.example.com","client_ip":"203.0.113.24","server_port":"21000","start_ts":"2026-03-04T10:15:01.5Z","end_ts":"2026-03-04T10:15:03.0Z","bytes_in":10,"bytes_out":20}}}',
        '{"account_id":"ac_1","event_id":"ev_3","event_type":"api_key_created.v0","event_timestamp":"2026-03-04T10:15:03Z","object":{}}',
        '{"a":1}',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301737.257, ts_sub_ns: 209, ts_basis: 'end', ts_res_ms: 0.001, outcome: 'success', hostname: 'demo.example.com', client: { ip: '203.0.113.24' }, server: { port: 443 },
          network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'demo.example.com', path: '/docs/events' },
          http: { version: '2', request: { method: 'GET', id: 'ev_1' }, response: { status_code: 200, body: { bytes: 13079 } } }, timing: { receive_ms: 4.466 }, cdn: { provider: 'ngrok' },
        },
        {
          type: 'net.connect', ts_ms: 1772619301500, ts_basis: 'start', ts_res_ms: 100, hostname: '1.tcp.example.com', client: { ip: '203.0.113.24', bytes: 10 }, server: { port: 21000, bytes: 20 },
          network: { type: 'ipv4', transport: 'tcp', duration_ms: 1500 }, cdn: { provider: 'ngrok' },
        },
      ],
      skipped: { 'not-an-event': 1, 'unsupported-record': 1 },
    },
  ],
})
