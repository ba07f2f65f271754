// UCloud UCDN: bracketed date first, then the address and the quoted request; one of the few with the origin's address and status.
import { CACHE_WORDS } from '../src/read/cdn/cache-words.js'
import { spaced } from '../src/read/cdn/cells.js'
import { defineParser } from '../src/read/define.js'
import { duration, host, int, ip, requestLine, status, text, time, word } from '../src/read/field.js'
import { shareOf } from '../src/read/parser.js'

const LINE = /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] [\da-fA-F.:]+ "[A-Z]+ [^"]*" [A-Z]+_[A-Z_]+ \d{3} \d+ \d+ /

export default defineParser({
  id: 'ucloud-cdn',
  title: 'UCloud UCDN log',
  reference: 'https://docs.ucloud.cn/ucdn/guide/log',
  dataset: 'ucloud.cdn',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No origin phases and no POP; times in whole seconds without a zone, taken for Beijing time.',
  detect: head => shareOf(head, line => LINE.test(line)),
  table: {
    layout: spaced({
      columns: ['time', 'client_ip', 'request', 'cache', 'status', 'bytes', 'latency', 'host', 'referer', 'user', 'hierarchy', 'server_ip', 'source_ip', 'origin_status'],
      atLeast: 8, open: true, fits: cells => /^\d{3}$/.test(cells[4]!) && cells[3]!.includes('_'),
    }),
    constant: { type: 'http.request', cdn: { provider: 'ucloud' } },
    fields: {
      time: time('iso', 'point', { zone: '+08:00', required: true }),
      client_ip: ip('client.ip'),
      request: requestLine(),
      cache: [word('cdn.cache.status', CACHE_WORDS, { otherwise: 'unknown' }), text('cdn.cache.raw')],
      status: status('http.response.status_code'),
      bytes: int('http.response.bytes'),
      latency: duration('duration_ms', 'ms'),
      host: host('url.domain'),
      referer: text('http.request.referrer'),
      server_ip: ip('server.ip'),
      source_ip: ip('cdn.origin.ip'),
      origin_status: status('cdn.origin.status_code'),
    },
  },
  samples: [
    {
      lines: [
        '[2026-03-04 18:15:31] 203.0.113.24 "GET /api/report HTTP/1.1" TCP_MISS 504 562 30012 www.example.com "-" - NONE/- 192.0.2.8 198.51.100.10 504',
        '[2026-03-04 18:15:32] 203.0.113.24 "GET /app.js HTTP/1.1" TCP_HIT 200 5120 4 www.example.com https://www.example.com/ - NONE/- 192.0.2.8 - -',
        '[2026-03-04 18:15:32] 203.0.113.24 "GET /app',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619331000, ts_basis: 'point', ts_res_ms: 1000, duration_ms: 30012, outcome: 'failure', hostname: 'www.example.com', client: { ip: '203.0.113.24' }, server: { ip: '192.0.2.8' },
          network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/api/report' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 504, bytes: 562 } },
          cdn: { provider: 'ucloud', cache: { status: 'miss', raw: 'TCP_MISS' }, origin: { ip: '198.51.100.10', status_code: 504 } },
        },
        {
          type: 'http.request', ts_ms: 1772619332000, ts_basis: 'point', ts_res_ms: 1000, duration_ms: 4, outcome: 'success', hostname: 'www.example.com', client: { ip: '203.0.113.24' }, server: { ip: '192.0.2.8' },
          network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/app.js' },
          http: { version: '1.1', request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 200, bytes: 5120 } }, cdn: { provider: 'ucloud', cache: { status: 'hit', raw: 'TCP_HIT' } },
        },
      ],
      skipped: { malformed: 1 },
    },
  ],
})
