/** Traffic Server's error.log and diags.log: how reaching an origin failed. */
import { canonicalIp } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import { putTime } from '../field-kinds.js'
import { skip, type Draft, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { inheritTime } from '../table.js'
import { readAtsError, readSyslog } from '../time.js'
import { peerOf } from '../squid/line.js'
import { hostOf, putUrl } from './url.js'

const ERRNO: Readonly<Record<string, ErrorType>> = { 110: 'connection_timeout', 111: 'connection_refused', 104: 'connection_terminated', 32: 'connection_terminated', 101: 'destination_ip_unroutable', 113: 'destination_ip_unroutable' }

/** A connection that was open and fell silent is a state of its own; of the others `Connection timed out [110]` tells the cause by its number. */
function typeOf(result: string, state: string): ErrorType {
  if (state === 'INACTIVE_TIMEOUT' || state === 'ACTIVE_TIMEOUT') return 'http_response_timeout'
  if (/ENET_SSL/.test(result)) return 'tls_protocol_error'
  if (/ENET_CONNECT_TIMEOUT/.test(result)) return 'connection_timeout'
  if (/ENET_THROTTLING/.test(result) || state === 'OUTBOUND_CONGESTION') return 'connection_limit_reached'
  const known = ERRNO[/\[(\d+)\]/.exec(result)?.[1] ?? '']
  if (known !== undefined) return known
  if (state === 'PARSE_ERROR' || state === 'BAD_INCOMING_RESPONSE') return 'http_protocol_error'
  return state === 'CONNECTION_CLOSED' ? 'connection_terminated' : 'destination_unavailable'
}

function putRequest(draft: Draft, text: string): void {
  const url = /\burl='([^']*)'/.exec(text)?.[1]
  const host = /\bfor host='([^']*)'/.exec(text)?.[1]
  if (url !== undefined && url !== '<none>') putUrl(draft, url, hostOf(url) === host, false)
  if (host !== undefined && host !== '') {
    const target = peerOf(host)
    if (target.name !== undefined) draft.url = { ...draft.url, domain: target.name, ...(target.port ? { port: target.port } : {}) }
  }
}

const CONNECT = /^CONNECT ?: (.*) to (\S+) for host=/
const ATTEMPT = /^attempt fail \[(\w+)\]$/

/** `CONNECT: attempt fail [STATE] to IP:PORT for host='…' …`, and the line that marks an origin down. */
function readConnect(draft: Draft, text: string): boolean {
  const found = CONNECT.exec(text)
  if (!found) return false
  draft.cdn = { origin: peerOf(found[2]!) }
  const state = ATTEMPT.exec(found[1]!)?.[1]
  const result = state === undefined ? found[1]!.replace(/ connecting$/, '') : /connection_result=(.{0,300}?) error=/.exec(text)?.[1] ?? ''
  const cause = /\berror=(.{0,300}?) (?:retry_)?attempts=/.exec(text)?.[1] ?? ''
  draft.error = { type: typeOf(/\[0\]/.test(result) ? cause : result, state ?? ''), code: state ?? /\[\d+\]/.exec(result)?.[0].slice(1, -1) ?? 'CONNECT' }
  putRequest(draft, text)
  return true
}

function readDnsError(draft: Draft, text: string): boolean {
  const found = /^DNS Error: (looking up|no valid server) (\S+)$/.exec(text)
  if (!found) return false
  draft.error = { type: found[1] === 'looking up' ? 'dns_error' : 'destination_unavailable', code: 'DNS Error' }
  const host = hostOf(found[2]!)
  // the name that was looked up is the origin's
  if (host !== undefined) draft.cdn = { origin: peerOf(host) }
  putUrl(draft, found[2]!, false, false)
  return true
}

const RESPONSE = /^RESPONSE: sent (\S+) status (\d{3}) \((.*)\) for '([^']*)'/

/** Older releases name the client and the status it got. */
function readResponse(draft: Draft, text: string): boolean {
  const found = RESPONSE.exec(text)
  if (!found) return false
  if (canonicalIp(found[1]!) !== undefined) draft.client = { ip: found[1]! }
  draft.http = { response: { status_code: Number(found[2]) } }
  putUrl(draft, found[4]!, true, false)
  return true
}

const CERTIFICATE = /^(?:Core server certificate verification failed for \((.{0,255}?)\)|(?:SNI|Origin hostname) \((.{0,255}?)\) not in certificate)\. Action=(\w+)(?: Error=(.{0,300}?))? server=(\S{0,255}?)\(([^)]{0,60})\)/

/** A certificate of an origin that did not pass; with `Action=Continue` it was used all the same. */
function readCertificate(draft: Draft, text: string): boolean {
  const found = CERTIFICATE.exec(text)
  if (!found) return false
  const [, signed, named, action, cause, server = '', address = ''] = found
  const ip = canonicalIp(address)
  draft.cdn = { origin: { ...(ip === undefined ? {} : { ip }), ...(server === '' || server === '<unknown>' || server === '(null)' ? {} : { name: server }) } }
  draft.labels = { leg: 'origin' }
  if (draft.cdn.origin!.name === undefined && (signed ?? named) !== undefined) draft.cdn.origin!.name = signed ?? named!
  if (action === 'Terminate') draft.error = { type: 'tls_certificate_error', message: cause ?? 'hostname mismatch' }
  return true
}

function readText(draft: Draft, text: string): boolean {
  return readConnect(draft, text) || readDnsError(draft, text) || readResponse(draft, text) || readCertificate(draft, text)
}

const DIAGS = /^\[([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\.\d{3})\] (?:\[[^\]]{1,40}\]|\{[^}]{1,40}\}|Server \{[^}]{1,40}\}) (DIAG|DEBUG|STATUS|NOTE|WARNING|ERROR|FATAL|ALERT|EMERGENCY): (?:<[^>]{1,200}> )?(?:\([\w.]{1,60}\) )?/
const STAMP_LENGTH = 18
const KNOWN = /^(?:CONNECT ?:|DNS Error:|RESPONSE:|BODY_FACTORY:|HTTP: |No SNI for TLS|SNI\/hostname mismatch|Request transformation|failed to log)/

/** True for the stamp of error.log, `20260105.09h14m07s `. */
export function isErrorLine(text: string): boolean {
  return text.charCodeAt(STAMP_LENGTH) === 32 && readAtsError(text.slice(0, STAMP_LENGTH)) !== undefined
}

/** True for a line of diags.log. */
export const isDiagsLine = (text: string): boolean => DIAGS.test(text)

function readDiags(text: string, context: ParserContext, outer?: Outer): LineResult {
  const found = DIAGS.exec(text)
  if (!found) return skip('not-this-format')
  const level = found[2]!.toLowerCase()
  const message = text.slice(found[0].length)
  const draft: Draft = { type: 'log.line', message, log: { level } }
  const stamp = readSyslog(found[1]!)
  if (!stamp) return skip('bad-time')
  putTime(draft, stamp, 'point', context, outer)
  // notes of a start or a reload tell no event
  return readText(draft, message) || level === 'warning' || level === 'error' || level === 'fatal' || level === 'alert' || level === 'emergency' ? draft : skip('not-an-event')
}

/** Reads a line of error.log or diags.log. */
export function readAtsMessage(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  if (text.startsWith('[')) return readDiags(text, context, outer)
  const stamped = isErrorLine(text)
  if (!stamped && !(outer && KNOWN.test(text))) return skip('not-this-format', 'no stamp of error.log or diags.log')
  const message = stamped ? text.slice(STAMP_LENGTH + 1) : text
  const draft: Draft = { type: 'log.line', message, log: { level: 'error' } }
  if (stamped) putTime(draft, readAtsError(text.slice(0, STAMP_LENGTH))!, 'point', context, outer)
  else if (outer) inheritTime(draft, outer)
  readText(draft, message)
  return message.trim() === '' ? skip('incomplete') : draft
}

