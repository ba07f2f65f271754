/** curl's exit codes and messages to words of `error.type`. */
import type { ErrorType } from '../../schema/error-types.js'
import { alertToken } from '../vocabulary/tls.js'

/** How far a transfer had come when it failed, as far as that is known. */
interface Progress { readonly connected?: boolean | undefined, readonly secured?: boolean | undefined, readonly responded?: boolean | undefined }

interface CurlFailure {
  type?: ErrorType
  /** Words of the certificate check. */
  validation?: string
  /** Alert that the server sent. */
  alert?: string
  /** The failure came after TCP and before TLS was done. */
  inHandshake?: boolean
}

const CODES: Readonly<Record<number, ErrorType>> = {
  1: 'proxy_configuration_error', 3: 'proxy_configuration_error', 4: 'proxy_configuration_error', 5: 'dns_error', 6: 'dns_error', 7: 'destination_unavailable', 8: 'http_protocol_error',
  16: 'http_protocol_error', 18: 'http_response_incomplete', 23: 'client_abort', 42: 'client_abort', 47: 'proxy_loop_detected', 52: 'connection_terminated', 55: 'connection_terminated', 56: 'connection_terminated',
  58: 'tls_certificate_error', 59: 'tls_protocol_error', 61: 'http_protocol_error', 63: 'client_abort', 64: 'tls_protocol_error', 67: 'authentication_required', 77: 'tls_certificate_error', 83: 'tls_certificate_error',
  90: 'tls_certificate_error', 91: 'tls_certificate_error', 92: 'http_protocol_error', 94: 'authentication_required', 95: 'http_protocol_error', 96: 'destination_unavailable', 97: 'connection_terminated', 98: 'tls_certificate_error', 101: 'tls_protocol_error',
}

/** Messages that tell the same without their code, as `-v` prints them; in order. */
const MESSAGES: readonly (readonly [RegExp, number])[] = [
  [/^Could not resolve proxy/, 5], [/^Could not resolve/, 6], [/^Failed to connect to |^Could not connect to server|^Couldn't connect to server|^connect to \S+ port |^Immediate connect fail/, 7],
  [/timed out|Timeout was reached|connection timeout$|Operation too slow/i, 28], [/^SSL certificate problem|no alternative certificate subject name|does not match target host|certificate verify failed/, 60],
  [/^Empty reply from server/, 52], [/^Recv failure/, 56], [/^Send failure/, 55], [/was not closed cleanly/, 92], [/^transfer closed with /, 18], [/CONNECT tunnel failed|from proxy after CONNECT/, 56], [/SSL_connect|SSL_ERROR|:SSL routines:|wrong version number/, 35],
  [/^Maximum \(\d+\) redirects followed/, 47],
]

function timedOut(text: string, progress: Progress): CurlFailure {
  if (text.startsWith('Resolving timed out') || text.startsWith('name lookup timed out')) return { type: 'dns_timeout' }
  if (text.startsWith('SSL connection timeout')) return { type: 'connection_timeout', inHandshake: true }
  if (text.startsWith('Operation too slow')) return { type: 'connection_read_timeout' }
  if (/^Connection tim(?:ed out|eout) after|^Failed to connect|Timeout was reached|^Connection timeout|^connect to /i.test(text)) return { type: 'connection_timeout', ...(progress.connected && !progress.secured ? { inHandshake: true } : {}) }
  if (!progress.responded && progress.connected === false) return { type: 'connection_timeout' }
  return { type: 'http_response_timeout' }
}

function secure(text: string): CurlFailure {
  if (/Connection reset by peer|Connection was reset|SSL_ERROR_SYSCALL|unexpected eof|Broken pipe|unexpectedly/i.test(text)) return { type: 'connection_terminated', inHandshake: true }
  const alert = /alert|unrecognized name/i.test(text) ? alertToken(text) : undefined
  if (alert !== undefined) return { type: 'tls_alert_received', alert, inHandshake: true }
  return { type: 'tls_protocol_error', inHandshake: true }
}

function refused(text: string): ErrorType {
  if (/Connection refused/i.test(text)) return 'connection_refused'
  if (/unreachable|No route to host/i.test(text)) return 'destination_ip_unroutable'
  return /timed out|Timeout/i.test(text) ? 'connection_timeout' : 'destination_unavailable'
}

/** A message, or the words of one that another line quotes, understood; the code is told where curl printed it. */
export function curlFailure(code: number | undefined, text: string, progress: Progress = {}): CurlFailure {
  const number = code ?? MESSAGES.find(([words]) => words.test(text))?.[1]
  switch (number) {
    case undefined: case 22: return {}
    case 7: return { type: refused(text) }
    case 28: return timedOut(text, progress)
    case 35: return secure(text)
    case 51: case 60: return { type: 'tls_certificate_error', validation: text.replace(/^SSL certificate problem: |^SSL: /, '') }
    case 56:
      if (/alert/.test(text)) return { ...secure(text), inHandshake: false }
      if (/CONNECT tunnel failed|from proxy after CONNECT/.test(text)) return { type: /\b407\b/.test(text) ? 'authentication_required' : /\b5\d\d\b/.test(text) ? 'proxy_internal_error' : 'http_request_denied' }
      return { type: 'connection_terminated' }
    default: return CODES[number] === undefined ? {} : { type: CODES[number] }
  }
}

/** True for a message that says why a transfer failed. */
export const isFailureMessage = (text: string): boolean => MESSAGES.some(([words]) => words.test(text))
