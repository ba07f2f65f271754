/** Lines of edges, as drafts, for the cases of detectors that watch origins and caches. */
import type { CaseDraft } from '../detectors/case-events.js'

/** What a case says of one request; everything else is as usual. */
export interface EdgeLine {
  readonly at: number
  readonly host?: string
  readonly path?: string
  readonly query?: string
  readonly client?: string
  readonly status?: number
  readonly ms?: number
  readonly cache?: NonNullable<NonNullable<CaseDraft['cdn']>['cache']>['status']
  readonly pop?: string
  readonly origin?: NonNullable<CaseDraft['cdn']>['origin']
  readonly error?: CaseDraft['error']
  readonly log?: string
  readonly dataset?: string
}

/** 2026-03-04T10:15:00Z; cases count seconds from here. */
export const CASE_START = 1_772_619_300_000

/** A line of an edge's access log; `at` is in seconds. */
export function edgeLine(line: EdgeLine): CaseDraft {
  return {
    type: 'http.request', dataset: line.dataset ?? 'nginx.access', vantage: 'edge', ...(line.log === undefined ? {} : { in: line.log }),
    ts_ms: CASE_START + line.at * 1000, ts_basis: 'start', ts_res_ms: 1, duration_ms: line.ms ?? 12,
    client: { ip: line.client ?? '192.0.2.24' },
    url: { domain: line.host ?? 'www.example.com', path: line.path ?? '/news', query: line.query },
    http: { request: { method: 'GET' }, response: { status_code: line.status ?? 200 } },
    cdn: { pop: line.pop, cache: { status: line.cache ?? 'miss' }, origin: line.origin },
    error: line.error,
  }
}

/** An origin that answered. */
export const answered = (ip: string, ms = 10, status = 200): NonNullable<EdgeLine['origin']> => ({ ip, status_code: status, connect_ms: 1, wait_ms: ms - 1, duration_ms: ms })

/** An origin that never sent headers. */
export const silent = (ip: string, ms: number): NonNullable<EdgeLine['origin']> => ({ ip, connect_ms: 1, duration_ms: ms })
