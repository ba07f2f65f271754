/** What nginx's error messages mean: message and action to an error type, and the lines that tell of no traffic. */
import type { ErrorType } from '../../schema/error-types.js'
import { connectError } from '../access/errno.js'

/** A time-out by what nginx was doing. */
const TIMED_OUT: readonly (readonly [string, ErrorType])[] = [
  ['connecting to upstream', 'connection_timeout'],
  ['SSL handshaking to upstream', 'connection_timeout'],
  ['sending request to upstream', 'connection_write_timeout'],
  ['reading response header from upstream', 'http_response_timeout'],
  ['reading upstream', 'connection_read_timeout'],
  ['sending to client', 'connection_write_timeout'],
]

const startsWithAny = (text: string, ...beginnings: readonly string[]): boolean => beginnings.some(beginning => text.startsWith(beginning))

function timeoutOf(action: string): ErrorType {
  return TIMED_OUT.find(([doing]) => action.startsWith(doing))?.[1] ?? 'http_response_timeout'
}

/** Messages about the upstream. */
function upstreamCause(message: string, action: string): ErrorType | undefined {
  if (message.startsWith('upstream timed out')) return timeoutOf(action)
  if (startsWithAny(message, 'no live upstreams', 'upstream server is down')) return 'destination_unavailable'
  if (message.startsWith('connect()')) return connectError(message) ?? 'destination_unavailable'
  if (startsWithAny(message, 'upstream SSL certificate', 'no upstream certificate')) return 'tls_certificate_error'
  if (startsWithAny(message, 'upstream prematurely closed connection', 'upstream closed connection')) return action.startsWith('reading upstream') ? 'http_response_incomplete' : 'connection_terminated'
  if (startsWithAny(message, 'upstream sent', 'upstream sent too big header')) return 'http_protocol_error'
  if (message.includes('could not be resolved')) return /timed out|Operation timed out/.test(message) ? 'dns_timeout' : 'dns_error'
  if (message.startsWith('no resolver defined')) return 'proxy_configuration_error'
  if (message.startsWith('invalid URL prefix') || message.startsWith('rewrite or internal redirection cycle')) return 'proxy_configuration_error'
  if (!action.includes('upstream')) return undefined
  if (/^(?:recv|readv|read|recvmsg|send|writev|sendfile|sendmsg|kevent|SSL_read|SSL_write)\(\)/.test(message)) return /timed out/i.test(message) ? timeoutOf(action) : 'connection_terminated'
  if (message.startsWith('SSL_do_handshake() failed')) return /certificate verify failed|certificate verify error/.test(message) ? 'tls_certificate_error' : /alert/.test(message) ? 'tls_alert_received' : 'tls_protocol_error'
  return message.startsWith('peer closed connection in SSL handshake') ? 'tls_protocol_error' : undefined
}

/** Messages about the client: it left, it was refused, or it sent what no server takes. */
function clientCause(message: string): ErrorType | undefined {
  if (startsWithAny(message, 'client prematurely closed', 'client timed out', 'client canceled stream', 'client terminated stream', 'client closed connection') || message.includes('client prematurely closed connection')) return 'client_abort'
  if (startsWithAny(message, 'limiting requests', 'limiting connections', 'access forbidden by rule', 'directory index of', 'auth request unexpected status', 'client intended to send too large', 'no user/password was provided')
    || /^user ".*"(?::| was| in)/.test(message)) return 'http_request_denied'
  return startsWithAny(message, 'client sent', 'invalid host', 'client send invalid') ? 'http_request_error' : undefined
}

/** Why a request or an attempt failed, or undefined for a line that tells no such thing (a missing file, a buffered response). */
export function nginxCause(message: string, action: string): ErrorType | undefined {
  return upstreamCause(message, action) ?? clientCause(message)
}

const QUIET = [
  'client closed keepalive connection', 'closed keepalive connection', 'reusing connection', 'client timed out (110: Connection timed out) while waiting for request', 'client keepalive connection timed out', 'idle timeout',
]

/** Lines about a connection that tell of no request and no handshake: a kept connection that ends as it should. */
export function isQuiet(message: string, action: string): boolean {
  if (/^client \S+ closed keepalive connection/.test(message) || QUIET.some(beginning => message.startsWith(beginning))) return true
  return /^(?:client )?timed out|^client timed out/.test(message) && /^(?:waiting for request|keepalive)/.test(action)
}
