/**
 * What one session says about the origin behind the edge: was it asked, did it answer, and if not, why not.
 *
 * Causes are read strongest first: the log's own word (an RFC 9209 token), then the attempts it lists, then status and time.
 * A status alone is no cause: a time-out is not always a 504, and a 504 is not always a time-out.
 */
import type { Session } from '../schema/session.js'

/** What went wrong between edge and origin; `unclear` where the log names no cause. */
export type FailureKind = 'timeout' | 'unreachable' | 'tls' | 'error' | 'unclear'
/** The phase of the edge-to-origin leg in which it went wrong. */
export type OriginPhase = 'dns' | 'connect' | 'tls' | 'send' | 'wait' | 'receive'

/** Who was asked: an address where the log knows it, else a name. */
export interface OriginRef { readonly ip?: string | undefined, readonly name?: string | undefined }

/** What one session says. */
export interface Verdict {
  /** `abort`: the client gave up before an answer. `unasked`: nothing to do with an origin. */
  readonly kind: FailureKind | 'healthy' | 'abort' | 'unasked'
  readonly phase?: OriginPhase | undefined
  /** The log names the cause itself. */
  readonly named: boolean
  /** The client was served all the same: a retry elsewhere, or a stale copy. */
  readonly masked: boolean
  readonly waitedMs?: number | undefined
  /** Those that failed; for a healthy session the one that answered. */
  readonly origins: readonly OriginRef[]
  /** What the log says, for a note. */
  readonly word: string
  /** The error is of the kind that follows another failure: no server left to try. */
  readonly consequence?: boolean
}

type Origin = NonNullable<NonNullable<Session['cdn']>['origin']>
type Attempt = NonNullable<Origin['attempts']>[number]

/** A wait under a second is no time limit. */
export const SLOW_MS = 1000

const NAMED: Readonly<Record<string, readonly [FailureKind, OriginPhase?]>> = {
  http_response_timeout: ['timeout', 'wait'],
  connection_timeout: ['timeout', 'connect'],
  connection_read_timeout: ['timeout', 'wait'],
  connection_write_timeout: ['timeout', 'send'],
  connection_refused: ['unreachable', 'connect'],
  destination_ip_unroutable: ['unreachable', 'connect'],
  destination_ip_prohibited: ['unreachable', 'connect'],
  dns_error: ['unreachable', 'dns'],
  dns_timeout: ['unreachable', 'dns'],
  destination_not_found: ['unreachable', 'dns'],
  tls_protocol_error: ['tls', 'tls'],
  tls_certificate_error: ['tls', 'tls'],
  tls_alert_received: ['tls', 'tls'],
  connection_terminated: ['error', 'wait'],
  http_response_incomplete: ['error', 'receive'],
  http_protocol_error: ['error', 'wait'],
}

/** Words that do not tell refused from timed out from untrusted. */
const VAGUE = new Set(['destination_unavailable'])

/** Failures that are no fault of an origin: policy, limits and the edge's own trouble. */
const NOT_THE_ORIGIN = new Set([
  'http_request_error', 'http_request_denied', 'http_upgrade_failed', 'connection_limit_reached', 'proxy_internal_error', 'proxy_configuration_error', 'proxy_loop_detected',
])

/** Cache states in which an origin is asked before the client is answered. */
const ASKS = new Set(['miss', 'expired', 'revalidated', 'bypass', 'dynamic', 'error'])

const UNASKED: Verdict = { kind: 'unasked', named: false, masked: false, origins: [], word: '' }

/** The kind of failure that a word of `error.type` names; undefined where it names none of the origin's. */
export function kindOfType(type: string | undefined): Exclude<FailureKind, 'unclear'> | undefined {
  const kind = type === undefined ? undefined : NAMED[type]?.[0]
  return kind === undefined || kind === 'unclear' ? undefined : kind
}

/** The phase that such a word belongs to. */
export function phaseOfType(type: string): OriginPhase | undefined {
  return NAMED[type]?.[1]
}

/** The name under which an origin is counted. */
export function originId({ ip, name }: OriginRef): string | undefined {
  return ip ?? name
}

function refOf(one: Attempt | Origin): OriginRef | undefined {
  return one.ip === undefined && one.name === undefined ? undefined : { ip: one.ip, name: one.ip === undefined ? one.name : undefined }
}

const refsOf = (ones: readonly (Attempt | Origin | undefined)[]): OriginRef[] => ones.map(one => one && refOf(one)).filter(ref => ref !== undefined)

/** Time spent on the origin, as well as the log tells it. */
export function waitedOf(session: Session): number | undefined {
  const origin = session.cdn?.origin
  const inAll = origin?.duration_ms ?? origin?.wait_ms ?? (origin?.connect_ms !== undefined && origin.status_code === undefined ? origin.connect_ms : undefined)
  if (inAll !== undefined && inAll >= SLOW_MS) return inAll
  const total = session.cdn?.ttfb_ms ?? claimDuration(session)
  return total ?? inAll
}

/** When the request itself began; the session's span also holds the look-up and the handshake before it. */
export function requestStart(session: Session): number | undefined {
  const lines = session.members.filter(member => (member.type === 'http.request' || member.type === 'go.module') && member.leg === undefined && member.ts_ms !== undefined)
  return lines.length === 0 ? session.ts_ms : Math.min(...lines.map(member => member.ts_ms!))
}

/** How long the request itself took. */
function claimDuration(session: Session): number | undefined {
  const first = session.hops?.[0]?.duration_ms
  if (first !== undefined) return first
  const start = requestStart(session)
  return session.ts_end_ms === undefined || start === undefined ? session.duration_ms : Math.round((session.ts_end_ms - start) * 1000) / 1000
}

const isTimeStatus = (status: number | undefined): boolean => status === 504 || status === 522 || status === 524

/** An attempt that failed before any header came. */
const failedAttempt = (attempt: Attempt): boolean => (attempt.status_code === 502 || attempt.status_code === 504 || attempt.status_code === undefined) && attempt.wait_ms === undefined

/** The log lists attempts: those that the edge gave up are failures even where a later one answered. */
function fromAttempts(attempts: readonly Attempt[], masked: boolean): Verdict | undefined {
  const failed = attempts.filter(failedAttempt)
  const timedOut = failed.filter(attempt => attempt.status_code === 504 && (attempt.duration_ms ?? SLOW_MS) >= SLOW_MS)
  if (timedOut.length > 0) {
    const slowest = Math.max(...timedOut.map(attempt => attempt.duration_ms ?? 0))
    const connected = timedOut.some(attempt => attempt.connect_ms !== undefined)
    return {
      kind: 'timeout', phase: connected ? 'wait' : 'connect', named: true, masked, origins: refsOf(timedOut), word: `attempt given up (504${masked ? ', another answered' : ''})`,
      ...(slowest > 0 ? { waitedMs: slowest } : {}),
    }
  }
  const refused = failed.filter(attempt => attempt.status_code === 502)
  if (refused.length === 0) return undefined
  const slowest = Math.max(...refused.map(attempt => attempt.duration_ms ?? 0))
  return { kind: 'unclear', phase: 'connect', named: false, masked, origins: refsOf(refused.filter(attempt => attempt.ip !== undefined)), waitedMs: slowest, word: `attempt failed (502${masked ? ', another answered' : ''})` }
}

/** Some tools write one word for a connection that was refused and for a handshake that was: HAProxy's SC. */
const refusedOrUntrusted = (session: Session): boolean => session.error?.type === 'connection_refused' && session.error.code === 'SC'

/** The log names a group of servers and none of them: nobody was left to try. One that names no origin at all says nothing of the kind. */
const isOfGroup = ({ cdn, error }: Session): boolean => cdn?.origin?.ip === undefined && (cdn?.origin?.name !== undefined || /no live/i.test(error?.message ?? ''))

function fromWord(session: Session, type: string, masked: boolean): Verdict | undefined {
  const origin = session.cdn?.origin
  const attempts = origin?.attempts
  const failed = attempts?.filter(failedAttempt) ?? []
  // beside the servers that failed, the name of their group says nothing
  const servers = failed.filter(attempt => attempt.ip !== undefined)
  const origins = refsOf(servers.length > 0 ? servers : failed.length > 0 ? failed : [origin])
  const waitedMs = waitedOf(session)
  if (VAGUE.has(type) || refusedOrUntrusted(session)) {
    const listed = attempts && fromAttempts(attempts, masked)
    if (listed?.kind === 'timeout') return listed
    return { kind: 'unclear', phase: 'connect', named: false, masked, origins, waitedMs, word: session.error?.code === 'SC' ? 'SC: connection or handshake refused' : type, consequence: VAGUE.has(type) && isOfGroup(session) && (waitedMs ?? 0) < SLOW_MS }
  }
  const found = NAMED[type]
  if (!found) return undefined
  const [kind, phase] = found
  const message = session.error?.message
  // "upstream timed out while SSL handshaking": the words know more than the token
  const inTls = kind === 'timeout' && message !== undefined && /handshak/i.test(message)
  const late = type === 'connection_read_timeout' && (session.http?.response?.status_code ?? 500) < 500 && !masked
  return { kind, phase: inTls ? 'tls' : late ? 'receive' : phase, named: true, masked, origins, waitedMs, word: message ?? (waitedMs !== undefined && waitedMs >= SLOW_MS ? `${type} after ${seconds(waitedMs)}` : type) }
}

/** Programs that answer 503 themselves for whatever went wrong behind them. */
const answersFor = (dataset: string): boolean => dataset.startsWith('varnish') || dataset.startsWith('fastly')

/** No cause named: only status, time and who wrote the line are left. */
function fromStatus(session: Session, status: number): Verdict {
  const origin = session.cdn?.origin
  const origins = refsOf([origin])
  const waitedMs = waitedOf(session)
  const slow = (waitedMs ?? 0) >= SLOW_MS
  const base = { masked: false, named: false, origins, waitedMs }
  const answered = origin?.status_code !== undefined && origin.status_code >= 500 && origin.wait_ms !== undefined
  if (isTimeStatus(status) && slow) return { ...base, kind: 'timeout', phase: 'wait', word: `${status} after ${seconds(waitedMs!)}` }
  if (slow && (status === 502 || status === 503)) return { ...base, kind: 'unclear', phase: 'wait', word: `${status} after ${seconds(waitedMs!)}` }
  const hops = session.hops?.some(hop => answersFor(hop.dataset)) ?? session.members.some(member => answersFor(member.dataset))
  if (!answered && origin?.status_code === undefined && (status === 502 || (status === 503 && hops))) return { ...base, kind: 'unclear', phase: 'connect', word: `${status} without an origin's answer` }
  if (!answered && status === 502 && origin?.connect_ms === undefined && session.error?.code === '502') return { ...base, kind: 'unclear', phase: 'connect', word: '502, never connected' }
  return { ...base, kind: 'error', phase: 'wait', named: answered, word: origin?.status_code !== undefined ? `the origin answered ${origin.status_code}` : `answered ${status}` }
}

/** A time for a sentence: `4.98 s`, `870 ms`. */
export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toPrecision(3))} s`
}

function healthy(session: Session): Verdict {
  const cache = session.cdn?.cache?.status
  const origin = session.cdn?.origin
  if (cache === 'hit' || cache === 'none' || cache === 'updating' || cache === 'stale') return UNASKED
  const asked = origin !== undefined || cache === undefined || ASKS.has(cache)
  return asked ? { kind: 'healthy', named: false, masked: false, origins: refsOf([origin]), word: '' } : UNASKED
}

/** A client's own account, where no edge logged the request: its waits and gateway time-outs count, its look-ups and connects are not the origin's. */
function ofAttempt(session: Session): Verdict {
  const type = session.error?.type
  const status = session.http?.response?.status_code
  const waitedMs = session.timing?.wait_ms ?? claimDuration(session)
  if (type === 'timeout' || type === 'http_response_timeout' || type === 'connection_read_timeout' || (status === 504 && (waitedMs ?? 0) >= SLOW_MS)) {
    return { kind: 'timeout', phase: 'wait', named: type !== undefined, masked: false, origins: [], waitedMs, word: session.error?.message ?? `${status ?? type}` }
  }
  return status !== undefined && status < 500 ? { kind: 'healthy', named: false, masked: false, origins: [], word: '' } : UNASKED
}

function judge(session: Session): Verdict {
  if (session.claim === 'attempt') return ofAttempt(session)
  // an outcome that the reader left open is no failure: a look-up in a cache that answers 504 for "not there"
  if (session.claim !== 'http.request' || session.outcome === 'unknown') return UNASKED
  // a record that knows no status but the origin's tells what became of the request all the same
  const status = session.http?.response?.status_code ?? session.cdn?.origin?.status_code
  const type = session.error?.type
  const attempts = session.cdn?.origin?.attempts
  const masked = status !== undefined && status < 500
  if (type === 'client_abort') return { kind: 'abort', named: true, masked: false, origins: refsOf([session.cdn?.origin]), waitedMs: waitedOf(session), word: 'the client gave up' }
  if (masked && session.outcome !== 'failure') {
    const stale = session.cdn?.cache?.status === 'stale'
    const shown = attempts && fromAttempts(attempts, true)
    if (shown) return shown
    if (stale && type !== undefined) return fromWord(session, type, true) ?? healthy(session)
    return healthy(session)
  }
  if (type !== undefined && NOT_THE_ORIGIN.has(type)) return UNASKED
  const named = type === undefined ? undefined : fromWord(session, type, false)
  if (named) return named
  if (status === undefined || status < 500) return session.outcome === 'failure' ? UNASKED : healthy(session)
  return (attempts && fromAttempts(attempts, false)) ?? fromStatus(session, status)
}

let last: { readonly session: Session, readonly verdict: Verdict } | undefined

/** What a session says about the origin. Several detectors ask in turn, so the last answer is kept. */
export function verdictOf(session: Session): Verdict {
  if (last?.session !== session) last = { session, verdict: judge(session) }
  return last.verdict
}
