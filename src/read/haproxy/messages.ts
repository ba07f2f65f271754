/** What HAProxy logs besides sessions: connections that failed before a request, health checks, its own life. */
import { canonicalIp, splitHostPort } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import { skip, type Draft, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { inheritTime } from '../table.js'
import { toTlsVersion } from '../versions.js'
import { alertToken } from '../vocabulary/tls.js'
import { headOf, putHead, type LineHead } from './lines.js'

/** Beginnings of the messages of HAProxy's table of connection errors that say how TLS failed. */
const TLS_MESSAGES: readonly (readonly [string, ErrorType])[] = [
  ['Timeout during SSL handshake', 'timeout'],
  ['Too many SSL connections', 'connection_limit_reached'],
  ['Out of memory when initializing an SSL', 'proxy_internal_error'],
  ['SSL client CA chain cannot be verified', 'tls_certificate_error'],
  ['SSL client certificate not trusted', 'tls_certificate_error'],
  ['Server presented an SSL certificate', 'tls_certificate_error'],
  ['Attempt to use SSL on an unknown target', 'proxy_internal_error'],
]
const OTHER_MESSAGES = /^(?:(?:Connection (?:closed|error)|Timeout) while waiting|Truncated (?:PROXY|NetScaler)|Received (?:an? |something)|Reached configured maxconn|Too many sockets|Out of (?:system buffers|local source)|Protocol or address|General socket error|Source port range|Can't bind to source|Local source address|SOCKS4 Proxy|Reverse connect failure|Success$|unknown connection error)/

const isTls = (message: string): boolean => message.includes('SSL') || message.includes('TLSv1 heartbeat') || message === 'Server refused early data'

function typeOfTls(message: string): ErrorType {
  return TLS_MESSAGES.find(([begin]) => message.startsWith(begin))?.[1] ?? 'tls_protocol_error'
}

function typeOfOther(message: string): ErrorType {
  if (message.startsWith('Timeout')) return 'timeout'
  if (message.startsWith('Connection ')) return 'connection_terminated'
  return /^(?:Truncated|Received)/.test(message) ? 'http_protocol_error' : 'proxy_internal_error'
}

/** `frontend/listener: message`, the fixed error line. */
function connectionError(text: string, head: LineHead): { message: string } | undefined {
  const colon = text.indexOf(': ', head.at)
  const slash = text.indexOf('/', head.at)
  if (slash === -1 || colon < slash || text.slice(head.at, colon).includes(' ')) return undefined
  const message = text.slice(colon + 2).trimEnd()
  return isTls(message) || OTHER_MESSAGES.test(message) ? { message } : undefined
}

/** OpenSSL's reason, which newer releases put in brackets behind the message, tells of an alert the client sent. */
function putReason(draft: Draft, message: string): void {
  const reason = /\((error:([0-9A-Fa-f]{1,20}):[^)]*)\)$/.exec(message.slice(0, 600))
  if (!reason) return
  draft.error!.code = reason[2]!
  const alert = /\balert\b/.test(reason[1]!) || /unrecognized name/.test(reason[1]!) ? alertToken(reason[1]!) : undefined
  if (alert === undefined) return
  draft.tls!.alert = alert
  draft.tls!.alert_from = 'client'
  draft.error!.type = 'tls_alert_received'
}

function putMessage(draft: Draft, message: string): void {
  draft.outcome = 'failure'
  if (draft.type === 'tls.handshake') {
    draft.tls = { established: false }
    draft.error = { type: typeOfTls(message), message }
    putReason(draft, message)
  } else draft.error = { type: typeOfOther(message), message }
}

const CODES = /^(?:\d+\/\d+ )?(\d+)\/([0-9A-Fa-f]+)\/(\d+)\/(\d+)\/([01]) (\S+)$/

/** The error-log-format that the manual suggests: `fc_err/ssl_fc_err/ssl_c_err/ssl_c_ca_err/resumed sni/version/cipher` behind the frontend. */
function suggestedError(draft: Draft, rest: string): boolean {
  const blank = rest.indexOf(' ')
  const found = blank === -1 ? undefined : CODES.exec(rest.slice(blank + 1))
  if (!found) return false
  const [, connection, ssl, certificate, authority, , session = ''] = found
  const [name = '-', version = '-', cipher = '-'] = session.split('/')
  putCodes(draft, Number(connection), ssl!, Number(certificate) || Number(authority))
  const { tls } = draft
  if (!tls) return true
  const number = toTlsVersion(version)
  if (number !== undefined) tls.version = number as NonNullable<typeof tls.version>
  if (cipher !== '-' && cipher !== '(NONE)') tls.cipher = cipher
  if (name !== '-') tls.client = { server_name: name }
  return true
}

const TIMEOUT_CODES = new Set([13, 20, 26])
/** HAProxy's numbers of PROXY protocol, NetScaler and SOCKS4 failures: no handshake had begun. */
const isBeforeTls = (code: number): boolean => (code >= 1 && code <= 23) || (code >= 39 && code <= 42)

/** Puts a failed connection's numbers on a draft: HAProxy's own, OpenSSL's in hex, and the verdict on the client's certificate. */
export function putCodes(draft: Draft, connection: number, ssl: string, certificate: number): void {
  draft.outcome = 'failure'
  const packed = ssl.replace(/^0+/, '').padStart(8, '0').toUpperCase()
  if (packed === '00000000' && isBeforeTls(connection)) {
    draft.type = 'net.connect'
    Object.assign(draft.error ??= {}, { type: TIMEOUT_CODES.has(connection) ? 'timeout' : connection < 11 ? 'proxy_internal_error' : 'http_protocol_error', code: String(connection) })
    return
  }
  ;(draft.tls ??= {}).established = false
  const alert = packed === '00000000' ? undefined : alertToken(`error:${packed}:`)
  const type: ErrorType = alert !== undefined ? 'tls_alert_received' : certificate > 0 ? 'tls_certificate_error' : TIMEOUT_CODES.has(connection) ? 'timeout' : 'tls_protocol_error'
  Object.assign(draft.error ??= {}, { type, code: packed === '00000000' ? String(connection) : packed })
  if (alert === undefined) return
  draft.tls.alert = alert
  draft.tls.alert_from = 'client'
}

/** `Connect from 192.0.2.1:5 to 192.0.2.2:80 (frontend/HTTP)`, what HAProxy logs where no format is configured. */
function readConnect(text: string, outer: Outer | undefined): LineResult {
  const found = /^Connect from (\S+) to (\S+) \((\S+)\/(?:HTTP|TCP|HEALTH)\)$/.exec(text.trimEnd())
  if (!found) return skip('malformed')
  const draft: Draft = { type: 'net.connect', network: { transport: 'tcp' }, outcome: 'success' }
  for (const [side, address] of [['client', found[1]!], ['server', found[2]!]] as const) {
    const colon = address.lastIndexOf(':')
    const parts = splitHostPort(`[${address.slice(0, colon)}]${address.slice(colon)}`)
    if (parts && canonicalIp(parts.host) !== undefined) draft[side] = { ip: parts.host, ...(parts.port ? { port: parts.port } : {}) }
    else if (address.startsWith('unix:')) draft.network = { transport: 'unix' }
  }
  if (outer) inheritTime(draft, outer, 'start')
  return draft
}

const CHECK_FAILURES: readonly (readonly [RegExp, ErrorType])[] = [
  [/reason: (?:Layer4 timeout|L4TOUT)/, 'connection_timeout'],
  [/reason: (?:Layer4 connection problem|Socket error|L4CON)/, 'connection_refused'],
  [/reason: Layer6/, 'tls_protocol_error'],
  [/reason: (?:Layer7 timeout|External check timeout)/, 'http_response_timeout'],
  [/reason: Layer7 (?:wrong status|invalid response)/, 'http_protocol_error'],
]

const SERVER = /^(?:Backup )?Server (\S{1,200}?)\/(\S{1,200}?) (?:\('[^']*'\) )?(?:is|was|administratively|enters|remains|resolves|renamed|has|stays|changed)\b/
const CHECK = /^(?:Health|Agent) check for (?:backup )?server (\S{1,200}?)\/(\S{1,200}?) (?:conditionally )?(succeeded|failed)\b/
const NO_SERVER = /^(?:backend|proxy|listen|frontend) '?(\S+?)'? has no server available!/
/** HAProxy starting, stopping and reloading. */
const OWN_LIFE = /^(?:Proxy \S+ (?:started|stopped|hard-stopped)\b|Stopping (?:frontend|backend|proxy|listener) |(?:Pausing|Resuming|Enabling|Disabling) (?:frontend|backend|proxy|listener|server) |New worker |Loading success|Reloading HAProxy|Initializing new worker|Exiting Master process|(?:Current|Former) (?:worker|program) |All workers exited|Port \d+ busy while)/
/** On standard error the level and a process number stand before: `[WARNING] 325/074741 (8) : Server …`. */
const LEVEL = /^\[(NOTICE|WARNING|ALERT|EMERG|INFO|DIAG)\]\s+(?:\d+\/\d+ )?\(\d+\) : /

function logLine(text: string, outer: Outer | undefined, level: string | undefined): Draft {
  const draft: Draft = { type: 'log.line', message: text.trimEnd() }
  const stated = level?.toLowerCase() ?? outer?.level
  if (stated !== undefined) draft.log = { level: stated }
  if (outer) inheritTime(draft, outer)
  return draft
}

function readHealth(text: string, outer: Outer | undefined, level: string | undefined): LineResult | undefined {
  const empty = NO_SERVER.exec(text)
  if (empty) return Object.assign(logLine(text, outer, level), { cdn: { origin: { name: empty[1] } }, error: { type: 'destination_unavailable' as const } })
  const found = SERVER.exec(text) ?? CHECK.exec(text)
  if (!found) return undefined
  const draft = logLine(text, outer, level)
  draft.cdn = { origin: { name: `${found[1]}/${found[2]}` } }
  const down = found[3] === undefined ? / is (?:going )?DOWN\b/.test(text) && !text.includes('maintenance') : found[3] === 'failed'
  if (!down) return draft
  const code = /, code: (\d{3}),/.exec(text)
  if (code) draft.cdn.origin!.status_code = Number(code[1])
  draft.error = { type: CHECK_FAILURES.find(([reason]) => reason.test(text))?.[1] ?? 'destination_unavailable' }
  return draft
}

/** Reads what is no session line. Lines about HAProxy's own life tell no event. */
export function readMessage(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  const head = headOf(text)
  if (head) {
    const draft: Draft = { type: 'tls.handshake' }
    if (!putHead(draft, head, context, outer)) return skip('bad-time')
    const failed = connectionError(text, head)
    if (failed) {
      draft.type = isTls(failed.message) ? 'tls.handshake' : 'net.connect'
      putMessage(draft, failed.message)
      return draft
    }
    return suggestedError(draft, text.slice(head.at)) ? draft : skip('not-this-format', 'no known message')
  }
  const start = text.charCodeAt(0) === 32 ? text.trimStart() : text
  const level = LEVEL.exec(start)
  const body = level ? start.slice(level[0].length) : start
  if (body.startsWith('Connect from ')) return readConnect(body, outer)
  return readHealth(body, outer, level?.[1]) ?? (OWN_LIFE.test(body) ? skip('not-an-event') : skip('not-this-format', 'no known message'))
}
