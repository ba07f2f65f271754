/** One attempt to get something of a Go module, whichever log tells of it. */
import type { Proof } from '../detectors/detector.js'
import type { LogEvent } from '../schema/event.js'
import type { Member, Phase } from '../schema/session.js'

/** What the session of an attempt adds: the lines of the other logs, and the phases. */
export interface Joined { readonly members: readonly Member[], readonly phases: readonly Phase[], readonly originIp?: string | undefined }

/** An attempt, reduced to what the Go detectors ask of it. */
export interface Attempt {
  readonly event: Proof['event']
  /** Who wrote the line: the go command itself, the HTTP client inside a Go program, or a server's access log. */
  readonly side: 'go' | 'client' | 'edge'
  /** What belongs together: one trace, or one client of an access log. */
  readonly lane: string
  readonly module?: string | undefined
  readonly version?: string | undefined
  readonly op?: string | undefined
  readonly host?: string | undefined
  /** The GOPROXY entry asked, or the host. */
  readonly target?: string | undefined
  readonly client?: string | undefined
  readonly startMs?: number | undefined
  readonly durationMs?: number | undefined
  readonly endMs?: number | undefined
  readonly status?: number | undefined
  readonly outcome?: LogEvent['outcome']
  readonly errorType?: string | undefined
  readonly message?: string | undefined
  readonly hasTlsFailed: boolean
  readonly timing?: LogEvent['timing']
  readonly bytes?: number | undefined
  readonly originIp?: string | undefined
  readonly originWaitMs?: number | undefined
  joined?: Joined
}

/** The time an attempt had ended by, as far as its own line tells. */
function endOf({ ts_ms: start, ts_end_ms: end, duration_ms: took }: LogEvent): number | undefined {
  return end ?? (start === undefined || took === undefined ? start : start + took)
}

/** The attempt that an event tells of; undefined for any other event. */
export function attemptOf(event: LogEvent): Attempt | undefined {
  const { go, http, error } = event
  const isGo = event.type === 'go.module'
  if (!isGo && !(event.type === 'http.request' && go?.module?.op !== undefined)) return undefined
  const side = isGo ? 'go' : event.vantage === 'client' ? 'client' : 'edge'
  const { path } = event.log.file
  return {
    event: { id: event.id, log: event.log, ...(event.ts_ms === undefined ? {} : { ts_ms: event.ts_ms }), ...(event.ts_end_ms === undefined ? {} : { ts_end_ms: event.ts_end_ms }) },
    side, lane: side === 'edge' ? event.client?.ip ?? path : path,
    module: go?.module?.path, version: go?.module?.version, op: go?.module?.op,
    host: event.hostname, target: go?.proxy ?? event.hostname, client: event.client?.ip,
    startMs: event.ts_ms, durationMs: event.duration_ms, endMs: endOf(event),
    status: http?.response?.status_code, outcome: event.outcome, errorType: error?.type, message: error?.message ?? event.message,
    hasTlsFailed: event.tls?.established === false, timing: event.timing, bytes: http?.response?.body?.bytes ?? http?.response?.bytes,
    originIp: event.cdn?.origin?.ip, originWaitMs: event.cdn?.origin?.wait_ms ?? event.cdn?.origin?.duration_ms,
  }
}

/** `path@version`, the way the go command writes it. */
export function moduleName({ module, version }: Pick<Attempt, 'module' | 'version'>): string | undefined {
  return module === undefined ? undefined : version === undefined ? module : `${module}@${version}`
}

/** What was asked for, in words: `the zip`, `the list of versions`. */
export function artifactName(op: string | undefined): string {
  switch (op) {
    case 'list': return 'the list of versions'
    case 'latest': case 'query': return 'the version query'
    case 'sumdb': return 'the checksum database record'
    case 'vcs': return 'the repository'
    case 'meta': return 'the go-import page'
    case undefined: return 'the module'
    default: return `the ${op}`
  }
}

/** Earlier first; where nothing is dated, the line tells. */
export function byTime(a: Attempt, b: Attempt): number {
  if (a.startMs !== undefined && b.startMs !== undefined && a.startMs !== b.startMs) return a.startMs - b.startMs
  const [left, right] = [a.event.log.file.path, b.event.log.file.path]
  return left === right ? a.event.log.line - b.event.log.line : left < right ? -1 : 1
}

/** True for an answer that had what was asked for. */
export const hasSucceeded = (attempt: Attempt): boolean => attempt.outcome !== 'failure' && attempt.outcome !== 'unknown' && attempt.status !== undefined && attempt.status < 400

/**
 * How many requests some attempts stand for. A program's own lines and its HTTP client's tell of the same requests, and so do several
 * access logs; two traces do not.
 */
export function countRequests(attempts: readonly Attempt[]): number {
  const sums = { go: 0, client: 0, edge: 0 }
  const perLog = new Map<string, number>()
  for (const { side, event } of attempts) {
    if (side !== 'edge') sums[side]++
    else perLog.set(event.log.file.path, (perLog.get(event.log.file.path) ?? 0) + 1)
  }
  return Math.max(1, sums.go, sums.client, ...perLog.values())
}
