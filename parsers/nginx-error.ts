// nginx error log: failed client handshakes, and the cause of a request that the access log only shows as 502 or 504.
import { putTime } from '../src/read/field-kinds.js'
import { defineParser } from '../src/read/define.js'
import { errorDraft } from '../src/read/nginx/error-draft.js'
import { isErrorLine, readErrorLine } from '../src/read/nginx/error-line.js'
import { HELD, isSkip, MERGED, shareOf, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext, type Skip, startingAt } from '../src/read/parser.js'

/** An application's message over more lines than this is no longer waited for. */
const MAX_HELD = 20_000

interface Held { readonly line: number, text: string, readonly outer: Outer | undefined }

/**
 * nginx ends every line about a connection with the client's address. Where that is missing from what an application said (FastCGI's stderr, a Lua
 * error with its stack), the message has line feeds and goes on; any other line without it was cut.
 */
const isOpen = (text: string): boolean => !text.includes(', client: ') && (text.includes(' sent in stderr: "') || text.includes(' lua ') || text.includes(' [lua] '))

function readWhole(text: string, context: ParserContext, outer: Outer | undefined): Draft | Skip {
  const line = readErrorLine(text)
  if (line === undefined) return skip('not-this-format', 'no date, level and process')
  if (line === 'bad-time') return skip('bad-time')
  const draft = errorDraft(line)
  if (!isSkip(draft)) putTime(draft, line.stamp, 'point', context, outer)
  return draft
}

function open(context: ParserContext): LineReader {
  let held: Held | undefined
  let dropped: (Skip & { line: number })[] = []
  /** The event of the held lines, to be given with their first line. */
  const release = (): Draft[] => {
    if (!held) return []
    const { line, text, outer } = held
    held = undefined
    const draft = readWhole(text, context, outer)
    if (!isSkip(draft)) return [startingAt(draft, line)]
    dropped.push({ ...draft, line })
    return []
  }
  const continued = (text: string): LineResult => {
    held!.text += `\n${text}`
    if (!text.includes(', client: ') && held!.text.length < MAX_HELD) return MERGED
    return { drafts: release(), self: MERGED }
  }
  return {
    line(text, number, outer) {
      if (!isErrorLine(text)) {
        if (held) return continued(text)
        return text.trim() === '' ? skip('blank') : readWhole(text, context, outer)
      }
      const drafts = release()
      if (isOpen(text)) {
        held = { line: number, text, outer }
        return drafts.length > 0 ? { drafts, self: HELD } : HELD
      }
      const own = readWhole(text, context, outer)
      if (drafts.length === 0) return own
      return isSkip(own) ? { drafts, self: own } : { drafts: [...drafts, own], self: 'event' }
    },
    end() {
      const last = release()
      const skips = dropped
      dropped = []
      return [...last, ...skips]
    },
  }
}

export default defineParser({
  id: 'nginx-error',
  title: 'nginx error log',
  reference: 'https://nginx.org/en/docs/ngx_core_module.html#error_log',
  dataset: 'nginx.error',
  vantage: 'edge',
  types: ['log.line', 'tls.handshake'],
  limits: 'Whole seconds and no zone. A failed handshake has no SNI and no client port, and is written only at level info; a client that refuses the certificate after the handshake may leave no line at all.',
  detect: head => shareOf(head, isErrorLine),
  open,
  samples: [
    {
      note: 'the upstream did not answer; nobody was left; a kept connection that ends',
      lines: [
        '2026/01/05 09:14:37 [error] 4242#4242: *90210 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.10, server: www.example.com, request: "GET /api/report?x=1 HTTP/2.0", upstream: "https://198.51.100.10:8443/api/report?x=1", host: "www.example.com:8080", referrer: "https://www.example.com/"',
        '2026/01/05 09:14:37 [error] 4242#4242: *90211 no live upstreams while connecting to upstream, client: 2001:db8::10, server: www.example.com, request: "GET / HTTP/1.1", upstream: "http://pool/", host: "www.example.com"',
        '2026/01/05 09:14:38 [info] 4242#4242: *90211 client 2001:db8::10 closed keepalive connection',
        '2026/01/05 09:14:38 [notice] 4242#4242: signal process started',
        '2026/13/05 09:14:38 [error] 4242#4242: *1 x',
        'panic: not ours',
      ],
      events: [
        {
          type: 'log.line', ts_ms: 1767604477000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', hostname: 'www.example.com',
          message: 'upstream timed out (110: Connection timed out) while reading response header from upstream',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', connection_id: '90210' }, url: { domain: 'www.example.com', port: 8080, path: '/api/report', query: 'x=1' },
          http: { version: '2', request: { method: 'GET', referrer: 'https://www.example.com/' } }, cdn: { origin: { ip: '198.51.100.10', port: 8443 } }, process: { pid: 4242 },
          error: { type: 'http_response_timeout', code: '110', message: 'upstream timed out (110: Connection timed out) while reading response header from upstream' }, log: { level: 'error' },
        },
        {
          type: 'log.line', ts_ms: 1767604477000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', hostname: 'www.example.com', message: 'no live upstreams while connecting to upstream',
          client: { ip: '2001:db8::10' }, network: { type: 'ipv6', connection_id: '90211' }, url: { domain: 'www.example.com', path: '/' },
          http: { version: '1.1', request: { method: 'GET' } }, cdn: { origin: { name: 'pool' } }, process: { pid: 4242 },
          error: { type: 'destination_unavailable', message: 'no live upstreams while connecting to upstream' }, log: { level: 'error' },
        },
      ],
      skipped: { 'not-an-event': 2, 'bad-time': 1, 'not-this-format': 1 },
    },
    {
      note: 'handshakes: an alert from the client, and one that was only dropped',
      lines: [
        '2026/01/05 09:14:07 [info] 4242#4242: *4 SSL_do_handshake() failed (SSL: error:0A000418:SSL routines::tlsv1 alert unknown ca:SSL alert number 48) while SSL handshaking, client: 192.0.2.10, server: 203.0.113.7:443',
        '2026/01/05 09:14:08 [info] 4242#4242: *5 peer closed connection in SSL handshake (104: Connection reset by peer) while SSL handshaking, client: 192.0.2.11, server: 0.0.0.0:443',
      ],
      events: [
        {
          type: 'tls.handshake', ts_ms: 1767604447000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', client: { ip: '192.0.2.10' }, server: { ip: '203.0.113.7', port: 443 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', connection_id: '4' }, tls: { established: false, alert: 'unknown_ca', alert_from: 'client' }, process: { pid: 4242 },
          error: { type: 'tls_alert_received', code: 'error:0A000418', message: 'SSL_do_handshake() failed (SSL: error:0A000418:SSL routines::tlsv1 alert unknown ca:SSL alert number 48)' }, log: { level: 'info' },
        },
        {
          type: 'tls.handshake', ts_ms: 1767604448000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', client: { ip: '192.0.2.11' }, server: { port: 443 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', connection_id: '5' }, tls: { established: false }, process: { pid: 4242 },
          error: { type: 'connection_terminated', code: '104', message: 'peer closed connection in SSL handshake (104: Connection reset by peer)' }, log: { level: 'info' },
        },
      ],
    },
    {
      note: 'an application\'s message over several lines; a stream session',
      lines: [
        '2026/01/05 09:14:07 [error] 7#7: *1 FastCGI sent in stderr: "PHP message: PHP Fatal error: Uncaught Error',
        'Stack trace: #0 {main}',
        '  thrown in /srv/a.php on line 3" while reading response header from upstream, client: 192.0.2.10, server: _, request: "GET /a.php HTTP/1.1", upstream: "fastcgi://unix:/run/php.sock:", host: "www.example.com"',
        '2026/01/05 09:14:08 [error] 7#7: *2 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.10, server: 0.0.0.0:443, upstream: "198.51.100.10:443", bytes from/to client:0/0, bytes from/to upstream:0/0',
      ],
      merged: 2,
      events: [
        {
          type: 'log.line', ts_ms: 1767604447000, ts_basis: 'point', ts_res_ms: 1000, line: 1, hostname: 'www.example.com',
          message: 'FastCGI sent in stderr: "PHP message: PHP Fatal error: Uncaught Error\nStack trace: #0 {main}\n  thrown in /srv/a.php on line 3" while reading response header from upstream',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', connection_id: '1' }, url: { domain: 'www.example.com', path: '/a.php' }, http: { version: '1.1', request: { method: 'GET' } },
          cdn: { origin: { name: 'unix:/run/php.sock' } }, process: { pid: 7 }, log: { level: 'error' },
        },
        {
          type: 'log.line', ts_ms: 1767604448000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', message: 'connect() failed (111: Connection refused) while connecting to upstream',
          client: { ip: '192.0.2.10' }, server: { port: 443 }, network: { type: 'ipv4', connection_id: '2' }, cdn: { origin: { ip: '198.51.100.10', port: 443 } }, process: { pid: 7 },
          error: { type: 'connection_refused', code: '111', message: 'connect() failed (111: Connection refused) while connecting to upstream' }, log: { level: 'error' },
        },
      ],
    },
    {
      note: 'a connection of the mail module: the addresses are in the text',
      lines: [
        '2026/01/05 09:14:07 [info] 8#8: *15950 client 192.0.2.10:53044 connected to 203.0.113.25:25',
        '2026/01/05 09:14:08 [info] 8#8: *15951 client login failed: "AUTH not supported" while in http auth state, client: 192.0.2.10 using starttls, server: 203.0.113.25:25, login: "user"',
      ],
      events: [
        {
          type: 'log.line', ts_ms: 1767604447000, ts_basis: 'point', ts_res_ms: 1000, message: 'client 192.0.2.10:53044 connected to 203.0.113.25:25',
          client: { ip: '192.0.2.10', port: 53044 }, server: { ip: '203.0.113.25', port: 25 }, network: { type: 'ipv4', connection_id: '15950' }, process: { pid: 8 }, log: { level: 'info' },
        },
        {
          type: 'log.line', ts_ms: 1767604448000, ts_basis: 'point', ts_res_ms: 1000, message: 'client login failed: "AUTH not supported" while in http auth state',
          client: { ip: '192.0.2.10' }, server: { ip: '203.0.113.25', port: 25 }, network: { type: 'ipv4', connection_id: '15951' }, process: { pid: 8 }, log: { level: 'info' },
        },
      ],
    },
  ],
})
