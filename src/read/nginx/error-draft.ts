/** Turns a line of nginx's error log into an event: a failed handshake of a client, or a line that lends its cause to a request. */
import { canonicalIp, splitHostPort } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import { fail, putOrigin } from '../cdn/text.js'
import { skip, type Draft, type Skip } from '../parser.js'
import { putRequestLine } from '../request.js'
import { alertToken } from '../vocabulary/tls.js'
import type { ErrorLine } from './error-line.js'
import { isQuiet, nginxCause } from './error-messages.js'

const ERRNO = /\((\d+): /
const SSL_ERROR = /\b(error:[0-9A-Fa-f]{8})/

/** The code that the message carries: the system's number, or OpenSSL's packed one. */
function codeOf(message: string): string | undefined {
  return SSL_ERROR.exec(message)?.[1] ?? ERRNO.exec(message)?.[1]
}

/** The mail module adds ` using starttls` to the address. */
function putClient(draft: Draft, value: string | undefined): void {
  if (value === undefined) return
  const [text = ''] = value.split(' ', 1)
  const parts = canonicalIp(text) === undefined ? splitHostPort(text) : { host: text, port: undefined }
  if (!parts || canonicalIp(parts.host) === undefined) return
  draft.client = { ip: parts.host, ...(parts.port ? { port: parts.port } : {}) }
}

const NAME = /^(?:[\w-]+\.)+[A-Za-z][\w-]*\.?$/

/** `server:` is a name of the server block in http, the listen address where no request is known yet. */
function putServer(draft: Draft, text: string | undefined): void {
  if (text === undefined) return
  const parts = splitHostPort(text)
  if (parts && canonicalIp(parts.host) !== undefined) {
    const port = parts.port ? { port: parts.port } : {}
    draft.server = parts.host === '0.0.0.0' || parts.host === '::' ? port : { ip: parts.host, ...port }
  } else if (draft.url?.domain === undefined && NAME.test(text)) (draft.url ??= {}).domain = text
}

function putHost(draft: Draft, text: string | undefined): void {
  const parts = text === undefined ? undefined : splitHostPort(text)
  if (!parts || parts.host === '') return
  const url = (draft.url ??= {})
  url.domain = parts.host
  if (parts.port) url.port = parts.port
}

/** `https://198.51.100.10:8443/uri`, `fastcgi://unix:/run/app.sock:`, or the group's name where no server was left; a stream log gives the address alone. */
function putUpstream(draft: Draft, text: string | undefined): void {
  if (text === undefined) return
  const scheme = text.indexOf('://')
  const rest = scheme === -1 ? text : text.slice(scheme + 3)
  if (rest.startsWith('unix:')) {
    const end = rest.indexOf(':', 5)
    ;((draft.cdn ??= {}).origin ??= {}).name = end === -1 ? rest : rest.slice(0, end)
    return
  }
  const slash = rest.indexOf('/')
  putOrigin(draft, slash === -1 ? rest : rest.slice(0, slash))
}

function putRequest(draft: Draft, text: string | undefined): void {
  if (text === undefined) return
  putRequestLine(draft, text)
  // a line cut in the middle of the request has no version, and its target may be cut too
  if (draft.http?.version === undefined && draft.url?.path !== undefined && !/ HTTP\/\d/.test(text)) {
    delete draft.url.path
    delete draft.url.query
    draft.url.original = text
  }
}

/** A handshake with a client that came to nothing. There is no SNI in these lines, and the alert is the client's. */
function handshakeDraft(line: ErrorLine): Draft {
  const { message, level } = line
  const draft: Draft = { type: 'tls.handshake', network: { transport: 'tcp', ...(line.connection ? { connection_id: line.connection } : {}) }, tls: { established: false }, process: { pid: line.pid }, log: { level } }
  putClient(draft, line.pairs.client)
  putServer(draft, line.pairs.server)
  const alert = message.startsWith('SSL_') ? alertIn(message) : undefined
  if (alert !== undefined) draft.tls = { established: false, alert, alert_from: 'client' }
  else if (message.startsWith('handshake rejected')) draft.tls = { established: false, alert: 'unrecognized_name', alert_from: 'server' } // ssl_reject_handshake sends it
  fail(draft, alert === undefined ? handshakeCause(message) : 'tls_alert_received', codeOf(message), message)
  return draft
}

/** The alert that OpenSSL says was received. */
function alertIn(message: string): string | undefined {
  return message.includes('alert') || message.includes('unrecognized name') ? alertToken(message.replace(/\)+$/, '')) : undefined
}

function handshakeCause(message: string): ErrorType {
  if (message.startsWith('client SSL certificate') || message.startsWith('client sent no required SSL')) return 'tls_certificate_error'
  return message.startsWith('peer closed') || /timed out|reset|unexpected eof/.test(message) ? 'connection_terminated' : 'tls_protocol_error'
}

const HANDSHAKE_MESSAGES = ['SSL_do_handshake() failed', 'peer closed connection in SSL handshake', 'handshake rejected', 'client SSL certificate verify error', 'client sent no required SSL certificate']

/** Under TLS 1.3 a client may refuse the certificate after the server has finished: the alert then comes while the server waits for a request. */
const isLateAlert = (line: ErrorLine): boolean => line.message.startsWith('SSL_read() failed') && line.pairs.request === undefined && line.pairs.upstream === undefined && alertIn(line.message) !== undefined && alertIn(line.message) !== 'close_notify'

function isHandshake(line: ErrorLine): boolean {
  if (line.action.includes('upstream')) return false
  return line.action.startsWith('SSL handshaking') || isLateAlert(line) || HANDSHAKE_MESSAGES.some(beginning => line.message.startsWith(beginning))
}

/** How the stream and mail modules tell of a new connection; the addresses are in the text. */
const CONNECTED = /^(?:\w+ )?client (\S{1,100}) connected to (\S{1,100})$/

const FILE_ERROR = /^(?:open|opendir|stat|lstat|realpath|CreateFile)\(\) /

/** The event of a line, or why it is none. */
export function errorDraft(line: ErrorLine): Draft | Skip {
  const { message, action, pairs, level } = line
  if (level === 'debug' || (line.connection === undefined && pairs.client === undefined)) return skip('not-an-event')
  if (isQuiet(message, action)) return skip('not-an-event')
  if (isHandshake(line) && !message.startsWith('client sent plain HTTP')) return handshakeDraft(line)
  const draft: Draft = { type: 'log.line', message: action === '' ? message : `${message} while ${action}`, process: { pid: line.pid }, log: { level } }
  if (line.connection !== undefined) draft.network = { connection_id: line.connection }
  const connected = pairs.client === undefined ? CONNECTED.exec(message) : null
  putClient(draft, connected?.[1] ?? pairs.client)
  if (connected) putServer(draft, connected[2])
  putRequest(draft, pairs.request)
  putHost(draft, pairs.host)
  putServer(draft, pairs.server)
  putUpstream(draft, pairs.upstream)
  if (pairs.referrer !== undefined) ((draft.http ??= {}).request ??= {}).referrer = pairs.referrer
  const type = nginxCause(message, action)
  // only what explains the answer to a request is an error of it: warnings of an application, buffered answers and delays are not
  if (type !== undefined && (type !== 'client_abort' || pairs.request !== undefined)) fail(draft, type, codeOf(message), draft.message!)
  else if (FILE_ERROR.test(message)) fail(draft, undefined, codeOf(message), draft.message!)
  return draft
}
