/** Turns a line of Apache's error log into an event. */
import { canonicalIp, splitHostPort } from '../../address.js'
import { fail } from '../cdn/text.js'
import { skip, type Draft, type Skip } from '../parser.js'
import { putUri } from '../request.js'
import { alertToken } from '../vocabulary/tls.js'
import type { ApacheErrorLine } from './error-line.js'
import { apacheCause } from './error-messages.js'

/** A handshake with a client that failed; the next line names OpenSSL's error. */
export const isHandshakeFailure = (line: ApacheErrorLine): boolean => line.number === 'AH02008' || line.number === 'AH01996'

/** OpenSSL's own error queue, printed after the line it belongs to. */
export const isLibraryError = (line: ApacheErrorLine): boolean => line.message.startsWith('SSL Library Error: ')

/** `198.51.100.10:8080 (name:8080) failed`, `server 198.51.100.10:8080`, `backend: name`: the back end that a message names. */
const BACKENDS: readonly RegExp[] = [
  /(?:attempt to connect|dialog|request body failed) to \[?([0-9a-fA-F.:]+?)\]?(?::(\d+))? \(([^\s():]+)(?::\d+)?\)/,
  /from remote server \[?([^\s\]]+?)\]?(?::(\d+))?$/,
  /connection to backend: ()()(\S+)$/,
  /(?:disabled connection|disabling worker) for \(()()([^\s():]+)/,
  /attempt to connect to Unix domain socket ()()(\S+)/,
]

function putBackend(draft: Draft, message: string): void {
  for (const pattern of BACKENDS) {
    const match = pattern.exec(message)
    if (!match) continue
    const [, address, port, name] = match
    const origin = ((draft.cdn ??= {}).origin ??= {})
    if (address && canonicalIp(address) !== undefined) origin.ip = address
    else if (address) origin.name = address
    if (port) origin.port = Number(port)
    if (name && name !== '*' && canonicalIp(name) === undefined) origin.name ??= name
    if (name && origin.ip === undefined && canonicalIp(name) !== undefined) origin.ip = name
    return
  }
}

/** 2.4 writes every client with its port, an IPv6 address without brackets; 2.2 writes the address alone. */
function putPeer(draft: Draft, line: ApacheErrorLine): void {
  const text = line.client
  if (text === undefined) return
  const colon = text.lastIndexOf(':')
  const address = text.slice(0, colon).replace(/[[\]]/g, '')
  const port = Number(text.slice(colon + 1))
  if (line.module !== undefined && colon > 0 && canonicalIp(address) !== undefined && port > 0 && port < 65536) draft.client = { ip: address, port }
  else if (canonicalIp(text) !== undefined) draft.client = { ip: text }
  else {
    const parts = splitHostPort(text)
    if (parts && canonicalIp(parts.host) !== undefined) draft.client = { ip: parts.host, ...(parts.port ? { port: parts.port } : {}) }
  }
}

/** What the request was, where a message names it: `… returned by /path`, `Invalid URI in request GET /x HTTP/1.1`. */
function putTarget(draft: Draft, line: ApacheErrorLine): void {
  const returned = / returned by (\/\S*)(?: \(\w+\))?$/.exec(line.message)
  if (returned) putUri(draft, returned[1]!)
}

function handshakeDraft(line: ApacheErrorLine, library: string | undefined): Draft {
  const draft: Draft = { type: 'tls.handshake', network: { transport: 'tcp' }, tls: { established: false } }
  putPeer(draft, line)
  const alert = library === undefined ? undefined : alertToken(library.replace(/[()]+$/g, '').replace('(SSL alert', ':SSL alert').trim())
  if (alert !== undefined) draft.tls = { established: false, alert, alert_from: 'client' }
  const code = library === undefined ? undefined : /\b(error:[0-9A-Fa-f]{8})/.exec(library)?.[1]
  const system = line.status === '' ? undefined : /^\((\d+)\)/.exec(line.status)?.[1]
  const gone = library === undefined ? line.status !== '' : /unexpected eof/.test(library)
  fail(draft, alert !== undefined ? 'tls_alert_received' : gone ? 'connection_terminated' : 'tls_protocol_error', code ?? line.number ?? system, library === undefined ? line.message : `${line.message}: ${library}`)
  return draft
}

/** The event of a line, or why it is none. `library` is OpenSSL's error from the line behind it. */
export function apacheErrorDraft(line: ApacheErrorLine, library?: string): Draft | Skip {
  const draft: Draft = isHandshakeFailure(line) ? handshakeDraft(line, library) : { type: 'log.line' }
  draft.log = { level: line.level }
  if (line.pid !== undefined) draft.process = { pid: line.pid }
  if (draft.type === 'tls.handshake') return draft
  const cause = apacheCause(line.number, line.status, line.message)
  putPeer(draft, line)
  if (draft.client === undefined && cause === undefined) return skip('not-an-event')
  const text = line.number === undefined ? line.message : `${line.number}: ${line.message}`
  draft.message = line.status === '' ? text : `${line.status}: ${text}`
  if (cause !== undefined) {
    putBackend(draft, line.message)
    putTarget(draft, line)
    fail(draft, cause, line.number ?? /^\((\d+)\)/.exec(line.status)?.[1], draft.message)
  }
  if (line.number === 'AH02032') {
    const names = /^Hostname (\S+) provided via SNI and hostname (\S+) provided via HTTP/.exec(line.message)
    if (names) {
      draft.tls = { client: { server_name: names[1]! } }
      draft.url = { ...draft.url, domain: names[2]! }
    }
  }
  if (line.referer !== undefined) ((draft.http ??= {}).request ??= {}).referrer = line.referer
  return draft
}
