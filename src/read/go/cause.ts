/** What went wrong, from the error texts of Go's `net`, `crypto/tls` and `net/http`; one text may hold several, wrapped. */
import { splitHostPort, canonicalIp } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import { alertToken } from '../vocabulary/tls.js'

/** The end of a connection. */
export interface End { readonly ip: string, readonly port?: number }

/** An error text, understood. `type` is absent where the text tells no cause that we know. */
export interface Cause {
  type?: ErrorType
  /** HTTP/2 error code, or the status of a refused CONNECT. */
  code?: string
  /** The peer, and our own end, where the text names them. */
  server?: End
  client?: End
  /** The certificate check's own words. */
  validation?: string
  alert?: string
  /** The connection was made and TLS was not: nothing was asked. */
  beforeRequest?: 'tls'
}

/** In order: the first that stands in the text. */
const LOOKUPS: readonly (readonly [string, ErrorType])[] = [
  ['no such host', 'destination_not_found'], ['Name or service not known', 'destination_not_found'], ['No address associated', 'destination_not_found'],
  ['nodename nor servname', 'destination_not_found'], ['No such host is known', 'destination_not_found'], ['no data of the requested type', 'destination_not_found'],
  ['DNS name does not exist', 'destination_not_found'], ['i/o timeout', 'dns_timeout'], ['deadline exceeded', 'dns_timeout'], ['timed out', 'dns_timeout'],
  ['operation was canceled', 'client_abort'], ['context canceled', 'client_abort'],
]

const DIALS: readonly (readonly [string, ErrorType])[] = [
  ['connection refused', 'connection_refused'], ['actively refused', 'connection_refused'],
  ['i/o timeout', 'connection_timeout'], ['timed out', 'connection_timeout'], ['did not properly respond', 'connection_timeout'], ['deadline exceeded', 'connection_timeout'],
  ['unreachable', 'destination_ip_unroutable'], ['no route to host', 'destination_ip_unroutable'], ['host is down', 'destination_ip_unroutable'],
  ['not permitted', 'destination_ip_prohibited'], ['permission denied', 'destination_ip_prohibited'], ['forbidden by its access permissions', 'destination_ip_prohibited'],
  ['connection reset', 'connection_terminated'], ['too many open files', 'connection_limit_reached'], ['cannot assign requested address', 'connection_limit_reached'],
  ['invalid port', 'proxy_configuration_error'], ['unknown port', 'proxy_configuration_error'], ['missing port', 'proxy_configuration_error'],
  ['operation was canceled', 'client_abort'], ['context canceled', 'client_abort'],
]

const OTHERS: readonly (readonly [string, ErrorType])[] = [
  ['TLS handshake timeout', 'connection_timeout'],
  ['server gave HTTP response to HTTPS client', 'tls_protocol_error'], ['does not look like a TLS handshake', 'tls_protocol_error'],
  ['while reading body', 'http_response_timeout'], ['timeout awaiting response headers', 'http_response_timeout'],
  ['Client.Timeout exceeded', 'timeout'], ['deadline exceeded', 'timeout'],
  ['context canceled', 'client_abort'], ['request canceled', 'client_abort'], ['operation was canceled', 'client_abort'],
  ['server sent GOAWAY', 'connection_terminated'], ['client connection lost', 'connection_terminated'], ['client connection force closed', 'connection_terminated'],
  ['connection reset', 'connection_terminated'], ['broken pipe', 'connection_terminated'], ['use of closed network connection', 'connection_terminated'],
  ['server closed idle connection', 'connection_terminated'], ['forcibly closed', 'connection_terminated'], ['connection aborted', 'connection_terminated'],
  ['malformed HTTP', 'http_protocol_error'], ['PROTOCOL_ERROR', 'http_protocol_error'], ['invalid header', 'http_protocol_error'], ['transport connection broken', 'connection_terminated'],
  ['stopped after 10 redirects', 'proxy_loop_detected'], ['redirected from secure URL', 'http_request_denied'],
  ['unsupported protocol scheme', 'proxy_configuration_error'], ['invalid port', 'proxy_configuration_error'], ['invalid URL', 'proxy_configuration_error'],
]

/** A proxy that answers CONNECT with anything but 200 leaves only its reason phrase. */
const CONNECT_REFUSALS: Readonly<Record<string, number>> = {
  'Bad Request': 400, Unauthorized: 401, Forbidden: 403, 'Not Found': 404, 'Method Not Allowed': 405, 'Proxy Authentication Required': 407, 'Request Timeout': 408,
  'Too Many Requests': 429, 'Internal Server Error': 500, 'Bad Gateway': 502, 'Service Unavailable': 503, 'Gateway Timeout': 504,
}

const PROTOCOL_CODES = new Set(['PROTOCOL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED', 'FRAME_SIZE_ERROR', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED'])

/** The word for an HTTP/2 error code; `responded` where the response had begun. */
export function http2ErrorType(code: string, responded: boolean): ErrorType {
  if (PROTOCOL_CODES.has(code)) return 'http_protocol_error'
  if (code === 'ENHANCE_YOUR_CALM') return 'connection_limit_reached'
  return responded ? 'http_response_incomplete' : 'connection_terminated'
}

function firstOf(table: readonly (readonly [string, ErrorType])[], text: string): ErrorType | undefined {
  return table.find(([phrase]) => text.includes(phrase))?.[1]
}

function endOf(text: string | undefined): End | undefined {
  const parts = text === undefined ? undefined : splitHostPort(text)
  return parts && canonicalIp(parts.host) !== undefined ? { ip: parts.host, ...(parts.port ? { port: parts.port } : {}) } : undefined
}

function lookupCause(text: string, at: number): Cause {
  const words = text.slice(at)
  return { type: firstOf(LOOKUPS, words) ?? 'dns_error' }
}

function dialCause(text: string, at: number): Cause {
  const words = text.slice(at)
  const server = endOf(/^dial tcp[46]? (\S+):(?: |$)/.exec(words)?.[1])
  return { type: firstOf(DIALS, words) ?? 'destination_unavailable', ...(server ? { server } : {}) }
}

/** `read tcp A->B: read: connection reset by peer`: both ends are known. */
function socketCause(text: string): Cause | undefined {
  const match = /\b(read|write) tcp[46]? (\S{3,60})->(\S{3,60}): /.exec(text)
  if (!match) return undefined
  const [, op, own, peer] = match
  const client = endOf(own)
  const server = endOf(peer)
  const slow = text.includes('i/o timeout')
  return { type: slow ? op === 'read' ? 'connection_read_timeout' : 'connection_write_timeout' : 'connection_terminated', ...(client ? { client } : {}), ...(server ? { server } : {}) }
}

function tlsCause(text: string): Cause | undefined {
  const certificate = text.indexOf('x509: ')
  if (certificate !== -1) return { type: 'tls_certificate_error', validation: text.slice(certificate + 6), beforeRequest: 'tls' }
  if (text.includes('failed to verify certificate')) return { type: 'tls_certificate_error', validation: text.slice(text.indexOf('failed to verify certificate')), beforeRequest: 'tls' }
  const alert = text.indexOf('remote error: tls: ')
  if (alert !== -1) {
    const name = alertToken(text.slice(alert + 19))
    return { type: 'tls_alert_received', ...(name === undefined ? {} : { alert: name }), beforeRequest: 'tls' }
  }
  return /(?:^|: )tls: /.test(text) ? { type: 'tls_protocol_error', beforeRequest: 'tls' } : undefined
}

/** Reads an error text of a Go program. Never throws; a text that tells nothing gives an empty cause. */
export function causeOf(text: string): Cause {
  const lookup = text.indexOf('lookup ')
  if (lookup !== -1 && (text.includes('dial ') || lookup === 0 || text.startsWith(': ', lookup - 2))) return lookupCause(text, lookup)
  const dial = text.indexOf('dial tcp')
  if (dial !== -1) return dialCause(text, dial)
  const tls = tlsCause(text)
  if (tls) return tls
  const stream = /\bstream error: stream ID \d+; ([A-Z0-9_]+)/.exec(text)
  if (stream) return { type: http2ErrorType(stream[1]!, text.includes('read "')), code: stream[1]! }
  const socket = socketCause(text)
  if (socket) return socket
  const type = firstOf(OTHERS, text)
  if (type) {
    const code = /\bErrCode=([A-Z0-9_]+)/.exec(text)?.[1]
    return { type, ...(code ? { code } : {}), ...(type === 'tls_protocol_error' || text.includes('TLS handshake timeout') ? { beforeRequest: 'tls' } : {}) }
  }
  return endCause(text)
}

function endCause(text: string): Cause {
  if (text.endsWith('unexpected EOF')) return { type: text.includes('read "') ? 'http_response_incomplete' : 'connection_terminated' }
  if (text === 'EOF' || text.endsWith(': EOF')) return { type: 'connection_terminated' }
  const refusal = CONNECT_REFUSALS[text.slice(text.lastIndexOf(': ') + (text.includes(': ') ? 2 : 1))]
  if (refusal === undefined) return {}
  return { type: refusal === 401 || refusal === 407 ? 'authentication_required' : refusal < 500 ? 'http_request_denied' : 'proxy_internal_error', code: String(refusal) }
}
