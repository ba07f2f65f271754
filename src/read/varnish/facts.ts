/** What varnishncsa's values say together: cache, origin, and which side of Varnish a line is about. */
import { canonicalIp } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import { unescapeValue } from '../access/escapes.js'
import { putForwarded } from '../cdn/text.js'
import { toNumber } from '../field-kinds.js'
import type { Draft } from '../parser.js'
import { putRequestLine } from '../request.js'
import { round3 } from '../time.js'

/** Gives a value by its name in the format string (see `format.ts`); absent ones are undefined. */
export type Get = (name: string) => string | undefined

type CacheStatus = NonNullable<NonNullable<NonNullable<Draft['cdn']>['cache']>['status']>

const HANDLING: Readonly<Record<string, CacheStatus>> = { hit: 'hit', miss: 'miss', hitmiss: 'bypass', hitpass: 'bypass', pass: 'bypass', pipe: 'none', synth: 'none' }

/** `handling` is the truth; `hitmiss` calls passes, pipes and synthetic answers misses too. */
function putCache(draft: Draft, get: Get): void {
  const raw = get('x:Varnish:handling') ?? get('x:Varnish:hitmiss')
  const known = raw === undefined ? undefined : HANDLING[raw]
  if (known === undefined) return
  const code = draft.http?.response?.status_code ?? 0
  const left = toNumber(get('x:VSL:Hit[2]'))
  let status = known
  // a hit within grace is a hit by name, its time left tells
  if (known === 'hit' && left !== undefined && left <= 0) status = 'stale'
  // the object that was hit, or made up, is Varnish's own error page
  if (code >= 500 && (known === 'hit' || raw === 'synth')) status = 'error'
  ;(draft.cdn ??= {}).cache = { status, raw: raw!, ...(left === undefined ? {} : { ttl_s: left }) }
}

const FETCH_ERRORS: readonly (readonly [RegExp, ErrorType])[] = [
  [/^first byte timeout/, 'http_response_timeout'],
  [/^(?:HTC )?timeout|between bytes timeout/i, 'connection_read_timeout'],
  [/errno 110\b/, 'connection_timeout'],
  [/errno 111\b/, 'connection_refused'],
  [/errno (?:101|113)\b/, 'destination_ip_unroutable'],
  [/: busy$/, 'connection_limit_reached'],
  [/: unhealthy$|^No backend|returned no backend|\bfail\b/, 'destination_unavailable'],
  [/^backend closed|^backend write error/, 'connection_terminated'],
  [/^Received junk|overflow|http format error|^HTC /i, 'http_protocol_error'],
  [/insufficient bytes|chunked|eof/i, 'http_response_incomplete'],
  [/storage|workspace/i, 'proxy_internal_error'],
]

function putFetchError(draft: Draft, text: string): void {
  const type = FETCH_ERRORS.find(([shape]) => shape.test(text))?.[1]
  draft.error = { ...(type ? { type } : {}), message: text, code: text.split(/ errno|[:(]/, 1)[0]!.trim() }
  const name = /^(?:backend|Director) (\S+?)(?::| returned)/.exec(text)
  if (name) ((draft.cdn ??= {}).origin ??= {}).name ??= name[1]!
}

/** The request line is made up: always `http://`, and `localhost` where there was no Host. */
function putRequest(draft: Draft, get: Get): void {
  const line = get('r')
  if (line !== undefined) {
    putRequestLine(draft, unescapeValue(line))
    if (draft.url?.domain === 'localhost') draft.url.domain = undefined
  }
  const { url } = draft
  if (url) url.scheme = undefined // not deleted, which would cost every later reader of the object
  const query = get('q')
  if (query !== undefined && url?.path !== undefined && url.query === undefined) url.query = unescapeValue(query.startsWith('?') ? query.slice(1) : query)
  const host = get('i:host')
  if (host !== undefined && draft.url?.domain === undefined && /^[\w.:[\]-]+$/.test(host)) {
    const colon = /:(\d{1,5})$/.exec(host)
    const target = (draft.url ??= {})
    target.domain = colon ? host.slice(0, colon.index) : host
    if (colon) target.port = Number(colon[1])
  }
  const agent = get('i:user-agent')
  if (agent !== undefined) draft.user_agent = { original: unescapeValue(agent) }
  const referer = get('i:referer')
  if (referer !== undefined) ((draft.http ??= {}).request ??= {}).referrer = unescapeValue(referer)
  putForwarded(draft, get('i:x-forwarded-for'))
}

const seconds = (text: string | undefined): number | undefined => {
  const value = toNumber(text)
  return value === undefined || value < 0 ? undefined : round3(value * 1000)
}

const PHASES = [
  ['connect_ms', 'x:VSL:Timestamp:Connected[3]'], ['send_ms', 'x:VSL:Timestamp:Bereq[3]'], ['wait_ms', 'x:VSL:Timestamp:Beresp[3]'],
  ['receive_ms', 'x:VSL:Timestamp:BerespBody[3]'], ['duration_ms', 'x:VSL:Timestamp:Fetch[3]'],
] as const

/** `Timestamp` records: field 3 is the time since the one before. */
function putPhases(draft: Draft, get: Get): void {
  for (const [name, source] of PHASES) {
    const value = seconds(get(source))
    if (value !== undefined) ((draft.cdn ??= {}).origin ??= {})[name] = value
  }
}

function durationOf(get: Get): number | undefined {
  const micro = toNumber(get('D') ?? get('T:us'))
  if (micro !== undefined) return round3(micro / 1000)
  const milli = toNumber(get('T:ms'))
  if (milli !== undefined) return milli
  const whole = toNumber(get('T'))
  return whole === undefined || whole === 0 ? undefined : whole * 1000 // 0 s is anything below one
}

/** A line of `-b`, or of the backend side of a mixed file: Varnish's own request to the origin. */
function putBackendSide(draft: Draft, get: Get, ttfb: number | undefined): void {
  const origin = ((draft.cdn ??= {}).origin ??= {})
  draft.tags = ['subrequest']
  draft.labels = { leg: 'origin' }
  const address = get('h')
  if (address !== undefined && canonicalIp(address) !== undefined) {
    draft.server = { ip: address }
    origin.ip = address
  }
  const status = draft.http?.response?.status_code
  if (status !== undefined && draft.error === undefined) origin.status_code = status
  if (ttfb !== undefined) origin.wait_ms ??= ttfb
  if (draft.duration_ms !== undefined) origin.duration_ms ??= draft.duration_ms
}

/** Puts everything on a draft that has its time and plain numbers. `backend` says that the format is one of `-b`. */
export function applyVarnish(draft: Draft, get: Get, backend: boolean): void {
  putRequest(draft, get)
  const duration = durationOf(get)
  if (duration !== undefined) draft.duration_ms = duration
  const name = get('x:VCL_Log:be') ?? get('x:VCL_Log:backend') ?? get('o:x-backend') ?? get('x:VSL:BackendOpen[2]')
  const ttfb = seconds(get('x:Varnish:time_firstbyte'))
  const failure = get('x:VSL:FetchError')
  if (failure !== undefined) putFetchError(draft, unescapeValue(failure))
  putPhases(draft, get)
  const side = get('x:Varnish:side')
  if (side === 'b' || (side === undefined && (backend || failure !== undefined))) putBackendSide(draft, get, ttfb)
  else {
    const client = get('h')
    if (client !== undefined && canonicalIp(client) !== undefined) draft.client = { ip: client }
    if (ttfb !== undefined) (draft.cdn ??= {}).ttfb_ms = ttfb
    putCache(draft, get)
  }
  const cached = draft.cdn?.cache?.status
  // the name of a hit is that of the origin the object once came from
  if (name !== undefined && cached !== 'hit' && cached !== 'stale') ((draft.cdn ??= {}).origin ??= {}).name ??= name
}
