/** Apache's numbered messages about proxying, TLS and refusals, and what they say of a request. */
import type { ErrorType } from '../../schema/error-types.js'
import { connectError, readError } from '../access/errno.js'

/** Reading from the back end failed: by the system's words, else the answer was not whole. */
const reading = (status: string, timeout: ErrorType): ErrorType => readError(status, timeout) ?? 'http_response_incomplete'

const writing = (status: string): ErrorType => readError(status, 'connection_write_timeout') ?? 'connection_terminated'

/** Message numbers to causes; `status` is the system's text before the message (`(110)Connection timed out`), `message` what follows the number. */
const BY_NUMBER: Readonly<Record<string, ErrorType | ((status: string, message: string) => ErrorType | undefined)>> = {
  AH00957: status => connectError(status) ?? 'destination_unavailable', // attempt to connect failed
  AH02454: status => connectError(status) ?? 'destination_unavailable', // the same, to a unix socket
  AH00893: status => connectError(status) ?? 'destination_unavailable', // FastCGI and AJP dialogues
  AH00959: 'destination_unavailable', // the worker is disabled for a while
  AH00940: 'destination_unavailable', // and still is
  AH01114: 'destination_unavailable', // failed to make a connection
  AH01079: 'destination_unavailable', // the same, FastCGI
  AH00896: 'destination_unavailable', // the same, AJP
  AH01167: 'destination_unavailable', // balancer: all workers in error state
  AH01170: 'destination_unavailable',
  AH01171: 'destination_unavailable',
  AH00898: (_, message) => returnedCause(message),
  AH01102: status => reading(status, 'http_response_timeout'), // status line
  AH10404: status => reading(status, 'http_response_timeout'), // headers
  AH01110: status => reading(status, 'connection_read_timeout'), // body
  AH01075: status => reading(status, 'http_response_timeout'), // FastCGI dispatch
  AH01067: status => reading(status, 'http_response_timeout'),
  AH01030: status => reading(status, 'http_response_timeout'), // AJP
  AH00992: status => reading(status, 'http_response_timeout'),
  AH01084: writing, // request body
  AH01097: writing,
  AH10154: writing,
  AH01086: 'http_request_error',
  AH01068: 'http_protocol_error',
  AH01070: 'http_protocol_error',
  AH01106: 'http_protocol_error',
  AH00961: 'proxy_configuration_error',
  AH01144: 'proxy_configuration_error',
  AH02003: 'tls_protocol_error', // SSL proxy connect failed
  AH02004: 'tls_certificate_error',
  AH02005: 'tls_certificate_error',
  AH02411: 'tls_certificate_error',
  AH02039: 'tls_certificate_error',
  AH02040: 'tls_certificate_error',
  AH02032: 'http_request_denied', // SNI and Host do not go together
  AH02033: 'http_request_denied', // no SNI
  AH01276: 'http_request_denied',
  AH01617: 'http_request_denied',
  AH01618: 'http_request_denied',
  AH01630: 'http_request_denied',
  AH01797: 'http_request_denied',
  AH00126: 'http_request_error',
  AH00135: 'http_request_error',
  AH00561: 'http_request_error',
  AH00565: 'http_request_error',
  AH00566: 'http_request_error',
}

/** `REASON returned by URI`. */
function returnedCause(message: string): ErrorType | undefined {
  if (message.startsWith('DNS lookup failure')) return 'dns_error'
  if (message.startsWith('Error during SSL Handshake')) return 'tls_protocol_error'
  if (message.startsWith('Error reading from remote server')) return 'http_response_incomplete'
  if (message.startsWith('Corrupt status line') || message.startsWith('Bad HTTP')) return 'http_protocol_error'
  return message.startsWith('Connect to remote machine blocked') ? 'destination_ip_prohibited' : undefined
}

/** Messages of 2.2, which have no number. */
function unnumbered(message: string, status: string): ErrorType | undefined {
  if (/^proxy: HTTPS?: (?:attempt to connect|disabled connection)/.test(message)) return connectError(status) ?? 'destination_unavailable'
  if (message.startsWith('proxy: error reading status line')) return reading(status, 'http_response_timeout')
  if (message.startsWith('proxy: error reading response')) return reading(status, 'connection_read_timeout')
  if (message.startsWith('proxy: ') && message.includes(' returned by ')) return returnedCause(message.slice(7))
  if (message.startsWith('client denied by server configuration') || /^user .*(?:not found|authentication failure|password mismatch)/i.test(message)) return 'http_request_denied'
  return /^(?:Invalid (?:URI|method) in request|request failed:)/.test(message) ? 'http_request_error' : undefined
}

/** Why a request or an attempt failed; undefined for a line that tells no such thing. */
export function apacheCause(number: string | undefined, status: string, message: string): ErrorType | undefined {
  const known = number === undefined ? unnumbered(message, status) : BY_NUMBER[number]
  return typeof known === 'function' ? known(status, message) : known
}
