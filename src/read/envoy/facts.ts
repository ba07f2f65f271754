/** What Envoy's operators say together: response flags, response code details, both ends of both connections. */
import { canonicalIp, splitHostPort } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import { putForwarded } from '../cdn/text.js'
import { toNumber } from '../field-kinds.js'
import type { Draft } from '../parser.js'
import { putUri } from '../request.js'
import { toHttpVersion, toTlsVersion } from '../versions.js'
import { alertToken } from '../vocabulary/tls.js'

/** Gives a value by its name (see `names.ts`); absent ones are undefined. */
export type Get = (name: string) => string | undefined

/** In order of what tells most: retries that ran out say less than why each of them failed. */
const FLAGS: readonly (readonly [short: string, long: string, ErrorType])[] = [
  ['DC', 'DownstreamConnectionTermination', 'client_abort'], ['DR', 'DownstreamRemoteReset', 'client_abort'], ['DPE', 'DownstreamProtocolError', 'http_request_error'],
  ['UT', 'UpstreamRequestTimeout', 'http_response_timeout'], ['UMSDR', 'UpstreamMaxStreamDurationReached', 'http_response_timeout'],
  ['DF', 'DnsResolutionFailed', 'dns_error'], ['UPE', 'UpstreamProtocolError', 'http_protocol_error'],
  ['UC', 'UpstreamConnectionTermination', 'connection_terminated'], ['UR', 'UpstreamRemoteReset', 'connection_terminated'], ['LR', 'LocalReset', 'connection_terminated'],
  ['UO', 'UpstreamOverflow', 'connection_limit_reached'], ['DO', 'DropOverload', 'connection_limit_reached'],
  ['UH', 'NoHealthyUpstream', 'destination_unavailable'], ['NR', 'NoRouteFound', 'proxy_configuration_error'], ['NC', 'NoClusterFound', 'proxy_configuration_error'], ['NFCF', 'NoFilterConfigFound', 'proxy_configuration_error'],
  ['RL', 'RateLimited', 'http_request_denied'], ['UAEX', 'UnauthorizedExternalService', 'http_request_denied'], ['RLSE', 'RateLimitServiceError', 'proxy_internal_error'],
  ['IH', 'InvalidEnvoyRequestHeaders', 'http_request_error'], ['LH', 'FailedLocalHealthCheck', 'proxy_internal_response'], ['FI', 'FaultInjected', 'proxy_internal_response'],
  ['OM', 'OverloadManagerTerminated', 'proxy_internal_error'], ['URX', 'UpstreamRetryLimitExceeded', 'destination_unavailable'],
]
/** A connection that could not be made; details or the transport's reason say why. */
const CONNECT_FAILURE = new Set(['UF', 'UpstreamConnectionFailure'])
const IDLE = new Set(['SI', 'StreamIdleTimeout'])
const CACHE = new Set(['RFCF', 'ResponseFromCacheFilter'])

const ERRNO: Readonly<Record<string, ErrorType>> = { 110: 'connection_timeout', 111: 'connection_refused', 104: 'connection_terminated', 101: 'destination_ip_unroutable', 113: 'destination_ip_unroutable' }
/** Where the line does not say why: a refusal takes no time, so what took a second or more was waited for in vain. */
const WAITED_MS = 1000

function connectCause(why: string, durationMs: number | undefined): ErrorType {
  const tls = /TLS_error|SSL[ _]routines|TLS[ _]error/i.exec(why)
  if (tls) {
    if (/CERTIFICATE_VERIFY|verif(?:y|ication)|SAN matcher|CERT(?:IFICATE)?_(?:HAS_)?(?:EXPIRED|REVOKED)/i.test(why) && !/ALERT/.test(why)) return 'tls_certificate_error'
    return /ALERT/.test(why) ? 'tls_alert_received' : 'tls_protocol_error'
  }
  const number = /connect[_ ]error:?[_ ]+(\d+)/i.exec(why)?.[1]
  if (number !== undefined && ERRNO[number] !== undefined) return ERRNO[number]
  if (/refused/i.test(why)) return 'connection_refused'
  if (/time[_ ]?out/i.test(why)) return 'connection_timeout'
  return durationMs !== undefined && durationMs >= WAITED_MS ? 'connection_timeout' : 'destination_unavailable'
}

function causeOf(flags: readonly string[], why: string, status: number, durationMs: number | undefined): ErrorType | undefined {
  if (flags.some(flag => CONNECT_FAILURE.has(flag))) return connectCause(why, durationMs)
  for (const [short, long, type] of FLAGS) if (flags.includes(short) || flags.includes(long)) return type
  // a stream that fell silent: with 408 it was the client's
  if (flags.some(flag => IDLE.has(flag))) return status === 408 ? 'client_abort' : 'http_response_timeout'
  return undefined
}

/** Puts `ip:port` on one end; anything else (a pipe, an internal listener) tells nothing. */
function endOf(text: string | undefined): { ip: string, port?: number } | undefined {
  if (text === undefined) return undefined
  const address = text.startsWith('tcp://') || text.startsWith('udp://') ? text.slice(6) : text
  const parts = splitHostPort(address) ?? splitHostPort(`[${address.slice(0, address.lastIndexOf(':'))}]${address.slice(address.lastIndexOf(':'))}`)
  if (!parts || canonicalIp(parts.host) === undefined) return undefined
  return parts.port ? { ip: parts.host, port: parts.port } : { ip: parts.host }
}

function putEnds(draft: Draft, get: Get): void {
  const client = endOf(get('downstream_remote')) ?? endOf(get('downstream_direct'))
  const port = toNumber(get('downstream_remote_port'))
  if (client) {
    if (client.port === undefined && port) client.port = port
    draft.client = client
  }
  const server = endOf(get('downstream_local'))
  if (server) draft.server = server
  putForwarded(draft, get('xff'))
  const version = draft.http?.version
  if (client?.port !== undefined || server?.port !== undefined) (draft.network ??= {}).transport = version === '3' ? 'quic' : 'tcp'
  const id = get('connection_id')
  if (id !== undefined) (draft.network ??= {}).connection_id = id
}

function putRequest(draft: Draft, get: Get): void {
  const method = get('method')
  const path = get('path')
  const version = toHttpVersion(get('protocol') ?? '')
  if (version !== undefined) (draft.http ??= {}).version = version as NonNullable<NonNullable<Draft['http']>['version']>
  if (method !== undefined) (draft.http ??= {}).request = { method: method.toUpperCase() }
  if (path !== undefined) putUri(draft, path)
  const authority = get('authority')
  const host = authority === undefined ? undefined : splitHostPort(authority)
  if (host && draft.url?.domain === undefined) {
    const url = (draft.url ??= {})
    url.domain = host.host
    if (host.port) url.port = host.port
  }
  const scheme = get('scheme')
  if (scheme === 'http' || scheme === 'https') (draft.url ??= {}).scheme = scheme
  const agent = get('user_agent')
  if (agent !== undefined) draft.user_agent = { original: agent }
  const referer = get('referer')
  if (referer !== undefined) ((draft.http ??= {}).request ??= {}).referrer = referer
  const id = get('request_id')
  if (id !== undefined) ((draft.http ??= {}).request ??= {}).id = id
  const trace = get('trace_id')
  if (trace !== undefined && /^[0-9a-f]{16,32}$/i.test(trace)) draft.trace = { id: trace.toLowerCase() }
}

function putTls(draft: Draft, get: Get): void {
  const name = get('sni')
  const version = toTlsVersion(get('tls_version') ?? '')
  if (name !== undefined) (draft.tls ??= {}).client = { server_name: name }
  if (version === undefined) return
  const tls = (draft.tls ??= {})
  tls.version = version as NonNullable<typeof tls.version>
  tls.version_protocol = version.startsWith('ssl') ? 'ssl' : 'tls'
  tls.established = true
  const cipher = get('tls_cipher')
  if (cipher !== undefined) tls.cipher = cipher
  if (draft.type === 'http.request') (draft.url ??= {}).scheme ??= 'https'
}

function putOrigin(draft: Draft, get: Get, fromOrigin: boolean): void {
  const origin: NonNullable<NonNullable<Draft['cdn']>['origin']> = endOf(get('upstream_host') ?? get('upstream_remote')) ?? {}
  const cluster = get('upstream_cluster') ?? get('upstream_name')
  if (cluster !== undefined) origin.name = cluster
  const wait = toNumber(get('service_time'))
  if (wait !== undefined && wait >= 0) origin.wait_ms = wait
  const status = draft.http?.response?.status_code
  if (fromOrigin && status !== undefined) origin.status_code = status
  const version = toTlsVersion(get('upstream_tls_version') ?? '')
  if (version !== undefined) origin.tls_version = version
  ;(draft.cdn ??= {}).origin = origin // pruned where it stayed empty
}

/** A line of a TCP listener has neither method nor code. */
function putSizes(draft: Draft, get: Get): void {
  const received = toNumber(get('bytes_received'))
  const sent = toNumber(get('bytes_sent'))
  const total = toNumber(get('duration'))
  if (draft.type === 'net.connect') {
    if (received !== undefined) (draft.client ??= {}).bytes = received
    if (sent !== undefined) (draft.server ??= {}).bytes = sent
    if (total !== undefined) (draft.network ??= {}).duration_ms = total
    return
  }
  if (received !== undefined) ((draft.http ??= {}).request ??= {}).body = { bytes: received }
  if (sent !== undefined) ((draft.http ??= {}).response ??= {}).body = { bytes: sent }
  if (total !== undefined) draft.duration_ms = total
  const first = toNumber(get('response_duration'))
  if (first !== undefined) (draft.cdn ??= {}).ttfb_ms = first
}

const NO_FLAGS: readonly string[] = []

/** Puts everything but the time on a draft of type `http.request`; it becomes a `net.connect` where no request was read. */
export function applyEnvoy(draft: Draft, get: Get): void {
  const status = toNumber(get('response_code')) ?? 0
  if (get('method') === undefined && get('path') === undefined && get('authority') === undefined && status === 0) draft.type = 'net.connect'
  if (status >= 100 && status <= 999) draft.http = { response: { status_code: status } }
  putRequest(draft, get)
  putEnds(draft, get)
  putTls(draft, get)
  putSizes(draft, get)
  const stated = get('response_flags')
  const flags = stated === undefined ? NO_FLAGS : stated.split(',').map(flag => flag.trim()).filter(flag => flag !== '')
  const details = get('details') ?? ''
  const failure = get('failure') ?? ''
  putOrigin(draft, get, flags.length === 0 && (details === '' ? get('service_time') !== undefined : details === 'via_upstream'))
  const cached = flags.find(flag => CACHE.has(flag))
  if (cached !== undefined) (draft.cdn ??= {}).cache = { status: 'hit', raw: cached }
  const type = flags.length === 0 ? undefined : causeOf(flags, `${details} ${failure} ${get('termination') ?? ''}`, status, toNumber(get('duration')))
  if (flags.length > 0) (draft.cdn ??= {}).result = flags.join(',')
  if (type !== undefined) {
    const message = failure !== '' ? failure : details !== '' && details !== 'via_upstream' ? details : undefined
    draft.error = { type, code: flags.join(','), ...(message === undefined ? {} : { message }) }
  } else if (draft.type === 'net.connect' && flags.length === 0) draft.outcome = 'success'
  putDownstreamFailure(draft, get)
}

/** A client's handshake that failed, where the format prints it. */
function putDownstreamFailure(draft: Draft, get: Get): void {
  const reason = get('downstream_failure')
  if (reason === undefined) return
  const alert = alertToken(reason.replace(/^.*OPENSSL_internal:/, '').replace(/^(?:SSLV3|TLSV1|TLSV13)_/, ''))
  draft.type = 'tls.handshake'
  const tls = (draft.tls ??= {})
  tls.established = false
  if (alert !== undefined && /ALERT/.test(reason)) Object.assign(tls, { alert, alert_from: 'client' })
  draft.error = { type: alert !== undefined && /ALERT/.test(reason) ? 'tls_alert_received' : 'tls_protocol_error', message: reason, ...(draft.error?.code === undefined ? {} : { code: draft.error.code }) }
}
