/** Fields of W3C extended logs of web servers and proxies (IIS, http.sys, Blue Coat, Oracle Web Cache), and what takes more than one of them. */
import type { ErrorType } from '../../schema/error-types.js'
import { fail, formDecode, putForwarded } from '../cdn/text.js'
import { duration, host, httpVersion, int, ip, lower, port, status, text, time, upper, uri, type Field } from '../field.js'
import type { Draft } from '../parser.js'
import { putUri } from '../request.js'
import type { Row } from '../table.js'
import { toTlsVersion } from '../versions.js'

/** Fields under their names in lower case. */
export const W3C_FIELDS: Readonly<Record<string, Field | readonly Field[]>> = {
  '@time': time('iso', 'end'),
  'beginrequest-utc': time('iso', 'start', { zone: 'UTC' }),
  '@taken': duration('duration_ms', 'ms'),
  timetakenms: duration('duration_ms', 'ms'),
  'c-ip': ip('client.ip'),
  'c-port': port('client.port'),
  's-ip': ip('server.ip'),
  's-port': port('server.port'),
  'cs-method': upper('http.request.method'),
  'cs-uri': uri(),
  'cs-uri-stem': text('url.path'),
  'cs-uri-path': text('url.path'),
  'cs-uri-query': text('url.query'),
  'cs-uri-scheme': lower('url.scheme'),
  'cs-host': host('url.domain'),
  'cs(host)': host('url.domain'),
  'cs-version': httpVersion(),
  'cs-protocol-version': httpVersion(),
  'sc-status': status('http.response.status_code'),
  'sc-bytes': int('http.response.bytes'),
  bytes: int('http.response.bytes'),
  'cs-bytes': int('http.request.bytes'),
  'sc(content-type)': text('http.response.mime_type'),
  'rs(content-type)': text('http.response.mime_type'),
  'x-request-id': text('http.request.id'),
  'cs(x-request-id)': text('http.request.id'),
  'x-arr-log-id': text('http.request.id'),
  's-sitename': text('labels.site'),
  's-computername': text('labels.host'),
  's-supplier-ip': ip('cdn.origin.ip'),
  'r-ip': ip('cdn.origin.ip'),
  'r-port': port('cdn.origin.port'),
  'r-host': text('cdn.origin.name'),
  's-supplier-name': text('cdn.origin.name'),
}

/** Names that `finishW3c` reads. */
export const W3C_ALSO: readonly string[] = [
  '@server', 's-computername', 'cs(user-agent)', 'cs(referer)', 'cs(referrer)', 'x-forwarded-for', 'cs(x-forwarded-for)', 'x-real-ip', 'sc-substatus', 'sc-win32-status', 'crypt-protocol', 's-action', 's-reason',
]

/** IIS writes `+` for a blank; two in a row are mostly a blank and the plus before a robot's address. */
const words = (value: string, row: Row): string => row.text('@server') === 'iis' && !value.includes(' ') ? value.replace(/\+(\+?)/g, (_, second: string) => ` ${second}`).trim() : value.includes(' ') ? value : formDecode(value)

/** SChannel's protocol bits, in hexadecimal as IIS logs them. */
const PROTOCOLS: Readonly<Record<string, string>> = { 4: '2', 8: '2', 10: '3', 20: '3', 40: 'TLSv1.0', 80: 'TLSv1.0', 100: 'TLSv1.1', 200: 'TLSv1.1', 400: 'TLSv1.2', 800: 'TLSv1.2', 1000: 'TLSv1.3', 2000: 'TLSv1.3' }

/** WinHTTP's errors, which ARR puts in `sc-win32-status` beside 502.3. */
const WINHTTP: Readonly<Record<string, ErrorType>> = {
  12002: 'http_response_timeout', 12007: 'dns_error', 12029: 'destination_unavailable', 12030: 'connection_terminated', 12152: 'http_protocol_error', 12175: 'tls_protocol_error',
}

/** Reasons of http.sys for requests that it ended itself. */
const REASONS: Readonly<Record<string, ErrorType>> = {
  badrequest: 'http_request_error', verb: 'http_request_error', url: 'http_request_error', url_length: 'http_request_error', header: 'http_request_error', hostname: 'http_request_error', number: 'http_request_error',
  requestlength: 'http_request_error', fieldlength: 'http_request_error', version_n_s: 'http_request_error', entitytoolarge: 'http_request_error', forbidden: 'http_request_denied', client_reset: 'client_abort',
  appoffline: 'destination_unavailable', apppooltimer: 'destination_unavailable', appshutdown: 'destination_unavailable', disabled: 'destination_unavailable', queuefull: 'connection_limit_reached', connlimit: 'connection_limit_reached',
  connection_dropped: 'connection_terminated', connection_abandoned_by_reqqueue: 'destination_unavailable', internal: 'proxy_internal_error',
}

function putFailure(draft: Draft, row: Row): void {
  const code = draft.http?.response?.status_code
  const substatus = row.text('sc-substatus')
  const system = row.text('sc-win32-status')
  if (substatus !== undefined && /^[1-9]\d{0,3}$/.test(substatus)) (draft.labels ??= {}).substatus = substatus
  // 64: the client's end of the connection was gone before the answer was complete
  if (system === '64') fail(draft, 'client_abort', '64')
  else if (code !== undefined && code >= 500 && system !== undefined && /^[1-9]\d{0,9}$/.test(system)) fail(draft, WINHTTP[system], system)
  const reason = row.text('s-reason')
  if (reason === undefined) return
  ;(draft.cdn ??= {}).result = reason
  const type = REASONS[reason.toLowerCase()]
  if (type !== undefined) fail(draft, type, reason)
}

/** Blue Coat's actions begin as Squid's: `TCP_HIT`, `TCP_NC_MISS`, `TCP_REFRESH_HIT`. */
function putAction(draft: Draft, action: string | undefined): void {
  if (action === undefined) return
  const cdn = (draft.cdn ??= {})
  cdn.result = action
  const status = /REFRESH/.test(action) ? 'revalidated' : /HIT/.test(action) ? 'hit' : /MISS/.test(action) ? 'miss' : undefined
  if (status !== undefined) cdn.cache = { status, raw: action }
}

/** Imperva's `cs-uri` is the site and the path, without a scheme; the site stands in `s-computername` too, and `cs-bytes` is not said to be the request's. */
function putSiteAndPath(draft: Draft, site: string | undefined): void {
  const target = draft.url?.original
  if (target === undefined || site === undefined || !(target === site || target.startsWith(`${site}/`))) return
  const query = draft.url?.query
  draft.url = { domain: site, path: target.slice(site.length) || '/', ...(query === undefined ? {} : { query }) }
  if (draft.http?.request) draft.http.request.bytes = undefined
  delete draft.labels?.host
}

/** Facts of a line. A line of http.sys about a connection that sent no request says only that it was idle. */
export function finishW3c(draft: Draft, row: Row): void {
  const agent = row.text('cs(user-agent)')
  if (agent !== undefined) draft.user_agent = { original: words(agent, row) }
  const referrer = row.text('cs(referer)') ?? row.text('cs(referrer)')
  if (referrer !== undefined) ((draft.http ??= {}).request ??= {}).referrer = referrer
  putForwarded(draft, (row.text('x-forwarded-for') ?? row.text('cs(x-forwarded-for)') ?? row.text('x-real-ip'))?.replaceAll('+', ' '))
  const protocol = row.text('crypt-protocol')
  const version = protocol === undefined ? undefined : toTlsVersion(PROTOCOLS[protocol] ?? '')
  if (version !== undefined) (draft.tls ??= {}).version = version as NonNullable<NonNullable<Draft['tls']>['version']>
  putSiteAndPath(draft, row.text('s-computername'))
  const mark = draft.url?.path?.indexOf('?') ?? -1
  if (mark !== -1) putUri(draft, draft.url!.path!)
  const query = draft.url?.query
  if (query?.startsWith('?')) draft.url!.query = query.slice(1)
  putAction(draft, row.text('s-action'))
  putFailure(draft, row)
}
