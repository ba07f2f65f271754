// Fastly has no format of its own: these are the JSON recipes in use (New Relic's, Sumo Logic's, Better Stack's) and their relatives.
import { FASTLY_ALIASES, FASTLY_ALSO, finishFastly } from '../src/read/cdn/fastly.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { needsOneOf } from '../src/read/cdn/one-of.js'
import { defineParser } from '../src/read/define.js'
import { duration, endTime, host, httpVersion, int, ip, port, status, text, time, tlsVersion, uri } from '../src/read/field.js'
import { shareOfJson } from '../src/read/parser.js'

/** Names that only Fastly's variables give come first; the recipes whose names are common ones need several. */
function detects(record: Record<string, unknown>): boolean {
  if ('RayID' in record || 'upstream_addr' in record || 'CacheCacheStatus' in record) return false
  const has = (...names: string[]): boolean => names.every(name => name in record)
  if (Object.keys(record).some(key => key.startsWith('fastly') || key.startsWith('Fastly'))) return true
  return has('service_id', 'time_elapsed') || has('tls_client_servername') || has('service_id', 'client_ip', 'url') || has('response_state', 'response_status') || has('time_elapsed', 'client_ip', 'url', 'cache_status')
}

export default defineParser({
  id: 'fastly',
  title: 'Fastly real-time log streaming (JSON recipes)',
  reference: 'https://www.fastly.com/documentation/guides/integrations/streaming-logs/useful-log-formats/',
  dataset: 'fastly.access',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'Only what the recipe writes; a timestamp is taken for time.start. A failed origin is always a 503 and its reason is lost on HTTP/2 unless logged; New Relic\'s recipe has no status. With shielding a request is two lines.',
  detect: head => shareOfJson(head, detects) * 0.95,
  table: {
    layout: keyedJson({ aliases: FASTLY_ALIASES, accept: needsOneOf(['request', 'url', 'resp_status', 'fastly_info_state', 'beresp_status'], FASTLY_ALIASES), absent: ['-', '(null)'] }),
    constant: { type: 'http.request', cdn: { provider: 'fastly' } },
    also: FASTLY_ALSO,
    fields: {
      time_start: time('any', 'start', { zone: 'UTC' }),
      time_end: endTime('any', { zone: 'UTC' }),
      time_elapsed: duration('duration_ms', 'us'),
      time_elapsed_ms: duration('duration_ms', 'ms'),
      time_to_first_byte: duration('cdn.ttfb_ms', 's'),
      client_ip: ip('client.ip'),
      client_port: port('client.port'),
      client_as_number: int('client.as.number', { absent: ['0'] }),
      host: host('url.domain'),
      url: uri(),
      protocol: httpVersion(),
      request_referer: text('http.request.referrer'),
      request_user_agent: text('user_agent.original'),
      request_id: text('http.request.id'),
      req_bytes: int('http.request.bytes'),
      tls_client_servername: host('tls.client.server_name'),
      tls_client_protocol: tlsVersion(),
      tls_client_ja3: text('tls.client.ja3'),
      resp_status: status('http.response.status_code'),
      resp_bytes: int('http.response.bytes'),
      resp_body_size: int('http.response.body.bytes'),
      resp_content_type: text('http.response.mime_type'),
      fastly_region: text('cdn.region'),
      beresp_status: status('cdn.origin.status_code'),
      socket_tcpi_rtt: duration('cdn.rtt_ms', 'us', { absent: ['0'] }),
      obj_age: int('cdn.cache.age_s'),
    },
    reads: ['http', 'url', 'cdn'],
    finish: finishFastly,
  },
  samples: [
    {
      lines: [
        '{"timestamp":"2026-03-04T10:15:16+0000","service_id":"EXAMPLEserviceid0001","time_elapsed":15004312,"client_ip":"203.0.113.24","request_method":"GET","host":"www.example.com","url":"/api/report?x=1","tls_client_servername":"www.example.com","response_status":503,"response_reason":"first byte timeout","fastly_info_state":"ERROR","pop":"FRA","backend_name":"F_origin0"}',
        '{"timestamp":"2026-03-04T10:15:16Z","time_elapsed":"812","client_ip":"2001:db8::24","request":"GET","host":"www.example.com","url":"/app.js","is_tls":"true","cache_status":"HIT","geo_country_code":"de"}',
        '{"service_id":"EXAMPLEserviceid0001","time_start":1772619316250,"time_end":1772619316300,"time_elapsed":50000,"client_ip":"203.0.113.24","request":"GET","protocol":"HTTP/2","host":"www.example.com","origin_host":"origin.example.net","url":"/big","is_tls":true,"tls_client_cipher":"ECDHE-RSA-AES128-GCM-SHA256","tls_client_protocol":"TLSv1.2","fastly_info_state":"MISS-WAIT-CLUSTER","resp_status":"200","fastly_server":"cache-fra-etou8220001-FRA","fastly_is_edge":false}',
        '{"timestamp":"yesterday","service_id":"EXAMPLEserviceid0001","time_elapsed":1,"client_ip":"203.0.113.24","url":"/a"}',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619316000, ts_end_ms: 1772619331004.312, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 15004.312, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/api/report', query: 'x=1' },
          http: { request: { method: 'GET' }, response: { status_code: 503 } }, tls: { client: { server_name: 'www.example.com' } },
          cdn: { provider: 'fastly', pop: 'FRA', cache: { status: 'error', raw: 'ERROR' }, origin: { name: 'F_origin0' } }, error: { type: 'http_response_timeout', code: 'first byte timeout' },
        },
        {
          type: 'http.request', ts_ms: 1772619316000, ts_end_ms: 1772619316000.812, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 0.812, hostname: 'www.example.com',
          client: { ip: '2001:db8::24', geo: { country_iso_code: 'DE' } }, network: { type: 'ipv6', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/app.js' },
          http: { request: { method: 'GET' } }, cdn: { provider: 'fastly', cache: { status: 'hit', raw: 'HIT' } },
        },
        {
          type: 'http.request', ts_ms: 1772619316250, ts_end_ms: 1772619316300, ts_basis: 'start', ts_res_ms: 1, duration_ms: 50, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/big' },
          http: { version: '2', request: { method: 'GET' }, response: { status_code: 200 } }, tls: { version: '1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
          cdn: { provider: 'fastly', pop: 'FRA', cache: { status: 'miss', raw: 'MISS-WAIT-CLUSTER', tier: 'shield' }, origin: { name: 'origin.example.net' } }, tags: ['collapsed', 'subrequest'],
        },
      ],
      skipped: { 'bad-time': 1 },
    },
    {
      note: 'a stale object covered for a failed background fetch',
      lines: '{"timestamp":"2026-03-04T10:15:16+0000","client_ip":"203.0.113.24","host":"www.example.com","url":"/a","request_method":"GET","response_state":"BG-ERROR-PASS","response_status":200,"response_reason":"Connection refused"}',
      events: [{
        type: 'http.request', ts_ms: 1772619316000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' },
        url: { domain: 'www.example.com', path: '/a' }, http: { request: { method: 'GET' }, response: { status_code: 200 } }, cdn: { provider: 'fastly', cache: { status: 'stale', raw: 'BG-ERROR-PASS' } },
        error: { type: 'connection_refused', code: 'Connection refused' },
      }],
    },
  ],
})
