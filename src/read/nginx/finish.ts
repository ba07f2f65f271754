/** Facts of an nginx line that take more than one variable. */
import { canonicalIp } from '../../address.js'
import { fail, putForwarded } from '../cdn/text.js'
import { unescapeValue } from '../access/escapes.js'
import type { Draft } from '../parser.js'
import { putUri } from '../request.js'
import type { Row } from '../table.js'
import { toTlsVersion } from '../versions.js'
import { ianaCipherName } from '../vocabulary/tls.js'
import { failureOf, httpLists, putAttempts, streamLists } from './origin.js'

const value = (row: Row, name: string): string | undefined => {
  const text = row.text(name)
  return text === '-' ? undefined : text
}

/** `192.0.2.1:51514` of two variables side by side; nginx writes IPv6 addresses without brackets, so the last colon is the one between them. */
function putPeer(draft: Draft, key: 'client' | 'server', pair: string | undefined): void {
  const colon = pair?.lastIndexOf(':') ?? -1
  if (pair === undefined || colon === -1) return
  const address = pair.slice(0, colon)
  const port = Number(pair.slice(colon + 1))
  if (canonicalIp(address) === undefined) return
  const peer = (draft[key] ??= {})
  peer.ip = address
  if (port > 0 && port < 65536 && Number.isInteger(port)) peer.port = port
}

function putPeers(draft: Draft, row: Row): void {
  putPeer(draft, 'client', value(row, '@client'))
  putPeer(draft, 'client', value(row, '@proxy_client'))
  putPeer(draft, 'server', value(row, '@server'))
  putPeer(draft, 'server', value(row, '@proxy_server'))
}

function putTls(draft: Draft, row: Row): void {
  const reused = value(row, 'ssl_session_reused')
  if (reused === 'r' || reused === '.') (draft.tls ??= {}).resumed = reused === 'r'
  if (draft.tls?.cipher !== undefined) draft.tls.cipher = ianaCipherName(draft.tls.cipher)
  const type = draft.http?.response?.mime_type
  const semicolon = type?.indexOf(';') ?? -1
  if (semicolon !== -1) draft.http!.response!.mime_type = type!.slice(0, semicolon).trim()
}

/** Escapes are undone in what a client wrote. */
function putWords(draft: Draft): void {
  const { url, http } = draft
  const agent = draft.user_agent?.original
  if (agent?.includes('\\')) draft.user_agent!.original = unescapeValue(agent)
  if (url?.path?.includes('\\')) url.path = unescapeValue(url.path)
  if (url?.query?.includes('\\')) url.query = unescapeValue(url.query)
  const referrer = http?.request?.referrer
  if (referrer?.includes('\\')) http!.request!.referrer = unescapeValue(referrer)
}

/** The server block's own name stands in for a Host that is not logged; `_`, wildcards and patterns are no names. */
function putHost(draft: Draft, row: Row): void {
  const pair = value(row, '@host_uri')
  if (pair !== undefined) {
    const scheme = draft.url?.scheme
    putUri(draft, `http://${pair}`)
    if (scheme === undefined) draft.url!.scheme = undefined
    else draft.url!.scheme = scheme
  }
  const https = value(row, 'https')
  if (https === 'on' && draft.url?.scheme === undefined) (draft.url ??= {}).scheme = 'https'
  const name = value(row, 'server_name')
  if (name !== undefined && draft.url?.domain === undefined && /^[\w-]+(?:\.[\w-]+)+$/.test(name) && canonicalIp(name) === undefined) (draft.url ??= {}).domain = name
  if (draft.url?.domain === '_') draft.url.domain = undefined
}

function putTrace(draft: Draft, row: Row): void {
  const parent = value(row, 'http_traceparent')
  const parts = parent === undefined ? null : /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/.exec(parent)
  if (!parts) return
  draft.trace ??= { id: parts[1]! }
  draft.span ??= { id: parts[2]! }
}

function putFailure(draft: Draft, row: Row): void {
  const status = draft.http?.response?.status_code
  const tries = putAttempts(draft, httpLists(row))
  if (status === 499) {
    fail(draft, 'client_abort', '499')
    return
  }
  const last = tries.at(-1)
  if (!last || (last.status !== 502 && last.status !== 504) || typeof last.header === 'number') return
  fail(draft, failureOf(tries), String(last.status))
  // a stale copy was sent instead: the client saw no failure
  if (status !== undefined && status < 500) draft.outcome = 'success'
}

/** What `finishHttp` and `finishStream` look at on a draft, besides what each of them settles in its own place. */
export const HTTP_READS = ['http.response', 'url'] as const
export const STREAM_READS = ['tls', 'network'] as const

/** Facts of an http line. */
export function finishHttp(draft: Draft, row: Row): void {
  putPeers(draft, row)
  putHost(draft, row)
  putWords(draft)
  putTls(draft, row)
  putTrace(draft, row)
  putForwarded(draft, value(row, 'http_x_forwarded_for') ?? value(row, 'proxy_add_x_forwarded_for') ?? value(row, 'http_x_real_ip'))
  putFailure(draft, row)
  if (draft.ts_basis === 'point') draft.ts_basis = 'end' // taken over from the envelope, which was written with the line
}

const SESSION_ERRORS: Readonly<Record<string, Parameters<typeof fail>[1]>> = { 403: 'http_request_denied', 500: 'proxy_internal_error', 502: 'destination_unavailable', 503: 'connection_limit_reached' }

function putSession(draft: Draft, row: Row): void {
  const last = putAttempts(draft, streamLists(row)).at(-1)
  const status = value(row, 'status')
  if (status === undefined || status === '200' || status === '000') return
  fail(draft, SESSION_ERRORS[status], status)
  if (status === '502' && last?.connect === 'never' && last.server.ip !== undefined) draft.error!.type = undefined // refused or timed out: the error log says which
  draft.outcome = 'failure'
}

/** Facts of a stream line; a session without a hello is a connection and no handshake. */
export function finishStream(draft: Draft, row: Row): void {
  putPeers(draft, row)
  putTls(draft, row)
  const offered = value(row, 'ssl_preread_protocol')
  const version = offered === undefined ? undefined : toTlsVersion(offered)
  if (version !== undefined) (draft.labels ??= {}).tls_offered_version = version
  const known = version ?? value(row, 'ssl_preread_server_name') ?? value(row, 'ssl_preread_alpn_protocols') ?? value(row, 'ssl_protocol') ?? value(row, 'ssl_server_name')
  // no TLS variable is logged, or the version is and has no value: a name alone may be missing from a real hello
  const isLogged = ['ssl_preread_server_name', 'ssl_preread_alpn_protocols', 'ssl_protocol', 'ssl_server_name'].some(name => row.text(name) !== undefined)
  if (draft.type === 'tls.handshake' && known === undefined && (!isLogged || row.text('ssl_preread_protocol') !== undefined)) draft.type = 'net.connect'
  // where nginx ends TLS itself, a version agreed means that the handshake was completed
  if (draft.type === 'tls.handshake' && draft.tls?.version !== undefined) draft.tls.established = true
  const transport = draft.network?.transport
  if (transport !== undefined && transport !== 'tcp' && transport !== 'udp') draft.network!.transport = undefined
  putSession(draft, row)
  if (draft.ts_basis === 'point') draft.ts_basis = 'end'
}
