// A small JSON record about one CDN request, as home-made pipelines write it: cache word, origin status, origin time, and what else there is.
import { CACHE_WORDS } from '../src/read/cdn/cache-words.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { needsOneOf } from '../src/read/cdn/one-of.js'
import { putForwarded, putOrigin } from '../src/read/cdn/text.js'
import { defineParser } from '../src/read/define.js'
import { duration, host, httpVersion, int, ip, lower, port, status, text, time, tlsVersion, upper, uri, word } from '../src/read/field.js'
import { shareOfJson, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'

const CORE = ['cdn_cache_hit', 'cdn_cache_status', 'cdn_cache', 'origin_status', 'origin_status_code', 'origin_response_time_ms', 'origin_time_ms', 'origin_response_time', 'origin_latency_ms', 'origin_duration_ms']
/** Keys of formats that have a parser of their own. */
const FOREIGN = ['RayID', 'EdgeStartTimestamp', 'reqTimeSec', 'service_id', 'fastly_info_state', 'resource', 'category', 'x-edge-request-id', 'unixtime', 'app_id']

function detects(object: Record<string, unknown>): boolean {
  const keys = Object.keys(object).map(key => key.toLowerCase())
  if (FOREIGN.some(name => name in object)) return false
  return keys.some(key => CORE.includes(key))
}

const ALIASES = {
  timestamp: ['time', 'ts', '@timestamp', 'datetime', 'event_time', 'request_time_iso', 'time_iso8601'],
  host: ['domain', 'hostname', 'http_host', 'request_host', 'server_name', 'url.domain'],
  client_ip: ['client', 'remote_addr', 'clientip', 'remote_ip', 'src_ip', 'client.ip', 'ip'],
  client_port: ['remote_port', 'src_port', 'client.port'],
  x_forwarded_for: ['xff', 'http_x_forwarded_for', 'x-forwarded-for'],
  method: ['request_method', 'http_method', 'http.request.method'],
  uri: ['url', 'request_uri', 'path', 'request_url', 'url.path'],
  scheme: ['url.scheme'],
  protocol: ['server_protocol', 'http_version'],
  status: ['status_code', 'http_status', 'response_status', 'edge_status', 'code', 'http.response.status_code'],
  bytes_sent: ['bytes', 'response_bytes', 'response_size', 'body_bytes_sent'],
  duration_ms: ['request_time_ms', 'total_time_ms', 'response_time_ms', 'time_taken_ms', 'latency_ms', 'elapsed_ms'],
  ttfb_ms: ['first_byte_ms', 'time_to_first_byte_ms'],
  request_id: ['req_id', 'requestid', 'x_request_id', 'trace_id', 'uuid'],
  user_agent: ['ua', 'http_user_agent', 'agent'],
  referer: ['referrer', 'http_referer'],
  pop: ['edge_location', 'edge', 'edge_node', 'cdn_node', 'node', 'cdn_pop', 'datacenter', 'colo'],
  region: ['cdn_region', 'edge_region'],
  provider: ['cdn', 'cdn_provider', 'cdn_vendor'],
  cdn_cache_hit: ['cdn_cache_status', 'cdn_cache', 'cache_status', 'cache', 'cache_hit', 'x_cache'],
  cache_age_s: ['age'],
  origin_status: ['origin_status_code', 'upstream_status', 'backend_status'],
  origin_response_time_ms: ['origin_time_ms', 'origin_duration_ms', 'origin_latency_ms', 'origin_response_ms', 'upstream_response_time_ms'],
  origin_ttfb_ms: ['origin_wait_ms', 'origin_first_byte_ms', 'origin_header_time_ms'],
  origin_dns_ms: ['origin_dns_time_ms'],
  origin_connect_ms: ['origin_connect_time_ms', 'origin_tcp_ms'],
  origin_tls_ms: ['origin_tls_time_ms', 'origin_ssl_ms'],
  origin_ip: ['origin_addr', 'upstream_addr', 'origin', 'backend'],
  origin_host: ['origin_name', 'origin_domain', 'upstream_host'],
  sni: ['tls_sni', 'ssl_server_name', 'tls_server_name'],
  tls_version: ['ssl_protocol', 'tls_protocol'],
  error: ['origin_error', 'error_message', 'err'],
}

function finish(draft: Draft, row: Row): void {
  putOrigin(draft, row.text('origin_ip'))
  putForwarded(draft, row.text('x_forwarded_for'))
  const cdn = draft.cdn
  // a hit that the origin answered with "not modified" was asked for first
  if (cdn?.cache?.status === 'hit' && cdn.origin?.status_code === 304) cdn.cache.status = 'revalidated'
}

export default defineParser({
  id: 'cdn-json',
  title: 'CDN request, small JSON record (origin_status, origin_response_time_ms, cdn_cache_hit)',
  reference: 'https://www.rfc-editor.org/rfc/rfc9211',
  dataset: 'cdn.access',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'Only what the record names: without a time it stays undated, without a host and a client it joins nothing; its time may mark the start or the end.',
  detect: head => shareOfJson(head, detects) * 0.85,
  table: {
    layout: keyedJson({ caseless: true, aliases: ALIASES, accept: needsOneOf(['method', 'uri', 'status', 'cdn_cache_hit', 'origin_status', 'origin_response_time_ms'], ALIASES, true) }),
    constant: { type: 'http.request' },
    also: ['x_forwarded_for', 'origin_ip'],
    fields: {
      timestamp: time('any', 'point'),
      host: host('url.domain'),
      client_ip: ip('client.ip'),
      client_port: port('client.port'),
      method: upper('http.request.method'),
      uri: uri(),
      scheme: lower('url.scheme'),
      protocol: httpVersion(),
      status: status('http.response.status_code'),
      bytes_sent: int('http.response.bytes'),
      duration_ms: duration('duration_ms', 'ms'),
      ttfb_ms: duration('cdn.ttfb_ms', 'ms'),
      request_id: text('http.request.id'),
      user_agent: text('user_agent.original'),
      referer: text('http.request.referrer'),
      provider: lower('cdn.provider'),
      pop: text('cdn.pop'),
      region: text('cdn.region'),
      cdn_cache_hit: [word('cdn.cache.status', CACHE_WORDS, { otherwise: 'unknown' }), text('cdn.cache.raw')],
      cache_age_s: int('cdn.cache.age_s'),
      origin_status: status('cdn.origin.status_code'),
      origin_response_time_ms: duration('cdn.origin.duration_ms', 'ms'),
      origin_ttfb_ms: duration('cdn.origin.wait_ms', 'ms'),
      origin_dns_ms: duration('cdn.origin.dns_ms', 'ms'),
      origin_connect_ms: duration('cdn.origin.connect_ms', 'ms'),
      origin_tls_ms: duration('cdn.origin.tls_ms', 'ms'),
      origin_host: text('cdn.origin.name'),
      sni: host('tls.client.server_name'),
      tls_version: tlsVersion(),
      error: text('error.message'),
    },
    reads: ['cdn'],
    finish,
  },
  samples: [
    {
      lines: [
        '{"origin_status":200,"origin_response_time_ms":87,"cdn_cache_hit":"HIT"}',
        '{"time":"2026-03-04T10:15:01.250Z","host":"static.example.com","client_ip":"203.0.113.24","method":"get","uri":"/app.js?v=3","status":504,"cdn_cache_hit":"MISS","origin_status":0,"origin_response_time_ms":30004,"origin":"198.51.100.10:443","pop":"HKG","request_id":"r1"}',
        '{"Timestamp":1772619301,"domain":"static.example.com","cdn_cache_hit":true,"origin_status":304,"origin_response_time_ms":12.5,"x_forwarded_for":"203.0.113.9, 192.0.2.1"}',
        '{"origin_status":200',
      ],
      events: [
        { type: 'http.request', network: { protocol: 'http' }, cdn: { cache: { status: 'hit', raw: 'HIT' }, origin: { status_code: 200, duration_ms: 87 } } },
        {
          type: 'http.request', ts_ms: 1772619301250, ts_basis: 'point', ts_res_ms: 1, outcome: 'failure', hostname: 'static.example.com', client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' },
          url: { domain: 'static.example.com', path: '/app.js', query: 'v=3' }, http: { request: { method: 'GET', id: 'r1' }, response: { status_code: 504 } },
          cdn: { pop: 'HKG', cache: { status: 'miss', raw: 'MISS' }, origin: { ip: '198.51.100.10', port: 443, duration_ms: 30004 } },
        },
        {
          type: 'http.request', ts_ms: 1772619301000, ts_basis: 'point', ts_res_ms: 1000, hostname: 'static.example.com', network: { protocol: 'http', forwarded_ip: '203.0.113.9' }, url: { domain: 'static.example.com' },
          cdn: { cache: { status: 'revalidated', raw: 'true' }, origin: { status_code: 304, duration_ms: 12.5 } },
        },
      ],
      skipped: { 'invalid-json': 1 },
    },
  ],
})
