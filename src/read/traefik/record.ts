/** Traefik's JSON access record: the declared fields, and what takes more than one of them. Durations are nanoseconds; `StartUTC` is the start. */
import { canonicalIp, splitHostPort } from '../../address.js'
import { fail, putForwarded, putOrigin } from '../cdn/text.js'
import { duration, endpoint, host, httpVersion, int, lower, port, status, text, time, tlsVersion, upper, uri, type Field } from '../field.js'
import type { Draft } from '../parser.js'
import type { Row } from '../table.js'
import { ianaCipherName } from '../vocabulary/tls.js'

/** 0 and -1 are "none" where the origin was not asked. */
const none = { absent: ['0', '-1'] }

/** Fields under their names in the record; of the times the first one there is stands, so the better ones come last. */
export const TRAEFIK_FIELDS: Readonly<Record<string, Field | readonly Field[]>> = {
  time: time('iso', 'end'),
  StartLocal: time('iso', 'start'),
  StartUTC: time('iso', 'start'),
  Duration: duration('duration_ms', 'ns'),
  ClientAddr: endpoint('client'),
  ClientPort: port('client.port'),
  RequestMethod: upper('http.request.method'),
  RequestPath: uri(),
  RequestProtocol: httpVersion(),
  RequestScheme: lower('url.scheme'),
  RequestAddr: host('url.domain'),
  RequestHost: host('url.domain'),
  RequestPort: port('url.port'),
  RequestContentSize: int('http.request.body.bytes', none),
  DownstreamStatus: status('http.response.status_code'),
  DownstreamContentSize: int('http.response.body.bytes'),
  OriginStatus: status('cdn.origin.status_code'),
  OriginDuration: duration('cdn.origin.duration_ms', 'ns', none),
  OriginContentSize: int('cdn.origin.bytes', none),
  TLSVersion: tlsVersion(),
  TLSCipher: text('tls.cipher'),
  TraceId: text('trace.id'),
  SpanId: text('span.id'),
  'request_User-Agent': text('user_agent.original'),
  request_Referer: text('http.request.referrer'),
  'request_X-Request-Id': text('http.request.id'),
  'downstream_Content-Type': text('http.response.mime_type'),
  RouterName: text('labels.router'),
  entryPointName: text('labels.entry_point'),
}

/** Names that `finishTraefik` reads. */
export const TRAEFIK_ALSO: readonly string[] = ['ClientHost', 'ServiceAddr', 'ServiceURL', 'ServiceName', 'RetryAttempts', 'request_X-Forwarded-For', 'request_X-Real-Ip']

/** The server's address, from `ServiceAddr` or from the URL, which releases before 3 print as an object. */
function serverOf(row: Row): string | undefined {
  const address = row.text('ServiceAddr')
  if (address !== undefined) return address
  const url = row.get('ServiceURL')
  if (typeof url === 'string') return url.replace(/^\w+:\/\//, '').split('/', 1)[0]
  const inner = typeof url === 'object' && url !== null ? (url as { Host?: unknown }).Host : undefined
  return typeof inner === 'string' && inner !== '' ? inner : undefined
}

/** Facts of a record. */
export function finishTraefik(draft: Draft, row: Row): void {
  // the client's name may be a forwarded list or an address that a trusted proxy gave
  const named = row.text('ClientHost')
  const first = named?.split(',', 1)[0]!.trim()
  if (first !== undefined && canonicalIp(first) !== undefined && first !== draft.client?.ip && canonicalIp(first) !== canonicalIp(draft.client?.ip ?? '')) {
    if (draft.client?.ip === undefined) (draft.client ??= {}).ip = first
    else putForwarded(draft, first)
  } else putForwarded(draft, row.text('request_X-Forwarded-For') ?? row.text('request_X-Real-Ip'))
  const server = serverOf(row)
  putOrigin(draft, server)
  const origin = draft.cdn?.origin
  if (origin && origin.ip === undefined && origin.name === undefined) origin.name = row.text('ServiceName')
  if (draft.tls?.cipher !== undefined) draft.tls.cipher = ianaCipherName(draft.tls.cipher)
  const type = draft.http?.response?.mime_type
  if (type?.includes(';')) draft.http!.response!.mime_type = type.split(';', 1)[0]!.trim()
  const retries = row.text('RetryAttempts')
  if (retries !== undefined && retries !== '0') (draft.labels ??= {}).retry_attempts = retries
  if (draft.http?.response?.status_code === 499) fail(draft, 'client_abort', '499')
}

/** Host and port of `ServiceURL` in a CLF line, without its scheme. */
export function serverOfUrl(url: string): string | undefined {
  const authority = url.replace(/^\w+:\/\//, '').split('/', 1)[0]!
  return splitHostPort(authority) ? authority : undefined
}
