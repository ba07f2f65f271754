// Baidu AI Cloud CDN: like nginx's combined log, but with the host before the time and milliseconds behind it. Abroad the second value is the user.
import { CACHE_WORDS } from '../src/read/cdn/cache-words.js'
import { spacedCells } from '../src/read/cdn/cells.js'
import { putForwarded } from '../src/read/cdn/text.js'
import { defineParser } from '../src/read/define.js'
import { duration, host, int, ip, requestLine, status, text, time, word } from '../src/read/field.js'
import { shareOf, skip, type Draft, type Skip } from '../src/read/parser.js'
import type { CellReader, Cells, Layout, Row } from '../src/read/table.js'

const STAMP = String.raw`\[\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] \d+ "[A-Za-z]`
const HOME = new RegExp(String.raw`^[\da-fA-F.:]+ \S+ - \S+ ${STAMP}`)
const ABROAD = new RegExp(String.raw`^[\da-fA-F.:]+ - [^\s.]+\.\S+ ${STAMP}`)

const HOME_COLUMNS = ['client_ip', 'log_level', 'dash', 'host', 'time', 'request_time', 'request', 'status', 'bytes_sent', 'body_bytes_sent', 'referer', 'cookie', 'user_agent', 'x_forwarded_for', 'connection_id', 'hit', 'server_ip']
/** What follows the status abroad is not documented in full. */
const ABROAD_COLUMNS = ['client_ip', 'remote_user', 'host', 'time', 'request_time', 'request', 'status']

class BaiduCells implements CellReader {
  names: readonly string[] = HOME_COLUMNS
  read(text: string): Cells | Skip {
    if (text.trim() === '') return skip('blank')
    const isHome = HOME.test(text)
    if (!isHome && !ABROAD.test(text)) return skip('not-this-format')
    this.names = isHome ? HOME_COLUMNS : ABROAD_COLUMNS
    const cells = spacedCells(text.trim())
    if (!cells || cells.length < this.names.length || (isHome && cells.length > HOME_COLUMNS.length)) return skip('malformed', `${cells?.length ?? 0} values`)
    return cells
  }
}

const layout: Layout = { kind: 'spaced', absent: ['-'], open: () => new BaiduCells() }

function finish(draft: Draft, row: Row): void {
  putForwarded(draft, row.text('x_forwarded_for'))
  if (draft.network?.forwarded_ip !== undefined && draft.network.forwarded_ip === draft.client?.ip) draft.network.forwarded_ip = undefined
}

export default defineParser({
  id: 'baidu-cdn',
  title: 'Baidu AI Cloud CDN log',
  reference: 'https://cloud.baidu.com/doc/CDN/s/Rk424ulho-en',
  dataset: 'baidu.cdn',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No origin fields and no POP, hit or miss only; times in whole seconds. Of the log of nodes abroad only the values up to the status are known.',
  detect: head => shareOf(head, line => HOME.test(line) || ABROAD.test(line)) * 0.95,
  table: {
    layout,
    constant: { type: 'http.request', cdn: { provider: 'baidu' } },
    also: ['x_forwarded_for'],
    fields: {
      client_ip: ip('client.ip'),
      host: host('url.domain'),
      time: time('common_log', 'end', { required: true }),
      request_time: duration('duration_ms', 'ms'),
      request: requestLine(),
      status: status('http.response.status_code'),
      bytes_sent: int('http.response.bytes'),
      body_bytes_sent: int('http.response.body.bytes'),
      referer: text('http.request.referrer'),
      user_agent: text('user_agent.original'),
      connection_id: text('http.request.id'),
      hit: [word('cdn.cache.status', CACHE_WORDS, { otherwise: 'unknown' }), text('cdn.cache.raw')],
      server_ip: ip('server.ip'),
    },
    reads: ['client', 'network'],
    finish,
  },
  samples: [
    {
      lines: [
        '203.0.113.24 edge - www.example.com [04/Mar/2026:18:15:31 +0800] 30012 "GET /api/report?x=1 HTTP/1.1" 504 562 320 "-" "-" "ExampleAgent/1.0" "198.51.100.77" 1a2b3c4d MISS 192.0.2.8',
        '203.0.113.25 - www.example.com [04/Mar/2026:18:15:32 +0800] 4 "GET /app.js HTTP/1.1" 200 5120 - HIT',
        '203.0.113.24 edge - www.example.com [04/Mar/2026:18:15:31 +0800] 30012 "GET /api',
        '203.0.113.24 - - [04/Mar/2026:18:15:31 +0800] "GET / HTTP/1.1" 200 5 "-" "-"',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619300988, ts_end_ms: 1772619331000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 30012, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24' }, server: { ip: '192.0.2.8' }, network: { type: 'ipv4', protocol: 'http', forwarded_ip: '198.51.100.77' }, url: { domain: 'www.example.com', path: '/api/report', query: 'x=1' },
          http: { version: '1.1', request: { method: 'GET', id: '1a2b3c4d' }, response: { status_code: 504, bytes: 562, body: { bytes: 320 } } }, cdn: { provider: 'baidu', cache: { status: 'miss', raw: 'MISS' } },
          user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1772619331996, ts_end_ms: 1772619332000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 4, outcome: 'success', hostname: 'www.example.com', client: { ip: '203.0.113.25' },
          network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/app.js' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200 } }, cdn: { provider: 'baidu' },
        },
      ],
      skipped: { malformed: 1, 'not-this-format': 1 },
    },
  ],
})
