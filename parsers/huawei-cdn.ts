// Huawei Cloud CDN: offline log (bracketed time first, protocol before method) and real-time log (JSON, where request_time is the stamp).
import { CACHE_WORDS } from '../src/read/cdn/cache-words.js'
import { jsonOrText, spaced } from '../src/read/cdn/cells.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { putForwarded } from '../src/read/cdn/text.js'
import { defineParser } from '../src/read/define.js'
import { duration, host, httpVersion, int, ip, lower, port, status, text, time, upper, uri, word } from '../src/read/field.js'
import { shareOf, shareOfJson, skip, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'

const LINE = /^\[\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] [\da-fA-F.:]+ \d+ "[^"]*" "HTTP/
const cache = [word('cdn.cache.status', CACHE_WORDS, { otherwise: 'unknown' }), text('cdn.cache.raw')]
const isRealtime = (record: Record<string, unknown>): boolean => 'request_time' in record && 'response_time' in record && 'http_code' in record && 'hit_info' in record

function finish(draft: Draft, row: Row): void {
  putForwarded(draft, row.text('xforwordfor'))
  if (draft.network?.forwarded_ip !== undefined && draft.network.forwarded_ip === draft.client?.ip) draft.network.forwarded_ip = undefined
  const query = row.text('uri_param')
  if (query !== undefined) (draft.url ??= {}).query ??= query
  const domain = row.text('refer_domain')
  if (domain !== undefined) ((draft.http ??= {}).request ??= {}).referrer = `${row.text('refer_protocol') ?? 'http'}://${domain}${row.text('refer_uri') ?? '/'}`
}

export default defineParser({
  id: 'huawei-cdn',
  title: 'Huawei Cloud CDN (offline and real-time log)',
  reference: 'https://support.huaweicloud.com/intl/en-us/usermanual-cdn/en-us_topic_0073337424.html',
  dataset: 'huawei.cdn',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No origin fields and no POP, hit or miss only; the offline log has whole seconds and no query.',
  detect: head => Math.max(shareOf(head, line => LINE.test(line)), shareOfJson(head, isRealtime)),
  table: {
    layout: jsonOrText(
      keyedJson({ accept: record => isRealtime(record) ? undefined : skip('unsupported-record'), aliases: { xforwordfor: ['X-Forwarded-For', 'xforwardedfor'] } }),
      spaced({
        columns: ['stamp', 'client_address', 'duration', 'referer', 'protocol', 'verb', 'host', 'path', 'status', 'bytes', 'hit', 'agent', 'range', 'server'],
        atLeast: 13, fits: cells => /^\d+$/.test(cells[2]!) && cells[4]!.startsWith('HTTP'),
      }),
    ),
    constant: { type: 'http.request', cdn: { provider: 'huawei' } },
    also: ['xforwordfor', 'uri_param', 'refer_protocol', 'refer_domain', 'refer_uri'],
    fields: {
      stamp: time('common_log', 'end'),
      client_address: ip('client.ip'),
      duration: duration('duration_ms', 'ms'),
      referer: text('http.request.referrer'),
      protocol: httpVersion(),
      verb: upper('http.request.method'),
      host: host('url.domain'),
      path: uri(),
      status: status('http.response.status_code'),
      bytes: int('http.response.bytes'),
      hit: cache,
      agent: text('user_agent.original'),
      server: ip('server.ip'),
      // real-time
      request_time: time('ms', 'start'),
      response_time: duration('duration_ms', 'ms'),
      domain: host('url.domain'),
      method: upper('http.request.method'),
      scheme: lower('url.scheme'),
      uri: uri(),
      client_ip: ip('client.ip'),
      client_port: port('client.port'),
      request_size: int('http.request.bytes'),
      request_body_bytes: int('http.request.body.bytes'),
      response_size: int('http.response.bytes'),
      http_code: status('http.response.status_code'),
      content_type: text('http.response.mime_type'),
      hit_info: cache,
      user_agent: text('user_agent.original'),
      uuid: text('http.request.id'),
      server_ip: ip('server.ip'),
    },
    reads: ['client', 'network', 'url'],
    finish,
  },
  samples: [
    {
      lines: [
        '[04/Mar/2026:18:15:31 +0800] 203.0.113.24 30012 "-" "HTTP/1.1" "GET" "www.example.com" "/api/report" 504 562 MISS "ExampleAgent/1.0 (test)" "-" 192.0.2.8',
        '[04/Mar/2026:18:15:32 +0800] 203.0.113.24 4 "https://www.example.com/" "HTTP/2.0" "GET" "www.example.com" "/app.js" 206 562 HIT "-" "bytes=0-561"',
        '[04/Mar/2026:18:15:32 +0800] 203.0.113.24 4 "https',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619300988, ts_end_ms: 1772619331000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 30012, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24' }, server: { ip: '192.0.2.8' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/api/report' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 504, bytes: 562 } }, cdn: { provider: 'huawei', cache: { status: 'miss', raw: 'MISS' } }, user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1772619331996, ts_end_ms: 1772619332000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 4, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/app.js' },
          http: { version: '2', request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 206, bytes: 562 } }, cdn: { provider: 'huawei', cache: { status: 'hit', raw: 'HIT' } },
        },
      ],
      skipped: { malformed: 1 },
    },
    {
      note: 'real-time',
      lines: [
        '{"request_time":"1772619301417","response_time":"30012","domain":"www.example.com","method":"GET","scheme":"https","uri":"/api/report","uri_param":"x=1","client_ip":"203.0.113.24","client_port":"51514","refer_protocol":"-","refer_domain":"-","refer_uri":"-","request_size":"712","response_size":"562","http_code":"504","hit_info":"MISS","user_agent":"ExampleAgent/1.0","uuid":"u1","via_info":"edge-cache01[14]","X-Forwarded-For":"198.51.100.77","server_ip":"192.0.2.8"}',
        '{"a":1}',
      ],
      events: [{
        type: 'http.request', ts_ms: 1772619301417, ts_end_ms: 1772619331429, ts_basis: 'start', ts_res_ms: 1, duration_ms: 30012, outcome: 'failure', hostname: 'www.example.com',
        client: { ip: '203.0.113.24', port: 51514 }, server: { ip: '192.0.2.8' }, network: { type: 'ipv4', protocol: 'http', forwarded_ip: '198.51.100.77' },
        url: { scheme: 'https', domain: 'www.example.com', path: '/api/report', query: 'x=1' }, http: { request: { method: 'GET', id: 'u1', bytes: 712 }, response: { status_code: 504, bytes: 562 } },
        cdn: { provider: 'huawei', cache: { status: 'miss', raw: 'MISS' } }, user_agent: { original: 'ExampleAgent/1.0' },
      }],
      skipped: { 'unsupported-record': 1 },
    },
  ],
})
