/** Traffic Server's cache result codes (`crc`), and what they say of the request with its route and statuses. */
import type { ErrorType } from '../../schema/error-types.js'
import type { Draft } from '../parser.js'

type CacheStatus = NonNullable<NonNullable<NonNullable<Draft['cdn']>['cache']>['status']>

/** Names as they are printed, and as the manual has them where it differs. */
const RESULTS: Readonly<Record<string, CacheStatus>> = {
  TCP_HIT: 'hit', TCP_MEM_HIT: 'hit', TCP_DISK_HIT: 'hit', TCP_CF_HIT: 'hit', TCP_IMS_HIT: 'hit', TCP_HIT_REDIRECT: 'hit', TCP_HIT_X_REDIRECT: 'hit',
  TCP_REFRESH_HIT: 'revalidated', TCP_REFRESH_FAIL_HIT: 'stale', TCP_REF_FAIL_HIT: 'stale', TCP_REFRESH_MISS: 'expired', TCP_EXPIRED_MISS: 'expired',
  TCP_MISS: 'miss', TCP_IMS_MISS: 'miss', TCP_MISS_REDIRECT: 'miss', TCP_MISS_X_REDIRECT: 'miss', TCP_WEBFETCH_MISS: 'miss',
  TCP_CLIENT_REFRESH: 'bypass', TCP_CLIENT_REFRESH_MISS: 'bypass', TCP_SWAPFAIL: 'error', TCP_SWAPFAIL_MISS: 'error', TCP_DENIED: 'none', ERR_PROXY_DENIED: 'none',
}

const ERRORS: Readonly<Record<string, ErrorType>> = {
  ERR_CLIENT_ABORT: 'client_abort', ERR_CLIENT_READ_ERROR: 'client_abort', ERR_NO_CLIENTS_BIG_OBJ: 'client_abort',
  ERR_READ_ERROR: 'connection_terminated', ERR_ZERO_SIZE_OBJECT: 'http_response_incomplete', ERR_DNS_FAIL: 'dns_error', ERR_CANNOT_FETCH: 'destination_unavailable',
  ERR_INVALID_REQ: 'http_request_error', ERR_INVALID_URL: 'http_request_error', ERR_UNSUP_REQ: 'http_request_error', ERR_POST_ENTITY_TOO_LARGE: 'http_request_error', ERR_NOT_IMPLEMENTED: 'http_request_error',
  ERR_LOOP_DETECTED: 'proxy_loop_detected', ERR_TUN_ACTIVE_TIMEOUT: 'connection_read_timeout', ERR_LIFETIME_EXP: 'connection_read_timeout', ERR_NO_FDS: 'connection_limit_reached',
  ERR_DISK_IO: 'proxy_internal_error', ERR_UNKNOWN: 'proxy_internal_error',
  TCP_DENIED: 'http_request_denied', ERR_PROXY_DENIED: 'http_request_denied', ERR_NO_RELAY: 'http_request_denied', ERR_WEBFETCH_DETECTED: 'http_request_denied',
}

/** What is known of how a request went. */
export interface AtsOutcome {
  readonly crc?: string | undefined
  /** `phr`, the route. */
  readonly route?: string | undefined
  /** What the client got (`pssc`). */
  readonly status?: number | undefined
  /** What the origin sent (`sssc`); 0 where it is known to have sent nothing, undefined where the format does not say. */
  readonly originStatus?: number | undefined
  readonly durationMs?: number | undefined
  /** `cfsc` and `pfsc`: how the exchange with the client, and with the origin, was finished. */
  readonly clientFinish?: string | undefined
  readonly originFinish?: string | undefined
}

/** Refusals and rejected certificates take no time; what took a second or more was waited for in vain. The code is the same. */
const WAITED_MS = 1000

function connectFailure(durationMs: number | undefined): ErrorType {
  return durationMs !== undefined && durationMs >= WAITED_MS ? 'connection_timeout' : 'destination_unavailable'
}

function timeoutOf({ originStatus, status }: AtsOutcome): ErrorType {
  const began = originStatus === undefined ? status !== undefined && status >= 200 && status < 400 : originStatus >= 100
  return began ? 'connection_read_timeout' : 'http_response_timeout'
}

function causeOf(outcome: AtsOutcome): ErrorType | undefined {
  const { crc = '', route = '', status = 0, originStatus, clientFinish, originFinish } = outcome
  if (crc === 'ERR_CONNECT_FAIL') return route.startsWith('TIMEOUT_') ? timeoutOf(outcome) : connectFailure(outcome.durationMs)
  if (crc === 'ERR_READ_TIMEOUT') return timeoutOf(outcome)
  const known = ERRORS[crc]
  if (known !== undefined) return known
  if (crc.startsWith('ERR_')) return 'proxy_internal_error'
  if (clientFinish === 'INTR') return 'client_abort'
  if (originFinish === 'TIMEOUT') return timeoutOf(outcome)
  if (originFinish === 'INTR') return 'connection_terminated'
  // a stale object hides the cause from the code: what the client got, and that the origin sent nothing, still show it
  if (status === 504 && (route.startsWith('TIMEOUT_') || originStatus === 0)) return 'http_response_timeout'
  if (status === 502 && originStatus === 0) return connectFailure(outcome.durationMs)
  return undefined
}

/** Puts cache and failure on a draft. */
export function applyOutcome(draft: Draft, outcome: AtsOutcome): void {
  const { crc } = outcome
  if (crc !== undefined) (draft.cdn ??= {}).cache = { status: RESULTS[crc] ?? (crc.startsWith('ERR_') ? 'error' : 'unknown'), raw: crc }
  const type = causeOf(outcome)
  if (type === undefined) return
  draft.error = { type, code: crc?.startsWith('ERR_') || crc === 'TCP_DENIED' ? crc : outcome.route?.startsWith('TIMEOUT_') ? outcome.route : outcome.originFinish === 'TIMEOUT' ? 'TIMEOUT' : crc ?? 'INTR' }
}

/** True where the origin or a parent was asked, as far as the route tells. */
export function wentOn(route: string | undefined): boolean {
  return route !== undefined && route !== 'NONE' && route !== '-' && route !== ''
}
