/** Response headers as a client saw them: which are kept, and what they tell of the cache that answered. */
import { CACHE_WORDS } from '../cdn/cache-words.js'
import type { Draft } from '../parser.js'

type CacheStatus = NonNullable<NonNullable<NonNullable<Draft['cdn']>['cache']>['status']>

/** Headers worth keeping in an incident; cookies and all others are left out. */
const KEPT = new Set(['age', 'cache-control', 'cache-status', 'cf-cache-status', 'cf-ray', 'content-encoding', 'content-length', 'date', 'etag', 'location', 'retry-after', 'server', 'server-timing', 'via',
  'x-amz-cf-id', 'x-amz-cf-pop', 'x-amz-request-id', 'x-azure-ref', 'x-cache', 'x-cache-hits', 'x-request-id', 'x-served-by', 'x-timer', 'x-varnish', 'proxy-status', 'x-fastly-request-id'])

const MAX_VALUE = 500

/** The word of the cache nearest the client: the last of a list (`MISS, HIT`), without who said it (`HIT from edge1`). */
function cacheWord(value: string): CacheStatus | undefined {
  const last = value.slice(value.lastIndexOf(',') + 1).trim().toLowerCase()
  const word = /^(?:[a-z0-9.-]{1,80} )?(refreshhit|hit|miss|expired|stale|updating|revalidated|bypass|pass|dynamic|error)(?:[ (]|$)/.exec(last)?.[1] ?? last.split(/[ ;]/)[0] ?? ''
  return CACHE_WORDS[word] as CacheStatus | undefined
}

/** RFC 9211: `Edge; hit; ttl=30, Shield; fwd=miss`; the last member is the nearest cache. */
function putCacheStatus(cache: NonNullable<NonNullable<Draft['cdn']>['cache']>, value: string): void {
  const parameters = value.slice(value.lastIndexOf(',') + 1).split(';').map(part => part.trim())
  const forwarded = parameters.find(part => part.startsWith('fwd='))?.slice(4)
  const ttl = parameters.find(part => part.startsWith('ttl='))?.slice(4)
  if (forwarded !== undefined && forwarded !== '') cache.fwd = forwarded
  if (ttl !== undefined && /^-?\d{1,10}$/.test(ttl)) cache.ttl_s = Number(ttl)
  const status = parameters.includes('hit') ? 'hit' : forwarded === 'stale' ? 'expired' : forwarded === undefined ? undefined : forwarded === 'bypass' || forwarded === 'method' || forwarded === 'request' ? 'bypass' : 'miss'
  if (status !== undefined) cache.status = status
}

function putEdge(draft: Draft, name: string, value: string): void {
  const cdn = (draft.cdn ??= {})
  switch (name) {
    case 'cf-ray': {
      cdn.provider = 'cloudflare'
      const dash = value.indexOf('-')
      if (dash !== -1 && dash + 1 < value.length) cdn.pop = value.slice(dash + 1)
      putId(draft, dash === -1 ? value : value.slice(0, dash))
      break
    }
    case 'x-amz-cf-pop': cdn.provider = 'cloudfront'; cdn.pop = value; break
    case 'x-amz-cf-id': cdn.provider = 'cloudfront'; putId(draft, value); break
    case 'age':
      if (/^\d{1,10}$/.test(value)) (cdn.cache ??= {}).age_s = Number(value)
      break
    case 'cache-status': putCacheStatus((cdn.cache ??= {}), value); (cdn.cache ??= {}).raw ??= value; break
    default: {
      const cache = (cdn.cache ??= {})
      cache.raw = value
      const status = cacheWord(value)
      if (status !== undefined) cache.status = status
    }
  }
}

function putId(draft: Draft, id: string): void {
  draft.http = { ...draft.http, request: { ...draft.http?.request, id } }
}

const EDGE = new Set(['cf-ray', 'x-amz-cf-pop', 'x-amz-cf-id', 'age', 'cache-status', 'cf-cache-status', 'x-cache'])

/** Puts one response header on a request's draft: its kept text, media type, and what it tells of the edge. Redaction is made at the seam. */
export function putResponseHeader(draft: Draft, rawName: string, value: string): void {
  const name = rawName.toLowerCase()
  if (value === '') return
  const response = ((draft.http ??= {}).response ??= {})
  if (name === 'content-type') response.mime_type = value.split(';', 1)[0]!.trim().toLowerCase()
  if (EDGE.has(name)) putEdge(draft, name, value)
  if (name === 'x-request-id') putId(draft, value)
  if (!KEPT.has(name)) return
  const headers = (response.headers ??= {})
  const before = headers[name]
  headers[name] = (before === undefined ? value : `${before}, ${value}`).slice(0, MAX_VALUE)
}
