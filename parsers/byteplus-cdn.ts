// BytePlus CDN (Volcengine's abroad): bracketed time first, then a duration in seconds and the method.
import { CACHE_WORDS } from '../src/read/cdn/cache-words.js'
import { spaced } from '../src/read/cdn/cells.js'
import { defineParser } from '../src/read/define.js'
import { duration, host, httpVersion, int, ip, lower, status, text, time, upper, uri, word } from '../src/read/field.js'
import { shareOf } from '../src/read/parser.js'

const LINE = /^\[\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] [\da-fA-F.:]+ \d+(?:\.\d+)? [A-Z]+ HTTPS? /

export default defineParser({
  id: 'byteplus-cdn',
  title: 'BytePlus / Volcengine CDN log',
  reference: 'https://docs.byteplus.com/en/docs/byteplus-vod/docs-logs',
  dataset: 'byteplus.cdn',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No origin fields and no POP, hit or miss only; times in whole seconds. Volcengine\'s own files are taken to have the same columns.',
  detect: head => shareOf(head, line => LINE.test(line)),
  table: {
    layout: spaced({
      columns: ['time', 'client_ip', 'response_time', 'method', 'scheme', 'domain', 'uri', 'protocol', 'status', 'bytes', 'hit', 'range', 'referer', 'user_agent', 'content_type'],
      fits: cells => /^\d+(?:\.\d+)?$/.test(cells[2]!) && /^HTTPS?$/i.test(cells[4]!),
    }),
    constant: { type: 'http.request', cdn: { provider: 'byteplus' } },
    fields: {
      time: time('common_log', 'start', { required: true }),
      client_ip: ip('client.ip'),
      response_time: duration('duration_ms', 's'),
      method: upper('http.request.method'),
      scheme: lower('url.scheme'),
      domain: host('url.domain'),
      uri: uri(),
      protocol: httpVersion(),
      status: status('http.response.status_code'),
      bytes: int('http.response.bytes'),
      hit: [word('cdn.cache.status', CACHE_WORDS, { otherwise: 'unknown' }), text('cdn.cache.raw')],
      referer: text('http.request.referrer'),
      user_agent: text('user_agent.original'),
      content_type: text('http.response.mime_type'),
    },
  },
  samples: [
    {
      lines: [
        '[04/Mar/2026:18:15:01 +0800] 203.0.113.24 30.012 GET HTTPS www.example.com /api/report HTTP/1.1 504 562 MISS - "-" "ExampleAgent/1.0 (test)" "text/html"',
        '[04/Mar/2026:18:15:02 +0800] 2001:db8::24 0.0 GET HTTP www.example.com /app.js?v=3 HTTP/2.0 206 5120 HIT bytes=0-5119 "https://www.example.com/" "-" "-"',
        '[04/Mar/2026:18:15:02 +0800] 203.0.113.24 0.0 GET',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301000, ts_end_ms: 1772619331012, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 30012, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/api/report' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 504, bytes: 562, mime_type: 'text/html' } }, cdn: { provider: 'byteplus', cache: { status: 'miss', raw: 'MISS' } },
          user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1772619302000, ts_end_ms: 1772619302000, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 0, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '2001:db8::24' }, network: { type: 'ipv6', protocol: 'http' }, url: { scheme: 'http', domain: 'www.example.com', path: '/app.js', query: 'v=3' },
          http: { version: '2', request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 206, bytes: 5120 } }, cdn: { provider: 'byteplus', cache: { status: 'hit', raw: 'HIT' } },
        },
      ],
      skipped: { malformed: 1 },
    },
  ],
})
