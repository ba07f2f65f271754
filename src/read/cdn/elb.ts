/** AWS load balancers: the columns of the application and the classic one, and what their own statuses say about the target. */
import { isIp, splitHostPort } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import { duration, host, int, status, text, time, tlsVersion, type Field } from '../field.js'
import type { Draft } from '../parser.js'
import type { Row } from '../table.js'
import { putRequestLine } from '../request.js'
import { readIso, round3 } from '../time.js'
import { ianaCipherName } from '../vocabulary/tls.js'
import { fail } from './text.js'

/** Columns of the application load balancer; older editions end earlier. */
export const ALB_COLUMNS = `type time elb client target request_processing_time target_processing_time response_processing_time elb_status_code target_status_code received_bytes sent_bytes
request user_agent ssl_cipher ssl_protocol target_group_arn trace_id domain_name chosen_cert_arn matched_rule_priority request_creation_time actions_executed redirect_url error_reason target_list
target_status_code_list classification classification_reason conn_trace_id`.split(/\s+/)

/** Columns of the classic load balancer; before 2014 a line ended with the request. */
export const CLASSIC_COLUMNS = `time elb client target request_processing_time target_processing_time response_processing_time elb_status_code target_status_code received_bytes sent_bytes
request user_agent ssl_cipher ssl_protocol`.split(/\s+/)

/** Columns under the same name in both. */
export const BALANCER_FIELDS: Readonly<Record<string, Field>> = {
  elb: text('labels.load_balancer'),
  elb_status_code: status('http.response.status_code'),
  target_status_code: status('cdn.origin.status_code'),
  received_bytes: int('http.request.bytes'),
  sent_bytes: int('http.response.bytes'),
  user_agent: text('user_agent.original'),
  ssl_protocol: tlsVersion(),
}

/** Columns that only the application load balancer has. */
export const ALB_FIELDS: Readonly<Record<string, Field>> = {
  ...BALANCER_FIELDS,
  time: time('iso', 'end', { zone: 'UTC' }),
  domain_name: host('tls.client.server_name'),
  conn_trace_id: text('network.connection_id'),
  actions_executed: text('cdn.result'),
  target_processing_time: duration('cdn.origin.wait_ms', 's'),
}

/** Columns that `finishBalancer` reads. */
export const BALANCER_ALSO = ['client', 'target', 'request', 'ssl_cipher', 'request_processing_time', 'response_processing_time', 'target_processing_time']
/** Columns that `finishAlb` reads. */
export const ALB_ALSO = [...BALANCER_ALSO, 'target_group_arn', 'trace_id', 'request_creation_time', 'error_reason', 'target_list', 'target_status_code_list']

/** Longest request that a creation time is believed for, ms; WebSockets last longer than any request. */
const LONGEST_MS = 7 * 86_400_000

/** Puts `ip:port` on a group, the port behind the last colon also where an IPv6 address has no brackets; false for a name or nothing. */
function putEndpoint(group: { ip?: string | undefined, port?: number | undefined }, printed: string | undefined): boolean {
  if (printed === undefined) return false
  const parts = splitHostPort(printed)
  if (parts && isIp(parts.host)) {
    group.ip = parts.host
    if (parts.port) group.port = parts.port
    return true
  }
  const colon = printed.lastIndexOf(':')
  const ip = printed.slice(0, colon)
  if (colon <= 0 || !isIp(ip)) return false
  group.ip = ip
  group.port = Number(printed.slice(colon + 1)) || undefined
  return true
}

const seconds = (row: Row, name: string): number | undefined => {
  const value = Number(row.text(name) ?? NaN)
  return value >= 0 ? round3(value * 1000) : undefined
}

/** What the balancer's own answer says, where the target gave none. */
function failureOf(code: number, reachedTarget: boolean, dispatched: boolean): ErrorType | undefined {
  switch (code) {
    case 460: case 408: return 'client_abort'
    case 463: case 464: return 'http_request_error'
    case 500: return 'proxy_internal_error'
    case 502: return reachedTarget && dispatched ? 'connection_terminated' : 'destination_unavailable'
    case 503: return 'destination_unavailable'
    case 504: return 'http_response_timeout'
    default: return undefined
  }
}

function reasonType(reason: string): ErrorType | undefined {
  if (reason.endsWith('ConnectionTimeout')) return 'connection_timeout'
  if (reason.endsWith('Timeout')) return 'http_response_timeout'
  if (reason.endsWith('ConnectionError')) return 'destination_unavailable'
  if (/(?:InvalidResponse|ResponseTooLarge|Unhandled)$/.test(reason)) return 'http_protocol_error'
  return undefined
}

/** What the functions below look at on a draft. */
export const ELB_READS = ['client', 'http', 'cdn', 'url', 'error'] as const

/** Facts that both balancers give in more than one column. */
export function finishBalancer(draft: Draft, row: Row): void {
  const cdn = (draft.cdn ??= {})
  putEndpoint(draft.client ??= {}, row.text('client'))
  putEndpoint(cdn.origin ??= {}, row.text('target'))
  const request = row.text('request')
  // "- - - " of a TCP listener and "- http://name:80- -" of a request that could not be read
  if (request !== undefined && !request.startsWith('- ')) putRequestLine(draft, request)
  const cipher = row.text('ssl_cipher')
  if (cipher !== undefined) (draft.tls ??= {}).cipher = ianaCipherName(cipher)
  const waited = seconds(row, 'request_processing_time')
  const target = seconds(row, 'target_processing_time')
  const answered = seconds(row, 'response_processing_time')
  if (waited !== undefined && target !== undefined && answered !== undefined) cdn.ttfb_ms = round3(waited + target + answered)
  const code = draft.http?.response?.status_code
  if (code === undefined || cdn.origin.status_code !== undefined) return
  const type = failureOf(code, cdn.origin.ip !== undefined, waited !== undefined)
  if (type !== undefined) fail(draft, type, String(code))
}

function putAlbTime(draft: Draft, row: Row): void {
  if (draft.ts_ms === undefined || draft.ts_basis !== 'end') return
  const end = draft.ts_ms
  const printed = row.text('request_creation_time')
  const created = printed === undefined ? undefined : readIso(printed)
  const passed = created && 'ms' in created ? round3(end - created.ms) : undefined
  if (passed !== undefined && passed >= 0 && passed <= LONGEST_MS) {
    draft.ts_ms = round3(end - passed)
    draft.ts_basis = 'start'
    draft.ts_end_ms = end
    draft.duration_ms = passed
  } else if (draft.cdn?.ttfb_ms !== undefined) {
    // before request_creation_time there was (2018): the stamp marks when the answer began
    draft.ts_ms = round3(end - draft.cdn.ttfb_ms)
    draft.ts_basis = 'derived'
    draft.ts_end_ms = end
  }
}

function putAttempts(draft: Draft, row: Row): void {
  const list = row.text('target_list')
  if (list === undefined || !list.includes(' ')) return
  const codes = row.text('target_status_code_list')?.split(' ') ?? []
  ;((draft.cdn ??= {}).origin ??= {}).attempts = list.split(' ').map((printed, index) => {
    const attempt: { ip?: string, port?: number, status_code?: number } = {}
    putEndpoint(attempt, printed)
    if (/^[1-9]\d\d$/.test(codes[index] ?? '')) attempt.status_code = Number(codes[index])
    return attempt
  })
}

/** What stands behind `mark` up to `stop` or the end; undefined where there is nothing. */
function between(text: string | undefined, mark: string, stop: string): string | undefined {
  const at = text?.indexOf(mark) ?? -1
  if (text === undefined || at === -1) return undefined
  const from = at + mark.length
  const end = text.indexOf(stop, from)
  return text.slice(from, end === -1 ? text.length : end) || undefined
}

/** Facts of the application load balancer that take more than one column. */
export function finishAlb(draft: Draft, row: Row): void {
  finishBalancer(draft, row)
  putAlbTime(draft, row)
  putAttempts(draft, row)
  const group = between(row.text('target_group_arn'), 'targetgroup/', '/')
  if (group !== undefined) ((draft.cdn ??= {}).origin ??= {}).name = group
  const trace = between(row.text('trace_id'), 'Root=', ';')
  if (trace !== undefined) draft.trace = { id: trace }
  const reason = row.text('error_reason')
  if (reason !== undefined) fail(draft, reasonType(reason) ?? draft.error?.type as ErrorType | undefined, reason)
}
