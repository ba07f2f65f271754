// Google Cloud application load balancers and Cloud CDN, as Cloud Logging entries (request_log): JSON lines, or the array gcloud prints.
import { keyedJson } from '../src/read/cdn/keyed.js'
import { fail, markSubrequest } from '../src/read/cdn/text.js'
import { defineParser } from '../src/read/define.js'
import { endpoint, httpVersion, int, status, text, time, tlsVersion, upper, url } from '../src/read/field.js'
import { shareOfJson, skip, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { round3 } from '../src/read/time.js'
import { ianaCipherName } from '../src/read/vocabulary/tls.js'
import { ERROR_TYPES, type ErrorType } from '../src/schema/error-types.js'

type Bag = Record<string, unknown>

const RESOURCES = new Set(['http_load_balancer', 'http_external_regional_lb_rule', 'internal_http_lb_rule'])

function isBalancer(record: Bag): boolean {
  const payload = record.jsonPayload as Bag | undefined
  const resource = record.resource as Bag | undefined
  if (!('httpRequest' in record)) return false
  return RESOURCES.has(String(resource?.type)) || String(payload?.['@type']).endsWith('LoadBalancerLogEntry')
}

const ERRORS: Readonly<Record<string, ErrorType>> = {
  backend_timeout: 'http_response_timeout', failed_to_connect_to_backend: 'destination_unavailable', failed_to_pick_backend: 'destination_unavailable',
  backend_connection_closed_before_data_sent_to_client: 'connection_terminated', backend_connection_closed_after_partial_response_sent: 'http_response_incomplete',
  backend_response_corrupted: 'http_protocol_error', backend_response_headers_too_long: 'http_protocol_error', backend_early_response_with_non_error_status: 'http_protocol_error',
  backend_interim_response_not_supported: 'http_protocol_error', error_uncompressing_gzipped_body: 'http_protocol_error', aborted_request_due_to_backend_early_response: 'http_protocol_error',
  failed_to_negotiate_alpn: 'tls_protocol_error', client_disconnected_before_any_response: 'client_abort', client_disconnected_after_partial_response: 'client_abort', client_timed_out: 'client_abort',
  byte_range_caching_retrieval_abandoned: 'client_abort', byte_range_caching_aborted: 'http_response_incomplete', byte_range_caching_forwarded_backend_response: 'http_response_incomplete',
  byte_range_caching_retrieval_from_backend_failed_after_partial_response: 'http_response_incomplete', cache_lookup_failed_after_partial_response: 'proxy_internal_error',
  cache_lookup_timeout_after_partial_response: 'proxy_internal_error', config_not_found: 'proxy_configuration_error', serverless_neg_routing_failed: 'proxy_configuration_error',
  retriable_error: 'proxy_internal_error', internal_error: 'proxy_internal_error', request_loop_detected: 'proxy_loop_detected', denied_by_security_policy: 'http_request_denied',
  websocket_handshake_failed: 'http_upgrade_failed',
}

/** Details of which a cache made no decision and nothing failed. */
const NEUTRAL = new Set(['denied_by_security_policy', 'direct_response', 'handled_by_identity_aware_proxy', 'websocket_closed'])

function errorOf(details: string): ErrorType | undefined {
  const known = ERRORS[details]
  if (known) return known
  if (/^(?:ssl_certificate_|server_cert_)/.test(details)) return 'tls_certificate_error'
  return undefined
}

/** False is written by leaving a boolean out. */
function putCache(draft: Draft, row: Row, details: string | undefined, failed: boolean): void {
  const lookup = row.get('httpRequest.cacheLookup') === true
  const hit = row.get('httpRequest.cacheHit') === true
  const validated = row.get('httpRequest.cacheValidatedWithOriginServer') === true
  let cached: 'hit' | 'revalidated' | 'miss' | 'bypass' | 'error' | 'none' | undefined
  if (details !== undefined && NEUTRAL.has(details)) cached = 'none'
  else if (failed) cached = 'error'
  else if (details === 'response_from_cache_validated' || (hit && validated)) cached = 'revalidated'
  else if (hit || details === 'response_from_cache' || details === 'byte_range_caching') cached = 'hit'
  else if (lookup) cached = 'miss'
  else if (details === 'response_sent_by_backend') cached = 'bypass'
  if (cached !== undefined) (draft.cdn ??= {}).cache = { status: cached, ...(details === undefined ? {} : { raw: details }) }
}

function finish(draft: Draft, row: Row): void {
  const latency = /^(\d+(?:\.\d+)?)s$/.exec(row.text('httpRequest.latency') ?? '')
  if (latency) draft.duration_ms = round3(Number(latency[1]) * 1000)
  const trace = row.text('trace')
  if (trace !== undefined) draft.trace = { id: trace.slice(trace.lastIndexOf('/') + 1) }
  const cdn = (draft.cdn ??= {})
  const cacheId = row.text('jsonPayload.cacheId')
  if (cacheId !== undefined) cdn.pop = cacheId.split('-', 1)[0]!
  const cipher = row.text('jsonPayload.tls.cipher')
  if (cipher !== undefined) (draft.tls ??= {}).cipher = ianaCipherName(cipher)
  // the Envoy-based balancers write RFC 9209 itself
  const proxyError = /\berror="?([a-z_]+)/.exec(row.text('jsonPayload.proxyStatus') ?? '')?.[1]
  const details = row.text('jsonPayload.statusDetails')
  const type = proxyError !== undefined && (ERROR_TYPES as readonly string[]).includes(proxyError) ? proxyError as ErrorType : details === undefined ? undefined : errorOf(details)
  if (type !== undefined) fail(draft, type, details ?? proxyError)
  putCache(draft, row, details, type !== undefined)
  const code = draft.http?.response?.status_code
  if (details === 'response_sent_by_backend' && code !== undefined && row.get('jsonPayload.overrideResponseCode') === undefined) (cdn.origin ??= {}).status_code = code
  const parent = row.text('jsonPayload.parentInsertId')
  if (parent !== undefined) markSubrequest(draft, parent)
}

export default defineParser({
  id: 'gcp-http-lb',
  title: 'Google Cloud Application Load Balancer and Cloud CDN (Cloud Logging)',
  reference: 'https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring',
  dataset: 'gcp.http_lb',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No SNI, no origin phases; a backend that cannot be connected to is not told apart from one that refuses; stale objects count as hits; the POP is known only where a cache took part.',
  detect: head => shareOfJson(head, isBalancer),
  table: {
    layout: keyedJson({ aliases: { 'httpRequest.remoteIp': ['jsonPayload.remoteIp'] }, accept: record => isBalancer(record) ? undefined : skip('unsupported-record', 'another resource') }),
    constant: { type: 'http.request', cdn: { provider: 'google' } },
    also: ['httpRequest.latency', 'httpRequest.cacheLookup', 'httpRequest.cacheHit', 'httpRequest.cacheValidatedWithOriginServer', 'trace', 'jsonPayload.cacheId', 'jsonPayload.tls.cipher', 'jsonPayload.proxyStatus',
      'jsonPayload.statusDetails', 'jsonPayload.overrideResponseCode', 'jsonPayload.parentInsertId'],
    fields: {
      timestamp: time('iso', 'start'),
      insertId: text('http.request.id'),
      severity: text('log.level'),
      spanId: text('span.id'),
      'httpRequest.requestMethod': upper('http.request.method'),
      'httpRequest.requestUrl': url(),
      'httpRequest.protocol': httpVersion(),
      'httpRequest.requestSize': int('http.request.bytes'),
      'httpRequest.status': status('http.response.status_code'),
      'httpRequest.responseSize': int('http.response.bytes'),
      'httpRequest.userAgent': text('user_agent.original'),
      'httpRequest.referer': text('http.request.referrer'),
      'httpRequest.remoteIp': endpoint('client'),
      'httpRequest.serverIp': endpoint('cdn.origin'),
      'resource.labels.backend_service_name': text('cdn.origin.name', { absent: ['INVALID_BACKEND'] }),
      'jsonPayload.statusDetails': text('cdn.result'),
      'jsonPayload.tls.protocol': tlsVersion(),
      'jsonPayload.enforcedSecurityPolicy.outcome': text('cdn.action'),
      'jsonPayload.enforcedSecurityPolicy.name': text('cdn.rule_id'),
    },
    reads: ['http.response.status_code', 'cdn'],
    finish,
  },
  samples: [
    {
      lines: [
        '{"insertId":"abc123example","jsonPayload":{"@type":"type.googleapis.com/google.cloud.loadbalancing.type.LoadBalancerLogEntry","statusDetails":"backend_timeout","remoteIp":"203.0.113.24"},"httpRequest":{"requestMethod":"GET","requestUrl":"https://www.example.com/api/report?x=1","requestSize":"512","status":502,"responseSize":"488","userAgent":"ExampleAgent/1.0","remoteIp":"203.0.113.24","serverIp":"198.51.100.10","latency":"30.000913s","cacheLookup":true},"resource":{"type":"http_load_balancer","labels":{"project_id":"example-project","backend_service_name":"bs1","zone":"global"}},"timestamp":"2026-03-04T10:15:01.417220Z","severity":"WARNING","trace":"projects/example-project/traces/0123456789abcdef0123456789abcdef","spanId":"0123456789abcdef"}',
        '{"insertId":"abc124","jsonPayload":{"@type":"type.googleapis.com/google.cloud.loadbalancing.type.LoadBalancerLogEntry","statusDetails":"response_from_cache","cacheId":"AMS-85e2bd4b","tls":{"cipher":"TLS_AES_128_GCM_SHA256","protocol":"TLSv1.3"}},"httpRequest":{"requestMethod":"GET","requestUrl":"https://www.example.com/app.js","status":200,"remoteIp":"2001:db8::24","latency":"0.000923s","cacheLookup":true,"cacheHit":true},"resource":{"type":"http_load_balancer"},"timestamp":"2026-03-04T10:15:02Z","severity":"INFO"}',
        '{"insertId":"abc125","jsonPayload":{"@type":"type.googleapis.com/google.cloud.loadbalancing.type.LoadBalancerLogEntry","statusDetails":"response_sent_by_backend","parentInsertId":"abc126"},"httpRequest":{"requestMethod":"GET","requestUrl":"http://www.example.com/v.mp4","status":500,"remoteIp":"203.0.113.24","serverIp":"198.51.100.10","latency":"0.100s"},"resource":{"type":"http_load_balancer"},"timestamp":"2026-03-04T10:15:03Z"}',
        '{"insertId":"abc127","protoPayload":{"methodName":"compute.networks.insert"},"resource":{"type":"gce_network"},"timestamp":"2026-03-04T10:15:03Z"}',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301417.22, ts_end_ms: 1772619331418.133, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 30000.913, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/api/report', query: 'x=1' },
          http: { request: { method: 'GET', id: 'abc123example', bytes: 512 }, response: { status_code: 502, bytes: 488 } },
          cdn: { provider: 'google', cache: { status: 'error', raw: 'backend_timeout' }, result: 'backend_timeout', origin: { ip: '198.51.100.10', name: 'bs1' } },
          error: { type: 'http_response_timeout', code: 'backend_timeout' }, trace: { id: '0123456789abcdef0123456789abcdef' }, span: { id: '0123456789abcdef' }, user_agent: { original: 'ExampleAgent/1.0' }, log: { level: 'WARNING' },
        },
        {
          type: 'http.request', ts_ms: 1772619302000, ts_end_ms: 1772619302000.923, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 0.923, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '2001:db8::24' }, network: { type: 'ipv6', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/app.js' },
          http: { request: { method: 'GET', id: 'abc124' }, response: { status_code: 200 } }, tls: { version: '1.3', cipher: 'TLS_AES_128_GCM_SHA256' },
          cdn: { provider: 'google', pop: 'AMS', cache: { status: 'hit', raw: 'response_from_cache' }, result: 'response_from_cache' }, log: { level: 'INFO' },
        },
        {
          type: 'http.request', ts_ms: 1772619303000, ts_end_ms: 1772619303100, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 100, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'http', domain: 'www.example.com', path: '/v.mp4' },
          http: { request: { method: 'GET', id: 'abc125' }, response: { status_code: 500 } },
          cdn: { provider: 'google', cache: { status: 'bypass', raw: 'response_sent_by_backend' }, result: 'response_sent_by_backend', origin: { ip: '198.51.100.10', status_code: 500 } },
          tags: ['subrequest'], labels: { parent_request_id: 'abc126' },
        },
      ],
      skipped: { 'unsupported-record': 1 },
    },
  ],
})
