/** Squid's request tags: `PROTO[_CF]_RESULT[_IGNORED][_TIMEDOUT][_ABORTED]`. */
import type { ErrorType } from '../../schema/error-types.js'
import type { Draft } from '../parser.js'

type CacheStatus = NonNullable<NonNullable<NonNullable<Draft['cdn']>['cache']>['status']>

const RESULTS: Readonly<Record<string, CacheStatus>> = {
  HIT: 'hit', MEM_HIT: 'hit', IMS_HIT: 'hit', INM_HIT: 'hit', OFFLINE_HIT: 'hit', NEGATIVE_HIT: 'hit',
  REFRESH_UNMODIFIED: 'revalidated', REFRESH_HIT: 'revalidated', REFRESH_MODIFIED: 'expired', REFRESH_MISS: 'expired',
  REFRESH_FAIL_OLD: 'stale', REF_FAIL_HIT: 'stale', REFRESH_FAIL_HIT: 'stale', REFRESH_FAIL_ERR: 'error',
  MISS: 'miss', SWAPFAIL_MISS: 'miss', SWAPFAIL: 'miss', IMS_MISS: 'miss', CLIENT_REFRESH_MISS: 'bypass', CLIENT_REFRESH: 'bypass',
  TUNNEL: 'none', REDIRECT: 'none', DENIED: 'none', DENIED_REPLY: 'none', NONE: 'none', REFRESH: 'none',
}

const SUFFIX = /_(IGNORED|TIMEDOUT|ABORTED)$/

/** The parts of a tag. */
export interface Tag { readonly result: string, readonly collapsed: boolean, readonly timedOut: boolean, readonly aborted: boolean }

/** Takes a tag apart; what is no tag is all result. */
export function readTag(tag: string): Tag {
  let rest = tag
  let timedOut = false
  let aborted = false
  for (let match = SUFFIX.exec(rest); match; match = SUFFIX.exec(rest)) {
    if (match[1] === 'TIMEDOUT') timedOut = true
    if (match[1] === 'ABORTED') aborted = true
    rest = rest.slice(0, match.index)
  }
  const collapsed = /^[A-Z]{3,4}_CF_/.test(rest)
  return { result: rest.replace(/^(?:TCP|UDP|NONE|TAG)_(?:CF_)?/, ''), collapsed, timedOut, aborted }
}

/** The cause, where the tag, the status and the route tell it: a status alone may be the origin's own. */
function causeOf(tag: Tag, status: number, route: string): ErrorType | undefined {
  if (tag.aborted) return 'client_abort'
  if (tag.result === 'DENIED' || tag.result === 'DENIED_REPLY') return 'http_request_denied'
  // the time-out may have been the client's; a 504 was made because of the server
  if (status === 504 && (tag.timedOut || tag.result === 'REFRESH_FAIL_ERR')) return 'http_response_timeout'
  // Squid asked nobody: no address for the name, or no peer to forward to
  if (status === 503 && (route === 'HIER_NONE' || route === 'NONE') && /MISS|FAIL_ERR/.test(tag.result)) return 'destination_unavailable'
  return undefined
}

/** Puts cache and failure on a draft. */
export function applyTag(draft: Draft, text: string, status: number, route: string): void {
  const tag = readTag(text)
  const known = RESULTS[tag.result]
  ;(draft.cdn ??= {}).cache = { status: known ?? 'unknown', raw: text }
  // several requests for one object waited for a single fetch
  if (tag.collapsed) draft.tags = ['collapsed']
  const type = causeOf(tag, status, route)
  if (type !== undefined) draft.error = { type, code: text }
  else if (tag.timedOut) draft.error = { code: text }
}
