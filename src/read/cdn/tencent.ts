/** Tencent Cloud: the offline log of its CDN, the real-time log of the same, and EdgeOne. */
import type { ErrorType } from '../../schema/error-types.js'
import { duration, endTime, host, int, ip, port, status, text, time, tlsVersion, upper, uri, word, type Field } from '../field.js'
import { putTime } from '../field-kinds.js'
import { skip, type Draft, type ParserContext, type Skip } from '../parser.js'
import type { EventPath } from '../paths.js'
import type { Row } from '../table.js'
import { readCommonLog, readEpoch, readIso } from '../time.js'
import { toHttpVersion } from '../versions.js'
import { spacedCells } from './cells.js'
import { fail, markSubrequest } from './text.js'

/** What the three logs write for "none". */
export const TENCENT_ABSENT = ['-', 'NULL', '(null)', '-1', '""']

/** Columns of the offline log; older files lack the last. */
export const TENCENT_COLUMNS = ['stamp', 'client_ip', 'host', 'path', 'bytes', 'province', 'isp_number', 'status', 'referer', 'duration', 'user_agent', 'range', 'method', 'proto', 'hit', 'client_port']

/** The vendor names spaces as the separator; where a file has tabs, they are. */
export function tencentCells(line: string): readonly string[] | undefined {
  if (!line.includes('\t')) return spacedCells(line)
  const byTab = line.split('\t')
  return byTab.length >= 15 ? byTab.map(cell => cell.replace(/^"(.*)"$/, '$1')) : spacedCells(line)
}

const none = { absent: ['-1'] }
const span = (path: EventPath): Field => duration(path, 'ms', { absent: ['-1'] })
const CACHE = { hit: 'hit', miss: 'miss', dynamic: 'dynamic', other: 'none' }
const cache: readonly Field[] = [word('cdn.cache.status', CACHE, { otherwise: 'unknown' }), text('cdn.cache.raw')]

/** Fields of all three, the offline log's by its columns' names. */
export const TENCENT_FIELDS: Readonly<Record<string, Field | readonly Field[]>> = {
  client_ip: ip('client.ip'),
  client_port: port('client.port'),
  host: host('url.domain'),
  path: uri(),
  bytes: int('http.response.bytes'),
  status: status('http.response.status_code'),
  referer: text('http.request.referrer'),
  duration: duration('duration_ms', 'ms'),
  user_agent: text('user_agent.original'),
  method: upper('http.request.method'),
  hit: cache,
  // real-time
  time: time('s', 'start'),
  http_code: status('http.response.status_code'),
  request_time: duration('duration_ms', 'ms'),
  request_port: port('client.port'),
  rsp_size: int('http.response.bytes'),
  ua: text('user_agent.original'),
  url: uri(),
  uuid: text('http.request.id'),
  // EdgeOne
  RequestTime: time('iso', 'start', { zone: 'UTC' }),
  EdgeEndTime: endTime('iso', { zone: 'UTC' }),
  RequestID: text('http.request.id'),
  ClientIP: ip('client.ip'),
  ClientPort: port('client.port', none),
  ClientRegion: upper('client.geo.country_iso_code'),
  RequestHost: host('url.domain'),
  RequestMethod: upper('http.request.method'),
  RequestUrl: uri(),
  RequestUrlQueryString: text('url.query'),
  RequestBytes: int('http.request.bytes', none),
  RequestUA: text('user_agent.original'),
  RequestReferer: text('http.request.referrer'),
  RequestSSLProtocol: tlsVersion(),
  EdgeCacheStatus: cache,
  EdgeResponseStatusCode: status('http.response.status_code', none),
  EdgeResponseBytes: int('http.response.bytes', none),
  EdgeResponseTime: span('duration_ms'),
  EdgeInternalTime: span('cdn.ttfb_ms'),
  EdgeServerIP: ip('server.ip'),
  EdgeSeverRegion: text('cdn.region'), // spelt so
  OriginIP: ip('cdn.origin.ip'),
  OriginResponseStatusCode: status('cdn.origin.status_code', none),
  OriginSSLProtocol: tlsVersion('cdn.origin.tls_version'),
  OriginDNSResponseDuration: span('cdn.origin.dns_ms'),
  OriginTCPHandshakeDuration: span('cdn.origin.connect_ms'),
  OriginTLSHandshakeDuration: span('cdn.origin.tls_ms'),
  OriginRequestHeaderSendDuration: span('cdn.origin.send_ms'),
  OriginResponseHeaderDuration: span('cdn.origin.wait_ms'),
  SecurityAction: text('cdn.action'),
}

/** Names that `finishTencent` reads. */
export const TENCENT_ALSO = ['stamp', 'proto', 'param', 'RequestProtocol', 'RequestStatus', 'ParentRequestID', 'EdgeFunctionSubrequest', 'EdgeException']

/** Fourteen digits in Beijing time, seconds since 1970, or Apache's spelling. */
function stampOf(printed: string) {
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(printed)
  if (digits) return readIso(`${digits[1]}-${digits[2]}-${digits[3]}T${digits[4]}:${digits[5]}:${digits[6]}+08:00`)
  return /^\d{9,10}$/.test(printed) ? readEpoch(printed, 's') : readCommonLog(printed)
}

const STATES: Readonly<Record<string, string>> = { 0: 'unfinished', 2: 'abnormal' }

/** Facts that take more than one field, or a look at what stands in one. */
export function finishTencent(draft: Draft, row: Row, context: ParserContext): void | Skip {
  const printed = row.text('stamp')
  if (printed !== undefined) {
    const stamp = stampOf(printed)
    if (!stamp) return skip('bad-time')
    putTime(draft, stamp, 'start', context)
  }
  const protocol = row.text('proto') ?? row.text('RequestProtocol')
  if (protocol !== undefined) {
    const version = toHttpVersion(protocol)
    if (version !== undefined) (draft.http ??= {}).version = version as '1.1'
    if (/^https?$/i.test(protocol)) (draft.url ??= {}).scheme = protocol.toLowerCase()
  }
  const query = row.text('param')
  if (query !== undefined) (draft.url ??= {}).query ??= query
  const cdn = (draft.cdn ??= {})
  const state = STATES[row.text('RequestStatus') ?? '']
  if (state !== undefined) cdn.result = state
  const parent = row.text('ParentRequestID')
  if (parent !== undefined || row.text('EdgeFunctionSubrequest') === '1') markSubrequest(draft, parent)
  const exception = row.text('EdgeException')
  if (exception !== undefined && (draft.http?.response?.status_code ?? 0) >= 500) fail(draft, undefined as ErrorType | undefined, exception)
  const origin = cdn.origin
  // 0 ms to connect is a kept connection
  if (origin?.connect_ms !== undefined) {
    origin.reused = origin.connect_ms === 0
    if (origin.reused) {
      origin.connect_ms = undefined
      if (origin.tls_ms === 0) origin.tls_ms = undefined
      if (origin.dns_ms === 0) origin.dns_ms = undefined
    }
  }
}
