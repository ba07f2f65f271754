// Alibaba Cloud CDN, real-time log (SLS), and the site logs of its DCDN/ESA, whose names look like Cloudflare's. Every value is a text.
import { isIp } from '../src/address.js'
import { CACHE_WORDS } from '../src/read/cdn/cache-words.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { putForwarded } from '../src/read/cdn/text.js'
import { defineParser } from '../src/read/define.js'
import { duration, endTime, host, httpVersion, int, ip, lower, port, status, text, time, upper, uri, word } from '../src/read/field.js'
import { shareOfJson, skip, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'

type Bag = Record<string, unknown>

const isRealtime = (record: Bag): boolean => 'unixtime' in record && ('hit_info' in record || 'return_code' in record || 'via_info' in record)
const isSite = (record: Bag): boolean => 'EdgeStartTimestamp' in record && !('RayID' in record) && ('ClientRequestID' in record || 'SiteName' in record || 'EdgeServerID' in record)

function finish(draft: Draft, row: Row): void {
  const named = row.text('client_ip')
  const remote = row.text('remote_ip')
  const proxy = row.text('proxy_ip')
  const peer = [remote, proxy, named].find(address => address !== undefined && isIp(address))
  if (peer !== undefined) (draft.client ??= {}).ip = peer
  if (named !== undefined && named !== peer && isIp(named)) (draft.network ??= {}).forwarded_ip = named
  else putForwarded(draft, row.text('xforwordfor'))
  const query = row.text('uri_param')
  if (query !== undefined) (draft.url ??= {}).query ??= query
  const domain = row.text('refer_domain')
  if (domain === undefined) return
  const parameters = row.text('refer_param')
  ;((draft.http ??= {}).request ??= {}).referrer = `${row.text('refer_protocol') ?? 'http'}://${domain}${row.text('refer_uri') ?? '/'}${parameters === undefined ? '' : `?${parameters}`}`
}

export default defineParser({
  id: 'alibaba-realtime',
  title: 'Alibaba Cloud CDN real-time log and DCDN/ESA site log (JSON)',
  reference: 'https://www.alibabacloud.com/help/en/cdn/user-guide/fields-in-real-time-logs',
  dataset: 'alibaba.cdn_realtime',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No origin fields and no POP, only the edge\'s address; hit or miss only, and neither for live and dynamic traffic; times in whole seconds.',
  detect: head => shareOfJson(head, record => isRealtime(record) || isSite(record)),
  table: {
    layout: keyedJson({ accept: record => isRealtime(record) || isSite(record) ? undefined : skip('unsupported-record') }),
    constant: { type: 'http.request', cdn: { provider: 'alibaba' } },
    also: ['client_ip', 'remote_ip', 'proxy_ip', 'xforwordfor', 'uri_param', 'refer_protocol', 'refer_domain', 'refer_uri', 'refer_param'],
    fields: {
      unixtime: time('s', 'end'),
      domain: host('url.domain'),
      method: upper('http.request.method'),
      scheme: lower('url.scheme'),
      uri: uri(),
      remote_port: port('client.port'),
      request_size: int('http.request.bytes'),
      request_time: duration('duration_ms', 'ms'),
      response_size: int('http.response.bytes'),
      return_code: status('http.response.status_code'),
      server_addr: ip('server.ip'),
      server_port: port('server.port'),
      body_bytes_sent: int('http.response.body.bytes'),
      content_type: text('http.response.mime_type'),
      hit_info: [word('cdn.cache.status', CACHE_WORDS, { otherwise: 'unknown' }), text('cdn.cache.raw')],
      user_agent: text('user_agent.original'),
      uuid: text('http.request.id'),
      // site logs
      EdgeStartTimestamp: time('any', 'start'),
      EdgeEndTimestamp: endTime('any'),
      ClientRequestID: text('http.request.id'),
      ClientIP: ip('client.ip'),
      ClientSrcPort: port('client.port'),
      ClientASN: int('client.as.number', { absent: ['0'] }),
      ClientRequestHost: host('url.domain'),
      ClientRequestMethod: upper('http.request.method'),
      ClientRequestURI: uri(),
      ClientRequestProtocol: httpVersion(),
      ClientRequestReferer: text('http.request.referrer'),
      ClientRequestUserAgent: text('user_agent.original'),
      ClientRequestBytes: int('http.request.bytes'),
      EdgeServerIP: ip('server.ip'),
      EdgeCacheStatus: [word('cdn.cache.status', CACHE_WORDS, { otherwise: 'unknown' }), text('cdn.cache.raw')],
      EdgeResponseStatusCode: status('http.response.status_code'),
      EdgeResponseBytes: int('http.response.bytes'),
      EdgeResponseBodyBytes: int('http.response.body.bytes'),
    },
    reads: ['url'],
    finish,
  },
  samples: [
    {
      lines: [
        '{"unixtime":"1772619331","domain":"www.example.com","method":"GET","scheme":"https","uri":"/api/report","uri_param":"x=1","client_ip":"198.51.100.77","proxy_ip":"-","remote_ip":"203.0.113.24","remote_port":"51514","refer_protocol":"https","refer_domain":"www.example.com","refer_uri":"/","refer_param":"-","request_size":"712","request_time":"30012","response_size":"562","return_code":"504","server_addr":"192.0.2.8","server_port":"443","body_bytes_sent":"120","content_type":"text/html","hit_info":"MISS","user_agent":"ExampleAgent/1.0","uuid":"u1","via_info":"-","xforwordfor":"-"}',
        '{"ClientRequestID":"c1","SiteName":"example.com","EdgeStartTimestamp":"2026-03-04T10:15:01+00:00","ClientIP":"2001:db8::24","ClientSrcPort":51514,"ClientRequestHost":"www.example.com","ClientRequestMethod":"GET","ClientRequestURI":"/app.js","ClientRequestProtocol":"HTTP/2.0","EdgeCacheStatus":"dynamic","EdgeResponseStatusCode":200,"EdgeResponseBodyBytes":5120,"EdgeServerIP":"192.0.2.8"}',
        '{"unixtime":"today","hit_info":"HIT"}',
        '{"other":1}',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619300988, ts_end_ms: 1772619331000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 30012, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', port: 51514 }, server: { ip: '192.0.2.8', port: 443 }, network: { type: 'ipv4', protocol: 'http', forwarded_ip: '198.51.100.77' },
          url: { scheme: 'https', domain: 'www.example.com', path: '/api/report', query: 'x=1' },
          http: { request: { method: 'GET', id: 'u1', bytes: 712, referrer: 'https://www.example.com/' }, response: { status_code: 504, bytes: 562, mime_type: 'text/html', body: { bytes: 120 } } },
          cdn: { provider: 'alibaba', cache: { status: 'miss', raw: 'MISS' } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1772619301000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '2001:db8::24', port: 51514 }, server: { ip: '192.0.2.8' },
          network: { type: 'ipv6', protocol: 'http' }, url: { domain: 'www.example.com', path: '/app.js' },
          http: { version: '2', request: { method: 'GET', id: 'c1' }, response: { status_code: 200, body: { bytes: 5120 } } }, cdn: { provider: 'alibaba', cache: { status: 'dynamic', raw: 'dynamic' } },
        },
      ],
      skipped: { 'bad-time': 1, 'unsupported-record': 1 },
    },
  ],
})
