// What Go's net/http server writes to its ErrorLog: handshakes that failed, panics, a reverse proxy's failed round trips.
import { splitHostPort } from '../src/address.js'
import { defineParser } from '../src/read/define.js'
import { causeOf } from '../src/read/go/cause.js'
import { ownPrefix } from '../src/read/go/h2-lines.js'
import { goShare } from '../src/read/go/heads.js'
import { momentOf, peelLog, putMoment, stampIn } from '../src/read/go/moment.js'
import { skip, type Draft, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'

const HANDSHAKE = 'http: TLS handshake error from '
const OTHERS = ['http: proxy error: ', 'http: panic serving ', 'http: Accept error: ', 'http: superfluous response.WriteHeader', 'http: response.WriteHeader', 'http: response.Write on hijacked', 'http: multiple response.WriteHeader',
  'http: invalid ', 'http: CloseIdleConnections', 'http: URL query contains semicolon', 'httputil: ReverseProxy ', 'suppressing panic']

/** Where the server's words begin, behind what the program's logger put before them; -1 for other lines. */
function startOf(text: string): number {
  const at = text.indexOf('http')
  if (at === -1 || at > 120) return -1
  return text.startsWith(HANDSHAKE, at) || OTHERS.some(words => text.startsWith(words, at)) ? at : -1
}

/** `IP:PORT: CAUSE`: the server tells neither the name asked for nor the version. */
function handshake(text: string): Draft | undefined {
  const match = /^(\[[0-9a-fA-F:.%]{2,60}\]:\d{1,5}|[\d.]{7,15}:\d{1,5}): (.{1,2000})$/.exec(text)
  if (!match) return undefined
  const from = splitHostPort(match[1]!)
  if (!from) return undefined
  const cause = causeOf(match[2]!)
  const draft: Draft = {
    type: 'tls.handshake', client: { ip: from.host, ...(from.port ? { port: from.port } : {}) }, network: { transport: 'tcp' }, tls: { established: false },
    error: { ...(cause.type === undefined ? {} : { type: cause.type }), message: match[2]! },
  }
  if (cause.alert !== undefined) draft.tls = { ...draft.tls, alert: cause.alert, alert_from: 'client' }
  if (cause.server && cause.client) draft.server = cause.client // our own end of `read tcp A->B`
  return draft
}

function readLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  const at = startOf(text)
  if (at === -1) return skip('not-this-format')
  const message = text.slice(at).trimEnd()
  const moment = momentOf(context, stampIn(text.slice(0, at)) ?? peelLog(text).stamp, outer)
  let draft: Draft | undefined
  if (message.startsWith(HANDSHAKE)) {
    draft = handshake(message.slice(HANDSHAKE.length))
    if (!draft) return skip('malformed', 'TLS handshake error')
  } else draft = other(message)
  putMoment(draft, moment, 'end')
  return draft
}

function other(message: string): Draft {
  const draft: Draft = { type: 'log.line', message }
  if (!message.startsWith('http: proxy error: ')) return draft
  const cause = causeOf(message.slice(19))
  if (cause.type !== undefined) draft.error = { type: cause.type, message: message.slice(19) }
  if (cause.server) draft.cdn = { origin: { ...cause.server } } // a reverse proxy: the far end is its origin
  return draft
}

export default defineParser({
  id: 'go-http-server',
  title: 'Go net/http server errors (http: TLS handshake error from …)',
  reference: 'https://pkg.go.dev/net/http#Server',
  dataset: 'go.http_server',
  types: ['tls.handshake', 'log.line'],
  group: 'go-trace',
  vantage: 'edge',
  limits: 'No SNI, no version and, unless the program set its logger to UTC, no zone. A client that closes (a port scan, a health check) and one that rejects the certificate silently both read EOF.',
  detect: head => goShare(head, (_, line) => (startOf(line) !== -1 && ownPrefix(line.slice(0, startOf(line))) ? 'sure' : undefined)),
  open: context => ({ line: (text, _number, outer) => readLine(text, context, outer) }),
  samples: [{
    lines: [
      '2026/01/05 09:14:07 http: TLS handshake error from 192.0.2.10:47672: remote error: tls: bad certificate',
      '2026/01/05 09:14:08.250000 http: TLS handshake error from [2001:db8::10]:50000: EOF',
      '2026/01/05 09:14:09 http: TLS handshake error from 192.0.2.11:40000: tls: first record does not look like a TLS handshake',
      '2026/01/05 09:14:10 http: TLS handshake error from 192.0.2.12:40001: read tcp 198.51.100.1:443->192.0.2.12:40001: i/o timeout',
      '2026/01/05 09:14:11 http: proxy error: dial tcp 203.0.113.9:8080: connect: connection refused',
      'http: TLS handshake error from',
    ],
    events: [
      {
        type: 'tls.handshake', ts_ms: 1767604447000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'failure', client: { ip: '192.0.2.10', port: 47672 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'tls' },
        tls: { established: false, alert: 'bad_certificate', alert_from: 'client' }, error: { type: 'tls_alert_received', message: 'remote error: tls: bad certificate' },
      },
      {
        type: 'tls.handshake', ts_ms: 1767604448250, ts_basis: 'end', ts_res_ms: 0.001, outcome: 'failure', client: { ip: '2001:db8::10', port: 50000 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'tls' },
        tls: { established: false }, error: { type: 'connection_terminated', message: 'EOF' },
      },
      {
        type: 'tls.handshake', ts_ms: 1767604449000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'failure', client: { ip: '192.0.2.11', port: 40000 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'tls' },
        tls: { established: false }, error: { type: 'tls_protocol_error', message: 'tls: first record does not look like a TLS handshake' },
      },
      {
        type: 'tls.handshake', ts_ms: 1767604450000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'failure', client: { ip: '192.0.2.12', port: 40001 }, server: { ip: '198.51.100.1', port: 443 },
        network: { transport: 'tcp', type: 'ipv4', protocol: 'tls' }, tls: { established: false }, error: { type: 'connection_read_timeout', message: 'read tcp 198.51.100.1:443->192.0.2.12:40001: i/o timeout' },
      },
      {
        type: 'log.line', ts_ms: 1767604451000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'failure', message: 'http: proxy error: dial tcp 203.0.113.9:8080: connect: connection refused',
        cdn: { origin: { ip: '203.0.113.9', port: 8080 } }, error: { type: 'connection_refused', message: 'dial tcp 203.0.113.9:8080: connect: connection refused' },
      },
    ],
    skipped: { 'not-this-format': 1 },
  }],
})
