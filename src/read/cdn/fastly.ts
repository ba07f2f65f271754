/** Fastly: states by their beginning, failure texts by what they hold, and the names that common recipes give their fields. */
import type { ErrorType } from '../../schema/error-types.js'
import type { Draft } from '../parser.js'
import { putRequestLine } from '../request.js'
import type { Row } from '../table.js'
import { ianaCipherName } from '../vocabulary/tls.js'
import { fail, markSubrequest, putOrigin } from './text.js'

/** Declared name to the names that recipes use. */
export const FASTLY_ALIASES: Readonly<Record<string, readonly string[]>> = {
  time_start: ['timestamp', 'time.start', 'time_start_msec', 'start_time', 'req_start', 'time'],
  time_end: ['time.end', 'time_end_msec', 'end_time'],
  time_elapsed: ['time_elapsed_usec', 'time.elapsed.usec', 'elapsed_usec', 'time_elapsed_us'],
  time_elapsed_ms: ['time_elapsed_msec', 'elapsed_ms', 'duration_ms'],
  time_to_first_byte: ['time.to_first_byte'],
  client_ip: ['remote_addr', 'client.ip', 'fastly_client_ip'],
  client_port: ['client.port'],
  client_as_number: ['client_asn', 'asn', 'geo_asn', 'client_as'],
  geo_country_code: ['geo_country', 'client_geo_country_code', 'country_code', 'country'],
  request: ['request_method', 'method', 'req_method'],
  host: ['orig_host', 'request_host', 'fastly_orig_host', 'http_host', 'req_host'],
  url: ['request_url', 'req_url', 'request_uri', 'path'],
  protocol: ['request_protocol', 'req_proto', 'http_version'],
  request_referer: ['referer', 'request_referrer', 'referrer', 'http_referer'],
  request_user_agent: ['user_agent', 'ua', 'http_user_agent', 'req_user_agent'],
  request_id: ['req_xid', 'x_request_id', 'req.xid'],
  req_bytes: ['bytes_read', 'request_bytes', 'req_header_size'],
  is_tls: ['tls', 'is_ssl', 'https'],
  tls_client_servername: ['tls_sni', 'sni', 'tls_client_sni'],
  tls_client_protocol: ['tls_version', 'tls_protocol'],
  tls_client_cipher: ['tls_cipher'],
  tls_client_ja3: ['tls_client_ja3_md5', 'ja3'],
  resp_status: ['response_status', 'status', 'status_code', 'http_status', 'response_code'],
  resp_response: ['response_reason', 'obj_response', 'resp_reason', 'error_reason', 'reason'],
  resp_bytes: ['bytes_written', 'resp_bytes_written', 'bytes_sent', 'response_bytes'],
  resp_body_size: ['response_body_size', 'resp_body_bytes', 'resp_body_bytes_written', 'body_bytes', 'response_body_bytes', 'body_size'],
  resp_content_type: ['content_type', 'response_content_type'],
  fastly_info_state: ['response_state', 'cache_status', 'state', 'cache_state', 'x_cache'],
  pop: ['datacenter', 'server_datacenter', 'fastly_pop', 'edge_pop', 'server.datacenter', 'fastly_datacenter'],
  fastly_server: ['server_identity', 'server.identity', 'cache_server', 'server'],
  fastly_region: ['server_region', 'server.region'],
  fastly_is_edge: ['is_edge'],
  is_shield: ['fastly_is_shield'],
  visits_this_service: ['fastly_ff_visits_this_service', 'fastly.ff.visits_this_service'],
  backend_name: ['origin_host', 'backend', 'req_backend', 'origin_name', 'beresp_backend_name', 'req.backend.name', 'beresp.backend.name'],
  backend_ip: ['origin_ip', 'beresp_backend_ip', 'beresp.backend.ip'],
  beresp_status: ['origin_status', 'backend_status', 'beresp.status'],
  socket_tcpi_rtt: ['client_socket_tcpi_rtt', 'tcpi_rtt', 'client.socket.tcpi_rtt'],
  obj_age: ['resp_age', 'obj.age'],
}

/** Names that `finishFastly` reads. */
export const FASTLY_ALSO = ['request', 'is_tls', 'tls_client_cipher', 'resp_response', 'fastly_info_state', 'pop', 'fastly_server', 'fastly_is_edge', 'is_shield', 'visits_this_service', 'geo_country_code', 'backend_name', 'backend_ip']

type CacheStatus = NonNullable<NonNullable<NonNullable<Draft['cdn']>['cache']>['status']>

/** Beginnings of `fastly_info.state`, longest first. */
const STATES: readonly (readonly [string, CacheStatus])[] = [
  ['HIT-STALE', 'stale'], ['HIT-SYNTH', 'none'], ['HIT-PASS', 'bypass'], ['HITPASS', 'bypass'], ['BG-ERROR', 'stale'], ['UPGRADE', 'none'], ['ERROR', 'error'], ['SYNTH', 'none'],
  ['PASS', 'bypass'], ['PIPE', 'none'], ['NONE', 'none'], ['MISS', 'miss'], ['HIT', 'hit'],
]

function cacheStatus(state: string): CacheStatus {
  const found = STATES.find(([start]) => state.startsWith(start))?.[1] ?? 'unknown'
  return (found === 'hit' || found === 'miss') && state.includes('-REFRESH') ? 'revalidated' : found
}

/** What a reason holds, in the order in which to look. */
const REASONS: readonly (readonly [RegExp, ErrorType])[] = [
  [/first byte timeout|fetch timeout/, 'http_response_timeout'], [/between bytes timeout/, 'connection_read_timeout'], [/connection timed out|connect timeout/, 'connection_timeout'],
  [/connection refused/, 'connection_refused'], [/network unreachable|no route to host/, 'destination_ip_unroutable'], [/max_conn/, 'connection_limit_reached'],
  [/unhealthy|no healthy backends?|quorum/, 'destination_unavailable'], [/client read error|client disconnect/, 'client_abort'], [/backend (?:read|write) error|connection reset/, 'connection_terminated'],
  [/certificate|hostname doesn't match/, 'tls_certificate_error'], [/\bssl\b|\btls\b|handshake/, 'tls_protocol_error'], [/resolve|\bdns\b/, 'dns_error'], [/loop detected/, 'proxy_loop_detected'],
  [/header overflow|broken response|malformed|illegal|unzip/, 'http_protocol_error'],
]

function putState(draft: Draft, row: Row): void {
  const printed = row.text('fastly_info_state')
  const reason = row.text('resp_response')
  const code = draft.http?.response?.status_code
  const cdn = (draft.cdn ??= {})
  // a shielded X-Cache lists the shield first and the edge last
  const state = printed?.slice(printed.lastIndexOf(',') + 1).trim().toUpperCase()
  if (printed !== undefined && state !== undefined) {
    const cache = (cdn.cache ??= {})
    cache.status = cacheStatus(state)
    cache.raw = printed
    if (state.includes('-WAIT')) (draft.tags ??= []).push('collapsed')
  }
  const failed = code === 503 || (code === undefined && state?.startsWith('ERROR') === true) || state?.startsWith('BG-ERROR') === true
  if (!failed || reason === undefined) return
  const text = reason.toLowerCase()
  const type = REASONS.find(([pattern]) => pattern.test(text))?.[1]
  if (type === undefined) return
  fail(draft, type, reason)
  // a stale object went out: the origin failed, the request did not
  if (state?.startsWith('BG-ERROR') && code !== undefined && code < 500) draft.outcome = 'success'
}

function putPlace(draft: Draft, row: Row): void {
  const cdn = (draft.cdn ??= {})
  const server = row.text('fastly_server')
  const suffix = server === undefined ? undefined : /-([A-Z]{3})$/.exec(server)?.[1]
  const pop = row.text('pop') ?? suffix
  if (pop !== undefined) cdn.pop = pop
  const country = row.text('geo_country_code')
  if (country !== undefined && country.length === 2) ((draft.client ??= {}).geo ??= {}).country_iso_code = country.toUpperCase()
  const isEdge = row.text('fastly_is_edge')
  const visits = row.text('visits_this_service')
  if (isEdge === 'false' || isEdge === '0' || row.text('is_shield') === 'true' || row.text('is_shield') === '1' || (visits !== undefined && Number(visits) > 0)) {
    markSubrequest(draft)
    ;(cdn.cache ??= {}).tier = 'shield'
  }
}

/** Facts of a Fastly record that take more than one field. */
export function finishFastly(draft: Draft, row: Row): void {
  const request = row.text('request')
  if (request?.includes(' ')) putRequestLine(draft, request)
  else if (request !== undefined) ((draft.http ??= {}).request ??= {}).method = request.toUpperCase()
  const isTls = row.text('is_tls')?.toLowerCase()
  if (isTls === 'true' || isTls === '1') (draft.url ??= {}).scheme ??= 'https'
  else if (isTls === 'false' || isTls === '0') (draft.url ??= {}).scheme ??= 'http'
  const cipher = row.text('tls_client_cipher')
  if (cipher !== undefined) (draft.tls ??= {}).cipher = ianaCipherName(cipher)
  putOrigin(draft, row.text('backend_ip'))
  const backend = row.text('backend_name')
  if (backend !== undefined) ((draft.cdn ??= {}).origin ??= {}).name = backend
  if (draft.ts_ms === undefined && draft.ts_end_ms !== undefined) {
    draft.ts_ms = draft.ts_end_ms
    draft.ts_basis = 'end'
  }
  putState(draft, row)
  putPlace(draft, row)
}
