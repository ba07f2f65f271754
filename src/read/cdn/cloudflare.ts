/** Cloudflare Logpush `http_requests`: the declared fields, what the edge's own statuses mean, and which requests no client made. */
import type { ErrorType } from '../../schema/error-types.js'
import { duration, endTime, host, httpVersion, int, ip, lower, port, status, text, time, tlsVersion, upper, uri, word, type Field } from '../field.js'
import type { Draft } from '../parser.js'
import type { EventPath } from '../paths.js'
import type { Row } from '../table.js'
import { ianaCipherName } from '../vocabulary/tls.js'
import { fail, markSubrequest } from './text.js'

const CACHE = {
  hit: 'hit', miss: 'miss', expired: 'expired', revalidated: 'revalidated', updating: 'updating', stale: 'stale', bypass: 'bypass', dynamic: 'dynamic',
  unknown: 'unknown', none: 'none', ignored: 'bypass', deferred: 'miss', stream_hit: 'hit',
}

/** 0 is "none" in every number about the origin. */
const none = { absent: ['0'] }
const span = (path: EventPath): Field => duration(path, 'ms', none)

/** Fields under the names of the dataset. */
export const CLOUDFLARE_FIELDS: Readonly<Record<string, Field | readonly Field[]>> = {
  EdgeStartTimestamp: time('any', 'start', { zone: 'UTC' }),
  EdgeEndTimestamp: endTime('any', { zone: 'UTC' }),
  RayID: text('http.request.id'),
  EdgeColoCode: text('cdn.pop'),
  ClientIP: ip('client.ip'),
  ClientSrcPort: port('client.port'),
  ClientASN: int('client.as.number', none),
  ClientCountry: upper('client.geo.country_iso_code', { absent: ['xx', 'XX', 't1', 'T1'] }), // unknown, Tor
  ClientRequestScheme: lower('url.scheme'),
  ClientRequestHost: host('url.domain'),
  ClientRequestMethod: upper('http.request.method'),
  ClientRequestURI: uri(),
  ClientRequestProtocol: httpVersion(),
  ClientRequestReferer: text('http.request.referrer'),
  ClientRequestUserAgent: text('user_agent.original'),
  ClientRequestBytes: int('http.request.bytes'),
  ClientSSLProtocol: tlsVersion(),
  JA3Hash: text('tls.client.ja3'),
  JA4: text('tls.client.ja4'),
  ClientTCPRTTMs: span('cdn.rtt_ms'),
  EdgeTimeToFirstByteMs: duration('cdn.ttfb_ms', 'ms'),
  EdgeResponseStatus: status('http.response.status_code'),
  EdgeResponseBytes: int('http.response.bytes'),
  EdgeResponseBodyBytes: int('http.response.body.bytes'),
  EdgeResponseContentType: text('http.response.mime_type'),
  CacheCacheStatus: [word('cdn.cache.status', CACHE, { otherwise: 'unknown' }), text('cdn.cache.raw')],
  OriginIP: ip('cdn.origin.ip'),
  OriginResponseStatus: status('cdn.origin.status_code'),
  OriginSSLProtocol: tlsVersion('cdn.origin.tls_version'),
  OriginResponseBytes: int('cdn.origin.bytes', none),
  OriginDNSResponseTimeMs: span('cdn.origin.dns_ms'),
  OriginTCPHandshakeDurationMs: span('cdn.origin.connect_ms'),
  OriginTLSHandshakeDurationMs: span('cdn.origin.tls_ms'),
  OriginRequestHeaderSendDurationMs: span('cdn.origin.send_ms'),
  OriginResponseHeaderReceiveDurationMs: span('cdn.origin.wait_ms'),
  OriginResponseTime: duration('cdn.origin.duration_ms', 'ns', none),
  OriginResponseDurationMs: span('cdn.origin.duration_ms'),
  SecurityRuleID: text('cdn.rule_id'),
}

/** Names that `finishCloudflare` reads. */
export const CLOUDFLARE_ALSO = ['ClientRequestPath', 'ClientSSLCipher', 'ClientRequestSource', 'ParentRayID', 'WorkerSubrequest', 'SecurityAction', 'CacheTieredFill', 'CacheReserveUsed',
  'EdgeRequestHost', 'EdgeServerIP', 'OriginTCPHandshakeDurationMs']

/** Other names of the same fields: older editions, and one page of the documentation. */
export const CLOUDFLARE_ALIASES: Readonly<Record<string, readonly string[]>> = {
  ClientRequestSource: ['RequestSource'],
  SecurityAction: ['SecurityActions', 'FirewallMatchesActions', 'WAFAction'],
  SecurityRuleID: ['WAFRuleID'],
}

const SOURCES = ['unknown', 'eyeball', 'purge', 'alwaysOnline', 'healthcheck', 'edgeWorkerFetch', 'edgeWorkerCacheAPI', 'edgeWorkerKV', 'imageResizing', 'orangeToOrange', 'sslDetector', 'earlyHintsCache', 'inBrowserChallenge']
/** A 504 of these means "not in the cache". */
const CACHE_LOOKUPS = new Set(['earlyHintsCache', 'edgeWorkerCacheAPI'])
/** From this long a request that names no origin address still went to one. */
const LONG_MS = 1000

/** Statuses that the edge makes when the origin gave none. */
const MADE_BY_EDGE: Readonly<Record<number, ErrorType>> = {
  499: 'client_abort', 520: 'http_protocol_error', 521: 'connection_refused', 522: 'connection_timeout', 523: 'destination_ip_unroutable', 524: 'http_response_timeout',
  525: 'tls_protocol_error', 526: 'tls_certificate_error', 530: 'dns_error',
}

/** 502 and 504 without an origin status: the edge's own, if it went to an origin at all. */
const GATEWAY: Readonly<Record<number, ErrorType>> = { 502: 'http_protocol_error', 504: 'http_response_timeout' }

function putFailure(draft: Draft, row: Row, source: string | undefined): void {
  const code = draft.http?.response?.status_code
  const origin = draft.cdn?.origin
  if (code === undefined || origin?.status_code !== undefined) return
  if (code === 504 && source !== undefined && CACHE_LOOKUPS.has(source)) {
    draft.outcome = 'unknown'
    return
  }
  const wentOut = origin?.ip !== undefined || row.text('EdgeServerIP') !== undefined || (origin?.duration_ms ?? 0) >= LONG_MS
  const type = MADE_BY_EDGE[code] ?? (wentOut ? GATEWAY[code] : undefined)
  if (type !== undefined) fail(draft, type, String(code))
}

/** Below the clock's resolution there is no duration. */
function putDuration(draft: Draft): void {
  if (draft.ts_end_ms === undefined) return
  if (draft.ts_ms === undefined || draft.ts_basis !== 'start') {
    draft.ts_ms = draft.ts_end_ms
    draft.ts_basis = 'end'
    return
  }
  const passed = Math.round((draft.ts_end_ms - draft.ts_ms) * 1000) / 1000
  if (passed >= 0 && (passed > (draft.ts_res_ms ?? 0) || (draft.ts_res_ms ?? 0) <= 1)) draft.duration_ms = passed
  if (passed < 0) draft.ts_end_ms = undefined
}

function putConnection(draft: Draft, row: Row): void {
  const origin = draft.cdn?.origin
  if (!origin) return
  // 0 ms to connect is a kept connection only where the origin did answer
  if (origin.connect_ms !== undefined) origin.reused = false
  else if (origin.status_code !== undefined && row.get('OriginTCPHandshakeDurationMs') !== undefined) origin.reused = true
  const sent = row.text('EdgeRequestHost')
  if (sent !== undefined && origin.ip !== undefined && sent !== draft.url?.domain) origin.name = sent
}

const isTrue = (value: unknown): boolean => value === true || value === 'true' || value === '1' || value === 1

/** Facts of an `http_requests` record that take more than one field. */
export function finishCloudflare(draft: Draft, row: Row): void {
  const path = row.text('ClientRequestPath')
  if (path !== undefined && draft.url?.path === undefined) (draft.url ??= {}).path = path
  const cipher = row.text('ClientSSLCipher')
  if (cipher !== undefined && !/^(?:none|unk|unknown)$/i.test(cipher)) (draft.tls ??= {}).cipher = ianaCipherName(cipher)
  const cdn = (draft.cdn ??= {})
  const actions = row.get('SecurityAction')
  // CSV writes a list as JSON
  const action: unknown = Array.isArray(actions) ? actions[0] : typeof actions === 'string' && actions.startsWith('[') ? actions.split('"')[1] : actions
  if (typeof action === 'string' && action !== '' && action !== 'unknown') cdn.action = action
  if (isTrue(row.get('CacheReserveUsed'))) (cdn.cache ??= {}).tier = 'reserve'
  else if (isTrue(row.get('CacheTieredFill'))) (cdn.cache ??= {}).tier = 'upper'
  const source = SOURCES[Number(row.text('ClientRequestSource'))] ?? row.text('ClientRequestSource')
  const parent = row.text('ParentRayID')
  const hasParent = parent !== undefined && parent !== '00'
  if (hasParent || isTrue(row.get('WorkerSubrequest')) || (source !== undefined && source !== 'eyeball' && source !== 'unknown')) {
    markSubrequest(draft, hasParent ? parent : undefined)
    if (source !== undefined && source !== 'eyeball') (draft.labels ??= {}).request_source = source
  }
  putDuration(draft)
  putConnection(draft, row)
  putFailure(draft, row, source)
}
