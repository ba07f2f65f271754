// Alibaba Cloud CDN, offline log: bracketed time first, then twelve values; the quoted request has no protocol version.
import { isIp } from '../src/address.js'
import { CACHE_WORDS } from '../src/read/cdn/cache-words.js'
import { spaced } from '../src/read/cdn/cells.js'
import { defineParser } from '../src/read/define.js'
import { duration, int, requestLine, status, text, time, word } from '../src/read/field.js'
import { shareOf, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'

const LINE = /^\[\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] "?[\da-fA-F.:]+"? "?(?:-|[\da-fA-F.:]+)"? \d+ "/

/** The client is whom an `X-Forwarded-For` named; where a proxy stood between, that one connected. */
function finish(draft: Draft, row: Row): void {
  const named = row.text('client_ip')
  const proxy = row.text('proxy_ip')
  const peer = proxy !== undefined && isIp(proxy) ? proxy : named
  if (peer !== undefined && isIp(peer)) draft.client = { ip: peer }
  if (named !== undefined && named !== peer && isIp(named)) (draft.network ??= {}).forwarded_ip = named
}

export default defineParser({
  id: 'alibaba-cdn',
  title: 'Alibaba Cloud CDN offline log',
  reference: 'https://www.alibabacloud.com/help/en/cdn/user-guide/download-logs',
  dataset: 'alibaba.cdn',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No origin fields and no POP, hit or miss only: an origin that timed out shows as a 504 that took long. The client may be one that a header named.',
  detect: head => shareOf(head, line => LINE.test(line)),
  table: {
    layout: spaced({ columns: ['time', 'client_ip', 'proxy_ip', 'response_time', 'referer', 'request', 'status', 'request_size', 'response_size', 'hit', 'user_agent', 'content_type'], fits: cells => /^\d+$/.test(cells[3]!) }),
    constant: { type: 'http.request', cdn: { provider: 'alibaba' } },
    also: ['client_ip', 'proxy_ip'],
    fields: {
      time: time('common_log', 'end', { required: true }),
      response_time: duration('duration_ms', 'ms'),
      referer: text('http.request.referrer'),
      request: requestLine(),
      status: status('http.response.status_code'),
      request_size: int('http.request.bytes'),
      response_size: int('http.response.bytes'),
      hit: [word('cdn.cache.status', CACHE_WORDS, { otherwise: 'unknown' }), text('cdn.cache.raw')],
      user_agent: text('user_agent.original'),
      content_type: text('http.response.mime_type'),
    },
    reads: [],
    finish,
  },
  samples: [
    {
      lines: [
        '[4/Mar/2026:18:15:31 +0800] 203.0.113.24 - 30012 "-" "GET https://www.example.com/api/report?x=1" 504 712 562 MISS "ExampleAgent/1.0 (test)" "text/html"',
        '[04/Mar/2026:18:15:32 +0800] 10.1.2.3 "198.51.100.7" 4 "https://www.example.com/" "GET http://www.example.com/app.js" 200 700 5120 HIT "-" "-"',
        '[04/Mar/2026:18:15:32 +0800] 203.0.113.24 - 4 "https://www.exam',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619300988, ts_end_ms: 1772619331000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 30012, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/api/report', query: 'x=1' },
          http: { request: { method: 'GET', bytes: 712 }, response: { status_code: 504, bytes: 562, mime_type: 'text/html' } }, cdn: { provider: 'alibaba', cache: { status: 'miss', raw: 'MISS' } },
          user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1772619331996, ts_end_ms: 1772619332000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 4, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '198.51.100.7' }, network: { type: 'ipv4', protocol: 'http', forwarded_ip: '10.1.2.3' }, url: { scheme: 'http', domain: 'www.example.com', path: '/app.js' },
          http: { request: { method: 'GET', bytes: 700, referrer: 'https://www.example.com/' }, response: { status_code: 200, bytes: 5120 } }, cdn: { provider: 'alibaba', cache: { status: 'hit', raw: 'HIT' } },
        },
      ],
      skipped: { malformed: 1 },
    },
  ],
})
