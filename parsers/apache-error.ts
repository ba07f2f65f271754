// Apache httpd error log, 2.4 and 2.2: proxy and TLS failures that the access log shows as 500, 502 or 503.
import { apacheErrorDraft, isHandshakeFailure, isLibraryError } from '../src/read/apache/error-draft.js'
import { isApacheError, readApacheError, type ApacheErrorLine } from '../src/read/apache/error-line.js'
import { defineParser } from '../src/read/define.js'
import { putTime } from '../src/read/field-kinds.js'
import { HELD, isSkip, MERGED, shareOf, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext, type Skip, startingAt } from '../src/read/parser.js'

/** Threads that wait for the next line of theirs; the oldest gives way when there are too many. */
const MAX_HELD = 1000

interface Held { readonly number: number, readonly line: ApacheErrorLine, readonly outer: Outer | undefined }

function open(context: ParserContext): LineReader {
  // OpenSSL's reason for a failed handshake is printed as the next line of the same thread
  const held = new Map<string, Held>()
  const draftOf = (line: ApacheErrorLine, outer: Outer | undefined, library?: string): Draft | Skip => {
    const draft = apacheErrorDraft(line, library)
    if (!isSkip(draft)) putTime(draft, line.stamp, 'point', context, outer)
    return draft
  }
  const release = (thread: string, library?: string): Draft[] => {
    const one = held.get(thread)
    if (!one) return []
    held.delete(thread)
    const draft = draftOf(one.line, one.outer, library)
    return isSkip(draft) ? [] : [startingAt(draft, one.number)]
  }
  const withHeld = (drafts: Draft[], self: Draft | Skip | typeof HELD | typeof MERGED): LineResult => {
    if (typeof self === 'symbol') return drafts.length > 0 ? { drafts, self } : self
    if (drafts.length === 0) return self
    return isSkip(self) ? { drafts, self } : { drafts: [...drafts, self], self: 'event' }
  }
  return {
    line(text, number, outer) {
      const line = readApacheError(text)
      if (line === undefined) return text.trim() === '' ? skip('blank') : skip('not-this-format', 'no date and level')
      if (line === 'bad-time') return skip('bad-time')
      if (isLibraryError(line) && held.has(line.thread)) return { drafts: release(line.thread, line.message.slice(19)), self: MERGED }
      const drafts = release(line.thread)
      if (!isHandshakeFailure(line)) return withHeld(drafts, draftOf(line, outer))
      const oldest = held.size < MAX_HELD ? undefined : held.keys().next().value
      if (oldest !== undefined) drafts.push(...release(oldest))
      held.set(line.thread, { number, line, outer })
      return withHeld(drafts, HELD)
    },
    end: () => [...held.keys()].flatMap(thread => release(thread)),
  }
}

export default defineParser({
  id: 'apache-error',
  title: 'Apache httpd error log',
  reference: 'https://httpd.apache.org/docs/current/mod/core.html#errorlogformat',
  dataset: 'apache.error',
  vantage: 'edge',
  types: ['log.line', 'tls.handshake'],
  limits: 'Local time without a zone. No Host and mostly no path, so its lines join a request by client alone; failed handshakes are written only at level info.',
  detect: head => shareOf(head, isApacheError),
  open,
  samples: [
    {
      note: '2.4: a back end that did not answer, one that refused, one disabled, and a start-up line',
      lines: [
        '[Mon Jan 05 09:14:37.421000 2026] [proxy_http:error] [pid 4242:tid 4243] (70007)The timeout specified has expired: [client 192.0.2.10:51514] AH01102: error reading status line from remote server 198.51.100.10:8080, referer: https://www.example.com/',
        '[Mon Jan 05 09:14:38.000000 2026] [proxy:error] [pid 4242:tid 4243] (111)Connection refused: AH00957: HTTP: attempt to connect to 198.51.100.10:8080 (app.example.com:8080) failed',
        '[Mon Jan 05 09:14:38.000000 2026] [proxy:error] [pid 4242] [client 2001:db8::10:51514] AH00898: Error during SSL Handshake with remote server returned by /api',
        '[Mon Jan 05 09:14:38.000000 2026] [mpm_event:notice] [pid 4242:tid 1] AH00489: Apache/2.4.58 (Unix) configured -- resuming normal operations',
        '[Mon Jan 35 09:14:38 2026] [error] x',
        'PHP Notice: not ours',
      ],
      events: [
        {
          type: 'log.line', ts_ms: 1767604477421, ts_basis: 'point', ts_res_ms: 0.001, outcome: 'failure',
          message: '(70007)The timeout specified has expired: AH01102: error reading status line from remote server 198.51.100.10:8080', client: { ip: '192.0.2.10', port: 51514 }, network: { type: 'ipv4' },
          http: { request: { referrer: 'https://www.example.com/' } }, cdn: { origin: { ip: '198.51.100.10', port: 8080 } }, process: { pid: 4242 },
          error: { type: 'http_response_timeout', code: 'AH01102', message: '(70007)The timeout specified has expired: AH01102: error reading status line from remote server 198.51.100.10:8080' }, log: { level: 'error' },
        },
        {
          type: 'log.line', ts_ms: 1767604478000, ts_basis: 'point', ts_res_ms: 0.001, outcome: 'failure',
          message: '(111)Connection refused: AH00957: HTTP: attempt to connect to 198.51.100.10:8080 (app.example.com:8080) failed',
          cdn: { origin: { ip: '198.51.100.10', port: 8080, name: 'app.example.com' } }, process: { pid: 4242 },
          error: { type: 'connection_refused', code: 'AH00957', message: '(111)Connection refused: AH00957: HTTP: attempt to connect to 198.51.100.10:8080 (app.example.com:8080) failed' }, log: { level: 'error' },
        },
        {
          type: 'log.line', ts_ms: 1767604478000, ts_basis: 'point', ts_res_ms: 0.001, outcome: 'failure', message: 'AH00898: Error during SSL Handshake with remote server returned by /api',
          client: { ip: '2001:db8::10', port: 51514 }, network: { type: 'ipv6' }, url: { path: '/api' }, process: { pid: 4242 },
          error: { type: 'tls_protocol_error', code: 'AH00898', message: 'AH00898: Error during SSL Handshake with remote server returned by /api' }, log: { level: 'error' },
        },
      ],
      skipped: { 'not-an-event': 1, 'bad-time': 1, 'not-this-format': 1 },
    },
    {
      note: '2.2, and a client that refused the certificate',
      lines: [
        '[Mon Jan 05 09:14:07 2026] [error] [client 192.0.2.10] client denied by server configuration: /srv/private',
        '[Mon Jan 05 09:14:08.000001 2026] [ssl:info] [pid 7:tid 8] [client 192.0.2.11:51514] AH02008: SSL library error 1 in handshake (server www.example.com:443)',
        '[Mon Jan 05 09:14:08.000002 2026] [ssl:info] [pid 7:tid 8] SSL Library Error: error:0A000418:SSL routines::tlsv1 alert unknown ca (SSL alert number 48)',
      ],
      merged: 1,
      events: [
        {
          type: 'log.line', ts_ms: 1767604447000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', message: 'client denied by server configuration: /srv/private', client: { ip: '192.0.2.10' }, network: { type: 'ipv4' },
          error: { type: 'http_request_denied', message: 'client denied by server configuration: /srv/private' }, log: { level: 'error' },
        },
        {
          type: 'tls.handshake', ts_ms: 1767604448000.001, ts_basis: 'point', ts_res_ms: 0.001, outcome: 'failure', client: { ip: '192.0.2.11', port: 51514 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'tls' },
          tls: { established: false, alert: 'unknown_ca', alert_from: 'client' }, process: { pid: 7 },
          error: { type: 'tls_alert_received', code: 'error:0A000418', message: 'SSL library error 1 in handshake (server www.example.com:443): error:0A000418:SSL routines::tlsv1 alert unknown ca (SSL alert number 48)' }, log: { level: 'info' },
        },
      ],
    },
    {
      note: 'a module that gave no name (mod_php, old mod_security)',
      lines: '[Mon Jan 05 09:14:09.000001 2026] [:error] [pid 7] [client 192.0.2.12:51515] script \'/srv/www/a.php\' not found or unable to stat',
      events: [{
        type: 'log.line', ts_ms: 1767604449000.001, ts_basis: 'point', ts_res_ms: 0.001, message: 'script \'/srv/www/a.php\' not found or unable to stat', client: { ip: '192.0.2.12', port: 51515 }, network: { type: 'ipv4' }, process: { pid: 7 }, log: { level: 'error' },
      }],
    },
  ],
})
