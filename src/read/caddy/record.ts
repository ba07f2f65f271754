/** What a record of Caddy becomes: a request, the error or round trip behind one, or a failed handshake. */
import { canonicalIp, splitHostPort } from '../../address.js'
import { putCacheStatus } from '../access/cache-status.js'
import { fail, putForwarded, putOrigin } from '../cdn/text.js'
import { causeOf } from '../go/cause.js'
import { skip, type Draft, type Skip } from '../parser.js'
import { putUri } from '../request.js'
import { toHttpVersion, toTlsVersion } from '../versions.js'
import { cipherName } from '../vocabulary/tls.js'
import { durationMs, type DurationUnit } from './units.js'

type Bag = Record<string, unknown>

const bag = (value: unknown): Bag | undefined => typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Bag : undefined
const text = (value: unknown): string | undefined => typeof value === 'string' && value !== '' ? value : undefined

/** The first value of a header; `REDACTED` is none. */
function header(headers: unknown, name: string): string | undefined {
  const value = bag(headers)?.[name]
  const first = Array.isArray(value) ? text(value[0]) : text(value)
  return first === 'REDACTED' ? undefined : first
}

function putClient(draft: Draft, request: Bag): void {
  // releases before 2.5 wrote address and port in one
  const parts = text(request.remote_ip) === undefined ? splitHostPort(text(request.remote_addr) ?? '') : { host: text(request.remote_ip)!, port: undefined }
  if (parts && canonicalIp(parts.host) !== undefined) {
    const port = parts.port ?? Number(request.remote_port)
    draft.client = { ip: parts.host, ...(port > 0 && port < 65536 ? { port } : {}) }
  }
  // behind trusted proxies: the client they name
  const client = text(request.client_ip)
  if (client !== undefined && client !== parts?.host) putForwarded(draft, client)
  else putForwarded(draft, header(request.headers, 'X-Forwarded-For'))
}

function putTls(draft: Draft, tls: Bag): void {
  const version = typeof tls.version === 'number' || typeof tls.version === 'string' ? toTlsVersion(String(tls.version)) : undefined
  const cipher = typeof tls.cipher_suite === 'number' ? cipherName(tls.cipher_suite) : text(tls.cipher_suite)
  const name = text(tls.server_name)
  const protocol = text(tls.proto)
  draft.tls = {
    version: version as NonNullable<Draft['tls']>['version'],
    cipher,
    resumed: typeof tls.resumed === 'boolean' ? tls.resumed : undefined,
    next_protocol: protocol,
    client: name === undefined ? undefined : { server_name: name },
  }
}

function putRequest(draft: Draft, request: Bag): void {
  putClient(draft, request)
  const uri = text(request.uri)
  if (uri !== undefined) putUri(draft, uri)
  const host = splitHostPort(text(request.host) ?? '')
  if (host) {
    const url = (draft.url ??= {})
    url.domain = host.host
    if (host.port) url.port = host.port
  }
  const http = (draft.http ??= {})
  const version = toHttpVersion(text(request.proto) ?? '')
  if (version !== undefined) http.version = version as NonNullable<typeof http.version>
  const method = text(request.method)
  const referrer = header(request.headers, 'Referer')
  const id = header(request.headers, 'X-Request-Id')
  if (method !== undefined) (http.request ??= {}).method = method
  if (referrer !== undefined) (http.request ??= {}).referrer = referrer
  if (id !== undefined) (http.request ??= {}).id = id
  const agent = header(request.headers, 'User-Agent')
  if (agent !== undefined) draft.user_agent = { original: agent }
  const tls = bag(request.tls)
  if (!tls) return
  ;(draft.url ??= {}).scheme ??= 'https'
  putTls(draft, tls)
}

/** What `log_append` adds by the names that Caddy's documentation uses. */
function putUpstream(draft: Draft, record: Bag): void {
  putOrigin(draft, text(record.upstream) ?? text(record.upstream_addr) ?? text(record.upstream_host))
  const latency = Number(record.upstream_latency_ms)
  const whole = Number(record.upstream_duration_ms)
  if (latency > 0) (((draft.cdn ??= {}).origin ??= {}).wait_ms = latency)
  if (whole > 0) (((draft.cdn ??= {}).origin ??= {}).duration_ms = whole)
}

function accessDraft(record: Bag, request: Bag, unit: DurationUnit): Draft {
  const draft: Draft = { type: 'http.request' }
  putRequest(draft, request)
  const response: NonNullable<NonNullable<Draft['http']>['response']> = {}
  const status = record.status
  // 0: the handler wrote nothing
  if (typeof status === 'number' && status >= 100 && status <= 999) response.status_code = status
  if (typeof record.size === 'number' && record.size >= 0) response.body = { bytes: record.size }
  const type = header(record.resp_headers, 'Content-Type')
  if (type !== undefined) response.mime_type = type.split(';', 1)[0]!.trim()
  const http = (draft.http ??= {})
  http.response = response
  if (typeof record.bytes_read === 'number' && record.bytes_read > 0) (http.request ??= {}).body = { bytes: record.bytes_read }
  const duration = durationMs(record.duration, unit)
  if (duration !== undefined) draft.duration_ms = duration
  const cache = header(record.resp_headers, 'Cache-Status')
  if (cache !== undefined) putCacheStatus(draft, cache)
  putUpstream(draft, record)
  if (status === 499) fail(draft, 'client_abort', '499')
  return draft
}

/** Why a proxied request failed, in Go's words. */
function putCause(draft: Draft, message: string, status: unknown): void {
  const cause = message.includes('no upstreams available') ? { type: 'destination_unavailable' as const } : causeOf(message)
  // a Go error that timed out becomes 504, whatever its words
  const type = cause.type === 'timeout' || (cause.type === undefined && status === 504) ? 'http_response_timeout' : cause.type ?? (status === 499 ? 'client_abort' : undefined)
  fail(draft, type, typeof status === 'number' && status > 0 ? String(status) : undefined, message)
  if ('server' in cause && cause.server) Object.assign((draft.cdn ??= {}).origin ??= {}, cause.server)
  if (typeof status === 'number' && status >= 100) (draft.http ??= {}).response = { status_code: status }
}

function errorDraft(record: Bag, request: Bag, message: string): Draft {
  const draft: Draft = { type: 'log.line', message }
  putRequest(draft, request)
  putCause(draft, message, record.status)
  return draft
}

/** The debug log's `upstream roundtrip`: which upstream, how long, and its status or error. */
function roundTripDraft(record: Bag, unit: DurationUnit): Draft {
  const draft: Draft = { type: 'log.line', message: 'upstream roundtrip' }
  putRequest(draft, bag(record.request) ?? {})
  putOrigin(draft, text(record.upstream))
  const origin = ((draft.cdn ??= {}).origin ??= {})
  const duration = durationMs(record.duration, unit)
  if (duration !== undefined) origin.duration_ms = duration
  if (typeof record.status === 'number' && record.status >= 100) origin.status_code = record.status
  const error = text(record.error)
  if (error !== undefined) putCause(draft, error, undefined)
  return draft
}

const HANDSHAKE = /^http: TLS handshake error from (\S+): (.{1,2000})$/

function handshakeDraft(message: string): Draft | undefined {
  const match = HANDSHAKE.exec(message)
  if (!match) return undefined
  const peer = splitHostPort(match[1]!)
  const cause = causeOf(match[2]!)
  const draft: Draft = { type: 'tls.handshake', network: { transport: 'tcp' }, tls: { established: false } }
  if (peer && canonicalIp(peer.host) !== undefined) draft.client = { ip: peer.host, ...(peer.port ? { port: peer.port } : {}) }
  if (cause.alert !== undefined) draft.tls = { established: false, alert: cause.alert, alert_from: 'client' }
  fail(draft, cause.type, undefined, match[2]!)
  return draft
}

/** A rule of a web application firewall (Coraza) that fired. */
function firewallDraft(message: string): Draft {
  const value = (name: string): string | undefined => {
    const at = message.indexOf(` [${name} "`)
    const end = at === -1 ? -1 : message.indexOf('"]', at)
    return end === -1 ? undefined : text(message.slice(at + name.length + 4, end))
  }
  const client = /^\[client "([^"]{1,60})"\]/.exec(message)?.[1]
  const draft: Draft = { type: 'log.line', message: value('msg') ?? message.split(' [file ', 1)[0]!.slice(0, 500) }
  if (client !== undefined && canonicalIp(client) !== undefined) draft.client = { ip: client }
  const rule = value('id')
  if (rule !== undefined) draft.cdn = { rule_id: rule }
  const uri = value('uri')
  if (uri !== undefined) putUri(draft, uri)
  const host = value('hostname')
  if (host !== undefined && canonicalIp(host) === undefined) (draft.url ??= {}).domain = host
  return draft
}

/** The event of a record, or why it is none: start-up and housekeeping lines tell of no traffic. */
export function caddyDraft(record: Bag, unit: DurationUnit): Draft | Skip {
  const logger = text(record.logger) ?? ''
  const message = text(record.msg) ?? ''
  const request = bag(record.request)
  let draft: Draft | undefined
  // a logger of its own name is one of the access log's where the record has what only that has
  if (logger.startsWith('http.log.error')) draft = errorDraft(record, request ?? {}, message)
  else if (logger.startsWith('http.log.access') || (request && ('size' in record || 'resp_headers' in record) && 'status' in record)) draft = accessDraft(record, request ?? {}, unit)
  else if (message === 'upstream roundtrip') draft = roundTripDraft(record, unit)
  else if (logger === 'http.stdlib') draft = handshakeDraft(message)
  else if (message.startsWith('[client "')) draft = firewallDraft(message)
  else if (request && text(record.error) !== undefined) draft = errorDraft(record, request, text(record.error)!)
  if (!draft) return skip('not-an-event')
  const level = text(record.level)
  if (level !== undefined && draft.type !== 'http.request') draft.log = { level }
  return draft
}
