/** What CloudFront's three logs share: the columns, the result types, and what a result says about the origin. */
import type { ErrorType } from '../../schema/error-types.js'
import { duration, host, httpVersion, int, ip, port, status, text, time, tlsVersion, upper, type Field } from '../field.js'
import type { Brief } from '../brief.js'
import type { Draft } from '../parser.js'
import { putUri } from '../request.js'
import type { Row } from '../table.js'
import { ianaCipherName } from '../vocabulary/tls.js'
import { fail, percentDecode, putForwarded, wireText } from './text.js'

/** The columns of the legacy log, in order; older editions end earlier. */
export const CLOUDFRONT_COLUMNS = `date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type
x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port
time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end distribution-tenant-id connection-id`.split(/\s+/)

/** How many of those columns each edition had. */
export const CLOUDFRONT_WIDTHS: readonly number[] = [12, 18, 19, 20, 22, 23, 24, 26, 33, 34, 35]

/** Columns under the same name in the standard log (v1 and v2) and the real-time log. */
export const COMMON_FIELDS: Readonly<Record<string, Field>> = {
  'x-edge-location': text('cdn.pop'),
  'sc-bytes': int('http.response.bytes'),
  'c-ip': ip('client.ip'),
  'c-port': port('client.port'),
  'cs-method': upper('http.request.method'),
  'sc-status': status('http.response.status_code'),
  'x-edge-request-id': text('http.request.id'),
  'cs-protocol': text('url.scheme'),
  'cs-bytes': int('http.request.bytes'),
  'time-taken': duration('duration_ms', 's'),
  'time-to-first-byte': duration('cdn.ttfb_ms', 's'),
  'ssl-protocol': tlsVersion(),
  'cs-protocol-version': httpVersion(),
  'sc-content-type': text('http.response.mime_type'),
  'origin-fbl': duration('cdn.origin.wait_ms', 's'),
  'origin-lbl': duration('cdn.origin.duration_ms', 's'),
  'r-host': text('cdn.origin.name'),
  asn: int('client.as.number'),
  'c-country': text('client.geo.country_iso_code'),
}

/** Columns that only the standard log names so. */
export const STANDARD_FIELDS: Readonly<Record<string, Field>> = {
  ...COMMON_FIELDS,
  ended: time('iso', 'end', { from: ['date', 'time'], zone: 'UTC' }),
  'timestamp(ms)': time('ms', 'end'),
  'x-host-header': host('url.domain'),
}

/** Columns that `finishStandard` reads. */
export const STANDARD_ALSO = ['cs(Host)', 'cs-uri-stem', 'cs-uri-query', 'cs(Referer)', 'cs(User-Agent)', 'x-forwarded-for', 'ssl-cipher', 'x-edge-result-type', 'x-edge-response-result-type', 'x-edge-detailed-result-type', 'sc-status', 'cs-protocol']

/** The standard log, column by column; see `src/read/brief.ts`. */
export const STANDARD_BRIEF: Brief = {
  lines: { header: '#Fields:', absent: ['-'] },
  time: { cells: ['date', 'time'], marks: 'end' },
  seconds: 'time-taken',
  clientPort: 'c-port',
  who: 'c-ip',
  what: { cells: ['x-host-header', 'cs(Host)', 'cs-protocol', 'ssl-protocol', 'ssl-cipher'], gives: ['hostname', 'ts_basis', 'ts_res_ms', 'url.domain', 'url.port', 'url.scheme', 'tls', 'cdn.provider'] },
  others: [
    { cells: ['sc-status'], gives: ['http.response.status_code'] },
    { cells: ['x-edge-result-type', 'x-edge-response-result-type', 'x-edge-detailed-result-type', 'sc-status', 'cs-protocol'], gives: ['cdn.cache', 'cdn.result', 'error.type', 'outcome'] },
    { cells: ['x-edge-location'], gives: ['cdn.pop'] },
    { cells: ['cs-method'], gives: ['http.request.method'] },
    { cells: ['cs-protocol-version'], gives: ['http.version'] },
    { cells: ['sc-content-type'], gives: ['http.response.mime_type'] },
    { cells: ['cs(User-Agent)'], gives: ['user_agent.original'] },
    { cells: ['cs(Referer)'], gives: ['http.request.referrer'] },
    { cells: ['cs-uri-query'], gives: ['url.query'] },
    { cells: ['x-forwarded-for'], gives: ['network.forwarded_ip'] },
    { cells: ['time-to-first-byte'], gives: ['cdn.ttfb_ms'] },
  ],
  // what is percent-encoded is decoded, and what has an @ may name a Go module
  texts: { 'cs-uri-stem': { path: 'url.path', without: '%@' }, 'x-edge-request-id': { path: 'http.request.id' }, 'c-port': { path: 'client.port', upTo: 65535 }, 'sc-bytes': { path: 'http.response.bytes', upTo: Number.MAX_SAFE_INTEGER }, 'cs-bytes': { path: 'http.request.bytes', upTo: Number.MAX_SAFE_INTEGER } },
  numbers: ['time-to-first-byte'],
  ignored: ['cs-uri-query', 'cs(Referer)', 'cs(User-Agent)', 'x-forwarded-for'],
  fills: ['client', 'url', 'http', 'cdn', 'tls', 'network.type', 'network.protocol', 'network.forwarded_ip', 'user_agent', 'error', 'go', 'hostname', 'outcome', 'duration_ms', 'ts_basis', 'ts_res_ms', 'ts_end_ms', 'labels'],
}

const CACHE: Readonly<Record<string, string>> = {
  Hit: 'hit', RefreshHit: 'revalidated', OriginShieldHit: 'hit', Miss: 'miss', MissGeneratedResponse: 'miss', LambdaGeneratedResponse: 'none', Redirect: 'none', FunctionGeneratedResponse: 'none',
  LimitExceeded: 'error', CapacityExceeded: 'error', LambdaExecutionError: 'error', FunctionExecutionError: 'error', FunctionThrottledError: 'error', Error: 'error',
}

const ERRORS: Readonly<Record<string, ErrorType>> = {
  OriginCommError: 'http_response_timeout', OriginConnectError: 'destination_unavailable', OriginDnsError: 'dns_error',
  OriginReadError: 'connection_terminated', OriginWriteError: 'connection_terminated', AbortedOrigin: 'connection_terminated',
  OriginError: 'http_protocol_error', OriginInvalidResponseError: 'http_protocol_error', OriginHeaderTooBigError: 'http_protocol_error', OriginContentRangeLengthError: 'http_protocol_error',
  OriginZeroSizeObjectError: 'http_response_incomplete', SlowReaderOriginError: 'client_abort', ClientCommError: 'client_abort', ClientHungUpRequest: 'client_abort',
  ClientGeoBlocked: 'http_request_denied', InvalidRequestBlocked: 'http_request_denied', InvalidRequest: 'http_request_error', InvalidRequestCertificate: 'http_request_error',
  InvalidRequestHeader: 'http_request_error', InvalidRequestMethod: 'http_request_error',
  LimitExceeded: 'http_request_denied', CapacityExceeded: 'proxy_internal_error', LambdaExecutionError: 'proxy_internal_error', FunctionExecutionError: 'proxy_internal_error', FunctionThrottledError: 'proxy_internal_error',
}

/** Cache state and failure, from the three result types and the status. */
function putResult(draft: Draft, row: Row): void {
  const final = row.text('x-edge-result-type')
  const response = row.text('x-edge-response-result-type')
  const detailed = row.text('x-edge-detailed-result-type')
  const cdn = (draft.cdn ??= {})
  const result = detailed ?? final ?? response
  if (result !== undefined) cdn.result = result
  // a final Error after an answer that was none: the viewer left before the last byte
  const hungUp = row.text('sc-status') === '000' || (final === 'Error' && response !== undefined && response !== 'Error')
  const named = detailed === undefined ? undefined : ERRORS[detailed]
  const type = named ?? (hungUp ? 'client_abort' : ERRORS[final ?? response ?? ''])
  if (type !== undefined) fail(draft, type, named ? detailed : final ?? response)
  const cached = final === 'Error' && hungUp ? response ?? final : final ?? response ?? detailed
  if (cached === undefined) return
  const scheme = row.text('cs-protocol') ?? ''
  const cache = (cdn.cache ??= {})
  cache.raw = final ?? cached
  // a tunnel is always logged as a Miss
  cache.status = (cached === 'Miss' && /^(?:wss?|grpcs?)$/.test(scheme) ? 'bypass' : CACHE[cached] ?? 'unknown') as typeof cache.status
  if (detailed === 'OriginShieldHit' || final === 'OriginShieldHit') cache.tier = 'shield'
}

/** CloudFront wrote agents encoded twice before 2019; once-decoded text without a blank that still holds escapes is such a one. */
function agentText(printed: string): string {
  const once = percentDecode(printed)
  return once.includes('%') && !once.includes(' ') && /%[0-9A-F]{2}/.test(once) ? percentDecode(once) : once
}

/** Facts of the standard log that take more than one column, or that have to be decoded. */
export function finishStandard(draft: Draft, row: Row): void {
  const stem = row.text('cs-uri-stem')
  const query = row.text('cs-uri-query')
  const url = (draft.url ??= {})
  if (stem !== undefined) url.path = wireText(stem)
  if (query !== undefined) url.query = wireText(query)
  // without the viewer's Host the distribution's own name is the only one, and DNS knows it as the end of the CNAME chain
  url.domain ??= row.text('cs(Host)')
  finishShared(draft, row, 'cs(Referer)', 'cs(User-Agent)')
}

/** The same for columns that the real-time log has too; `referrer` and `agent` are the names of those columns. */
export function finishShared(draft: Draft, row: Row, referrer: string, agent: string): void {
  const agentPrinted = row.text(agent)
  if (agentPrinted !== undefined) draft.user_agent = { original: agentText(agentPrinted) }
  const referrerPrinted = row.text(referrer)
  if (referrerPrinted !== undefined) ((draft.http ??= {}).request ??= {}).referrer = percentDecode(referrerPrinted)
  putForwarded(draft, row.text('x-forwarded-for'))
  const cipher = row.text('ssl-cipher')
  if (cipher !== undefined) (draft.tls ??= {}).cipher = ianaCipherName(cipher)
  putResult(draft, row)
}

/** The real-time log's fields in the order in which AWS writes those that were chosen. */
export const REALTIME_COLUMNS = `timestamp c-ip s-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes x-edge-location x-edge-request-id x-host-header time-taken
cs-protocol-version c-ip-version cs-user-agent cs-referer cs-cookie cs-uri-query x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher x-edge-result-type fle-encrypted-fields fle-status
sc-content-type sc-content-len sc-range-start sc-range-end c-port x-edge-detailed-result-type c-country cs-accept-encoding cs-accept cache-behavior-path-pattern cs-headers cs-header-names
cs-headers-count primary-distribution-id primary-distribution-dns-name origin-fbl origin-lbl asn cmcd-encoded-bitrate cmcd-buffer-length cmcd-buffer-starvation cmcd-content-id cmcd-object-duration
cmcd-deadline cmcd-measured-throughput cmcd-next-object-request cmcd-next-range-request cmcd-object-type cmcd-playback-rate cmcd-requested-maximum-throughput cmcd-streaming-format cmcd-session-id
cmcd-stream-type cmcd-startup cmcd-top-bitrate cmcd-version r-host sr-reason x-edge-mqcs distribution-tenant-id connection-id`.split(/\s+/)

/** Columns of the real-time log; its `cs-host` is the viewer's, and its `x-host-header` the distribution's, the other way round than in the standard log. */
export const REALTIME_FIELDS: Readonly<Record<string, Field>> = {
  ...COMMON_FIELDS,
  timestamp: time('s', 'end'),
  's-ip': ip('server.ip'),
  'cs-host': host('url.domain'),
}

/** Columns that `finishRealtime` reads. */
export const REALTIME_ALSO = ['x-host-header', 'cs-uri-stem', 'cs-uri-query', 'cs-referer', 'cs-user-agent', ...STANDARD_ALSO.slice(5)]

/** Facts of the real-time log that take more than one column; its `cs-uri-stem` holds the query too. */
export function finishRealtime(draft: Draft, row: Row): void {
  const stem = row.text('cs-uri-stem')
  if (stem !== undefined) putUri(draft, wireText(stem))
  const url = (draft.url ??= {})
  const query = row.text('cs-uri-query')
  if (query !== undefined) url.query ??= wireText(query)
  url.domain ??= row.text('x-host-header')
  finishShared(draft, row, 'cs-referer', 'cs-user-agent')
}
