/** What each nginx variable says: the declared fields of http logs and of stream logs, for format strings, `key=value` tails and JSON alike. */
import { duration, host, httpVersion, int, ip, list, lower, number, port, requestLine, status, text, time, tlsVersion, upper, uri, url, word, type Field } from '../field.js'

type Fields = Readonly<Record<string, Field | readonly Field[]>>

const CACHE = { hit: 'hit', miss: 'miss', expired: 'expired', stale: 'stale', updating: 'updating', revalidated: 'revalidated', bypass: 'bypass' }

/** `-` is nginx's word for a variable without a value. The layouts leave it in place, since for an upstream list it tells that a phase was never reached. */
const dashed = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).map(([name, declared]) => [name, [declared].flat().map(withDash)]))

/** Not spread and extended in one literal: in a process that has just started, that takes V8 some milliseconds now and then (measured). */
function withDash(field: Field): Field {
  const copy: { -readonly [K in keyof Field]: Field[K] } = { ...field }
  copy.absent = field.absent ? ['-', ...field.absent] : ['-']
  return copy
}

/** When the line was written, which is the end of the request or session; of several the finest comes last and stands. */
const TIMES: Fields = {
  time_local: time('common_log', 'end'),
  time_iso8601: time('iso', 'end'),
  stamp: time('any', 'end'),
  epoch: time('auto', 'end'),
  msec: time('s', 'end'),
}

const TLS: Fields = {
  ssl_server_name: host('tls.client.server_name'),
  ssl_protocol: tlsVersion(),
  ssl_cipher: text('tls.cipher'),
  ssl_curve: text('tls.curve'),
  ssl_alpn_protocol: text('tls.next_protocol'),
  ssl_session_id: text('labels.ssl_session_id'),
  ssl_early_data: text('labels.ssl_early_data'),
  ssl_client_verify: text('labels.ssl_client_verify', { absent: ['NONE'] }),
  ssl_client_s_dn: text('labels.ssl_client_s_dn'),
  ssl_client_fingerprint: text('labels.ssl_client_fingerprint'),
  ssl_curves: text('labels.ssl_curves'),
  ssl_ciphers: text('labels.ssl_ciphers'),
  ssl_ech_status: text('labels.ssl_ech_status'),
  ssl_ech_outer_server_name: text('labels.ssl_ech_outer_server_name'),
}

const PEERS: Fields = {
  remote_addr: ip('client.ip'),
  remote_port: port('client.port'),
  server_addr: ip('server.ip'),
  server_port: port('server.port'),
  // behind a balancer that speaks the PROXY protocol these are the true ends
  proxy_protocol_addr: ip('client.ip'),
  proxy_protocol_port: port('client.port'),
  proxy_protocol_server_addr: ip('server.ip'),
  proxy_protocol_server_port: port('server.port'),
  connection: text('network.connection_id'),
  geoip_country_code: text('client.geo.country_iso_code'),
  geoip2_data_country_code: text('client.geo.country_iso_code'),
  pid: int('process.pid'),
  hostname: text('labels.host'),
  otel_trace_id: text('trace.id'),
  otel_span_id: text('span.id'),
}

/** Variables of http logs. `$https`, `$server_name`, `$ssl_session_reused`, the forwarded addresses and all upstream lists are read by `finishHttp`. */
export const HTTP_FIELDS: Fields = dashed({
  ...TIMES,
  ...PEERS,
  document_uri: uri(),
  uri: uri(),
  '@uri': uri(),
  request_uri: uri(),
  '@url': url(),
  request: requestLine(),
  args: text('url.query'),
  query_string: text('url.query'),
  request_method: upper('http.request.method'),
  server_protocol: httpVersion(),
  scheme: lower('url.scheme'),
  host: host('url.domain'),
  http_host: host('url.domain'),
  status: status('http.response.status_code'),
  body_bytes_sent: int('http.response.body.bytes'),
  bytes_sent: int('http.response.bytes'),
  request_length: int('http.request.bytes'),
  content_length: int('http.request.body.bytes'),
  http_content_length: int('http.request.body.bytes'),
  sent_http_content_type: text('http.response.mime_type'),
  http_referer: text('http.request.referrer'),
  http_user_agent: text('user_agent.original'),
  request_time: duration('duration_ms', 's'),
  request_time_ms: duration('duration_ms', 'ms'),
  ttfb: duration('cdn.ttfb_ms', 's'),
  http_x_request_id: text('http.request.id'),
  request_id: text('http.request.id'),
  req_id: text('http.request.id'),
  connection_requests: text('labels.connection_requests'),
  connection_time: text('labels.connection_time'),
  tcpinfo_rtt: duration('cdn.rtt_ms', 'us'),
  http2: word('http.version', { h2: '2', h2c: '2' }),
  http3: word('http.version', { h3: '3', hq: '3' }),
  limit_req_status: text('labels.limit_req_status'),
  limit_conn_status: text('labels.limit_conn_status'),
  upstream_cache_status: [word('cdn.cache.status', CACHE, { otherwise: 'unknown' }), text('cdn.cache.raw')],
  upstream_cache_age: number('cdn.cache.age_s'),
  proxy_host: text('cdn.origin.name'),
  proxy_upstream_name: text('cdn.origin.name'),
  ...TLS,
})

/** Names that `finishHttp` reads. */
export const HTTP_ALSO: readonly string[] = [
  'https', 'server_name', 'ssl_session_reused', 'http_x_forwarded_for', 'proxy_add_x_forwarded_for', 'http_x_real_ip', 'http_traceparent',
  'upstream_addr', 'upstream_status', 'upstream_connect_time', 'upstream_header_time', 'upstream_response_time', 'upstream_bytes_received', 'upstream_bytes_sent', 'upstream_response_length',
  '@client', '@server', '@proxy_client', '@proxy_server', '@host_uri',
]

/** Variables of stream logs. The upstream lists, `$status` and the version offered are read by `finishStream`. */
export const STREAM_FIELDS: Fields = dashed({
  ...TIMES,
  ...PEERS,
  protocol: lower('network.transport'),
  session_time: duration('network.duration_ms', 's'),
  bytes_received: int('client.bytes'),
  bytes_sent: int('server.bytes'),
  ...TLS,
  ssl_preread_server_name: host('tls.client.server_name'),
  ssl_preread_alpn_protocols: list('tls.client.alpn'),
})

/** Names that `finishStream` reads. */
export const STREAM_ALSO: readonly string[] = [
  'status', 'ssl_session_reused', 'ssl_preread_server_name', 'ssl_preread_alpn_protocols', 'ssl_preread_protocol', 'ssl_protocol', 'ssl_server_name',
  'upstream_addr', 'upstream_connect_time', 'upstream_first_byte_time', 'upstream_session_time', 'upstream_bytes_received', 'upstream_bytes_sent',
  '@client', '@server', '@proxy_client', '@proxy_server',
]

/** Variables whose value is a list over the upstream attempts. */
export const LIST_VARIABLES: ReadonlySet<string> = new Set([...HTTP_ALSO, ...STREAM_ALSO].filter(name => name.startsWith('upstream_')))
