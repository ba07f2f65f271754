/** What `curl -w` wrote: offsets from the start of the transfer, cumulative, to phases; zero means "not reached" or "not needed". */
import { canonicalIp, splitHostPort } from '../../address.js'
import type { Draft } from '../parser.js'
import { putUri } from '../request.js'
import { round3 } from '../time.js'
import { toHttpVersion } from '../versions.js'
import { curlFailure } from './failure.js'

/** Values by curl's own variable names; texts as they stand in the line. */
export type Variables = Readonly<Record<string, string | undefined>>

/** Names that recipes give the variables, besides curl's own. */
const ALIASES: ReadonlyMap<string, string> = new Map(Object.entries({
  dns: 'time_namelookup', namelookup: 'time_namelookup', dns_lookup: 'time_namelookup', lookup: 'time_namelookup', connect: 'time_connect', tcp: 'time_connect', tcp_connect: 'time_connect',
  tls: 'time_appconnect', ssl: 'time_appconnect', appconnect: 'time_appconnect', tls_handshake: 'time_appconnect', ssl_handshake: 'time_appconnect', pretransfer: 'time_pretransfer', redirect: 'time_redirect',
  ttfb: 'time_starttransfer', starttransfer: 'time_starttransfer', total: 'time_total', code: 'response_code', status: 'response_code', http_code: 'response_code', exit: 'exitcode', err: 'errormsg',
  effective: 'url_effective', http: 'http_version', size: 'size_download', nconn: 'num_connects', nredir: 'num_redirects', sslverify: 'ssl_verify_result', hdrsize: 'size_header', reqsize: 'size_request', remote: 'remote', local: 'local',
}))

const KNOWN = new Set(['url', 'url_effective', 'method', 'scheme', 'remote_ip', 'remote_port', 'local_ip', 'local_port', 'remote', 'local', 'response_code', 'http_version', 'content_type', 'referer', 'errormsg', 'exitcode',
  'num_connects', 'num_redirects', 'size_download', 'size_header', 'size_request', 'ssl_verify_result', 'time_namelookup', 'time_connect', 'time_appconnect', 'time_pretransfer', 'time_starttransfer', 'time_redirect', 'time_total', 'time_posttransfer', 'time_queue'])

/** curl's name for a key of a recipe; undefined for a key that is none. */
export function variableOf(key: string): string | undefined {
  const name = key.toLowerCase().replace(/[ -]/g, '_')
  return KNOWN.has(name) ? name : ALIASES.get(name)
}

/** Plain digits, with a fraction and curl's or a recipe's `s` behind it. */
const number = (variables: Variables, name: string): number | undefined => {
  const text = variables[name]
  if (text === undefined || !/^\d{1,15}(?:\.\d{1,9})?s?$/.test(text)) return undefined
  return Number(text.charCodeAt(text.length - 1) === 115 ? text.slice(0, -1) : text)
}

const ms = (seconds: number): number | undefined => (seconds < 0 ? undefined : round3(seconds * 1000))

/** Phases of a transfer that went well; a connection used again has none of its own. */
function phases(variables: Variables, literal: boolean): NonNullable<Draft['timing']> {
  const [lookup = 0, connect = 0, secure = 0, ready = 0, first = 0, total = 0] = ['time_namelookup', 'time_connect', 'time_appconnect', 'time_pretransfer', 'time_starttransfer', 'time_total'].map(name => number(variables, name))
  const fresh = number(variables, 'num_connects') !== 0 && connect > 0
  const timing: NonNullable<Draft['timing']> = {}
  if (fresh && lookup > 0 && !literal) timing.dns_ms = ms(lookup)
  if (fresh && connect >= lookup) timing.connect_ms = ms(connect - lookup)
  if (fresh && secure > 0) timing.tls_ms = ms(secure - connect)
  const before = secure > 0 ? secure : fresh ? connect : 0
  if (ready > 0 && before > 0) timing.send_ms = ms(ready - before)
  if (first > 0 && ready > 0) timing.wait_ms = ms(first - ready)
  if (first > 0 && total >= first) timing.receive_ms = ms(total - first)
  return timing
}

/** Phases of a transfer that failed: those it reached, and the one it failed in as far as that can be told. */
function failedPhases(variables: Variables, literal: boolean, code: number): NonNullable<Draft['timing']> {
  const timing = phases(variables, literal)
  const lookup = number(variables, 'time_namelookup') ?? 0
  const connect = number(variables, 'time_connect') ?? 0
  const total = number(variables, 'time_total') ?? 0
  const opened = number(variables, 'num_connects') ?? 0
  if ((code === 5 || code === 6 || (code === 28 && lookup === 0)) && total > 0 && !literal) return { dns_ms: ms(total) }
  if (lookup > 0 && !literal) timing.dns_ms ??= ms(lookup)
  // curl 7.87 and 7.88 leave the connect time out where TLS failed, so only a transfer that opened no connection failed in connecting
  if (connect === 0 && opened === 0 && (code === 7 || code === 28)) timing.connect_ms = ms(total - lookup)
  const secure = number(variables, 'time_appconnect') ?? 0
  if (connect > 0 && secure === 0 && (code === 28 || code === 35 || code === 60) && variables['time_pretransfer']?.startsWith('0.000000') === true) timing.tls_ms = ms(total - connect)
  if ((number(variables, 'response_code') ?? 0) === 0) delete timing.receive_ms
  const wasSent = number(variables, 'time_pretransfer') ?? 0
  if (code === 28 && wasSent > 0 && (number(variables, 'time_starttransfer') ?? 0) === 0) timing.wait_ms = ms(total - wasSent)
  return timing
}

function endOf(text: string | undefined, port: string | undefined): { ip: string, port?: number } | undefined {
  const parts = text === undefined || text === '' ? undefined : splitHostPort(port === undefined ? text : text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`)
  return parts && canonicalIp(parts.host) !== undefined ? { ip: parts.host, ...(parts.port ? { port: parts.port } : {}) } : undefined
}

/** The event of one transfer. With redirects it is all of them: curl sums their phases, and names the last in the rest. */
export function transferDraft(variables: Variables): Draft {
  const draft: Draft = { type: 'http.request' }
  const url = variables['url_effective'] ?? variables['url']
  if (url !== undefined && url !== '') putUri(draft, /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `${(variables['scheme'] ?? 'http').toLowerCase()}://${url}`)
  const server = endOf(variables['remote_ip'] ?? variables['remote'], variables['remote_port'])
  const client = endOf(variables['local_ip'] ?? variables['local'], variables['local_port'])
  if (server) Object.assign(draft, { server, network: { transport: variables['http_version'] === '3' ? 'quic' : 'tcp' } })
  if (client) draft.client = client
  putHttp(draft, variables)
  const total = number(variables, 'time_total')
  if (total !== undefined) draft.duration_ms = round3(total * 1000)
  const code = number(variables, 'exitcode') ?? 0
  const literal = canonicalIp(draft.url?.domain ?? '') !== undefined
  const timing = code === 0 ? phases(variables, literal) : failedPhases(variables, literal, code)
  if (Object.values(timing).some(value => value !== undefined)) draft.timing = timing
  if (code > 0) putFailure(draft, variables, code)
  else if (draft.url?.scheme === 'https' && number(variables, 'ssl_verify_result') === 0 && (number(variables, 'time_appconnect') ?? 0) > 0) draft.tls = { established: true }
  return draft
}

function putHttp(draft: Draft, variables: Variables): void {
  const version = toHttpVersion(variables['http_version'] ?? '')
  const status = number(variables, 'response_code') ?? 0
  const size = number(variables, 'size_download') ?? 0
  const media = variables['content_type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (version !== undefined) draft.http = { version: version as '2' }
  if (variables['method'] !== undefined) (draft.http ??= {}).request = { method: variables['method'] }
  if (variables['referer'] !== undefined && variables['referer'] !== '') ((draft.http ??= {}).request ??= {}).referrer = variables['referer']
  const response = { ...(status >= 100 ? { status_code: status } : {}), ...(size > 0 ? { body: { bytes: size } } : {}), ...(media ? { mime_type: media } : {}) }
  if (Object.keys(response).length > 0) (draft.http ??= {}).response = response
}

function putFailure(draft: Draft, variables: Variables, code: number): void {
  const message = variables['errormsg'] ?? ''
  const connected = draft.server !== undefined || (number(variables, 'num_connects') ?? 0) > 0
  const failure = curlFailure(code, message, { connected, secured: (number(variables, 'time_appconnect') ?? 0) > 0, responded: (number(variables, 'time_starttransfer') ?? 0) > 0 })
  draft.error = { ...(failure.type === undefined ? {} : { type: failure.type }), ...(message === '' ? {} : { message }), code: String(code) }
  draft.outcome = 'failure'
  if (failure.validation !== undefined) draft.tls = { validation: failure.validation }
  if (failure.alert !== undefined) Object.assign(draft.tls ??= {}, { alert: failure.alert, alert_from: 'server' })
  if (failure.inHandshake) (draft.tls ??= {}).established = false
}

/** Values of a `%{json}` object: texts, numbers as texts; null and empty texts are absent. `certs` is not kept. */
export function jsonVariables(object: Record<string, unknown>): Variables {
  const variables: Record<string, string> = {}
  for (const key in object) {
    const value = object[key]
    if (key === 'certs' || value === null || value === '') continue
    if (typeof value === 'string' || typeof value === 'number') variables[key] = String(value)
  }
  return variables
}

/** The pairs of a one-line recipe, `dns=0.001 connect=0.002 … total=0.01`; undefined where it has not three times and the total. */
export function lineVariables(text: string): Variables | undefined {
  const variables: Record<string, string> = {}
  let times = 0
  for (const [, key, quoted, plain] of text.matchAll(/(?:^|[\s,;|&])([A-Za-z][\w-]{1,30})[=:]\s?(?:"([^"]{0,1000})"|([^\s,;|"]{1,2000}))/g)) {
    const name = variableOf(key!)
    if (name === undefined) continue
    const value = quoted ?? plain!
    if (name.startsWith('time_')) {
      if (!/^\d{1,9}(?:\.\d{1,9})s?$/.test(value)) continue
      times++
    }
    variables[name] ??= value
  }
  return times >= 3 && variables['time_total'] !== undefined ? variables : undefined
}

/** One `key: value` line of a recipe that puts each variable on its own line. */
export function pairOf(text: string): { name: string, value: string } | undefined {
  const match = /^\s*([A-Za-z][A-Za-z _-]{1,30}?)\s*[:=]\s*(\S{1,2000})\s*$/.exec(text)
  const name = match ? variableOf(match[1]!) : undefined
  if (name === undefined || (name.startsWith('time_') && !/^\d{1,9}(?:\.\d{1,9})s?$/.test(match![2]!))) return undefined
  return { name, value: match![2]! }
}
