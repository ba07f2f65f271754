/** Lines that the cases of the Go module detectors are made of. */
import type { CaseDraft } from '../detectors/case-events.js'

/** 2026-04-02T06:30:00Z; cases count seconds from here. */
export const GO_CASE_START = Date.parse('2026-04-02T06:30:00Z')

/** What a case says of one fetch; everything else is as usual. */
export interface Fetch {
  /** Seconds; left out for a trace without stamps. */
  readonly at?: number
  readonly module?: string
  readonly version?: string
  readonly op?: NonNullable<NonNullable<NonNullable<CaseDraft['go']>['module']>['op']>
  readonly proxy?: string
  readonly status?: number
  readonly ms?: number
  readonly error?: CaseDraft['error']
  readonly open?: boolean
  readonly more?: Partial<CaseDraft>
  readonly in?: string
}

function when(at: number | undefined, ms: number | undefined): Partial<CaseDraft> {
  if (at === undefined) return ms === undefined ? {} : { duration_ms: ms }
  return { ts_ms: GO_CASE_START + at * 1000, ts_basis: 'start', ts_res_ms: 0.001, ...(ms === undefined ? {} : { duration_ms: ms, ts_end_ms: GO_CASE_START + at * 1000 + ms }) }
}

/** A fetch that `go … -x` printed. */
export function fetched({ at, module = 'code.example.org/lib/base', version = 'v1.2.0', op = 'zip', proxy = 'goproxy.example.com', status, ms, error, open, more, in: log }: Fetch): CaseDraft {
  const failed = error !== undefined
  const answered = status ?? (failed || open ? undefined : 200)
  return {
    dataset: 'go.command', in: log ?? 'go.trace', type: 'go.module', vantage: 'client', ...when(at, open || (failed && status === undefined && ms === undefined) ? undefined : ms ?? 12),
    ...(failed ? { outcome: 'failure' as const } : open ? { outcome: 'unknown' as const, message: 'no response headers where the trace ends' } : {}),
    url: { scheme: 'https', domain: proxy, path: op === 'list' ? `/${module}/@v/list` : `/${module}/@v/${version}.${op}` },
    http: { request: { method: 'GET' }, ...(answered === undefined ? {} : { response: { status_code: answered } }) },
    go: { proxy, module: { path: module, ...(op === 'list' ? {} : { version }), op } }, error, ...more,
  }
}

/** A verdict that stands alone: no fetch is named. */
export function verdict(error: CaseDraft['error'], module = 'code.example.org/lib/base', version?: string, at?: number): CaseDraft {
  return { dataset: 'go.command', in: 'go.trace', type: 'go.module', vantage: 'client', outcome: 'failure', ...when(at, undefined), go: { module: { path: module, ...(version === undefined ? {} : { version }) } }, error }
}

/** A goroutine of a dump. */
export function waiting(stage: string, at?: number, op: 'zip' | 'mod' = 'zip'): CaseDraft {
  return { dataset: 'go.dump', in: 'go.trace', type: 'log.line', vantage: 'client', ...when(at, undefined), message: `goroutine 41 [select]: where it waits for ${stage}`, go: { stage, module: { op }, goroutine: { id: 41, state: 'select' } } }
}

/** A garbage collection. */
export function collected(stwMs: number, at?: number): CaseDraft {
  return { dataset: 'go.gctrace', in: 'go.trace', type: 'go.gc', vantage: 'client', ...when(at, 2), go: { gc: { n: 1, at_s: 0.1, stw_ms: stwMs } } }
}

/** The same request in the access log of the proxy's edge. */
export function served({ at = 0, module = 'code.example.org/lib/base', version = 'v1.2.0', op = 'zip', proxy = 'goproxy.example.com', status = 200, ms = 9, error, more, in: log }: Fetch): CaseDraft {
  return {
    dataset: 'nginx.access', in: log ?? 'edge.log', type: 'http.request', vantage: 'edge', ...when(at, ms), client: { ip: '192.0.2.30' },
    url: { scheme: 'https', domain: proxy, path: op === 'list' ? `/${module}/@v/list` : `/${module}/@v/${version}.${op}` }, http: { request: { method: 'GET' }, response: { status_code: status } }, error, ...more,
  }
}
