// Apache Traffic Server's `squid` format: one line a transaction, stamped with its start.
import { canonicalIp, splitHostPort } from '../src/address.js'
import { applyOutcome, wentOn } from '../src/read/ats/results.js'
import { isPristine, putUrl } from '../src/read/ats/url.js'
import { putTime } from '../src/read/field-kinds.js'
import { defineParser } from '../src/read/define.js'
import { skip, type Draft, type Head, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'
import { peerOf, readSquidLine, type SquidLine } from '../src/read/squid/line.js'
import { squidClaim } from '../src/read/squid/who.js'
import { readEpoch } from '../src/read/time.js'

/** Does the file print the client's URLs (`cquuc`) or, as by default, the remapped ones? One line whose URL names another host than the origin's settles it. */
function printsPristine(head: Head): boolean {
  return head.lines.some(text => {
    const line = readSquidLine(text)
    return !('skip' in line) && isPristine(line.url, line.peer) === true
  })
}

function putTarget(draft: Draft, line: SquidLine, pristine: boolean): void {
  if (line.method === 'CONNECT') {
    const target = splitHostPort(line.url)
    if (target) draft.url = { domain: target.host, ...(target.port ? { port: target.port } : {}) }
    return
  }
  putUrl(draft, line.url, pristine && isPristine(line.url, undefined) !== false, wentOn(line.hierarchy))
}

function readLine(line: SquidLine, pristine: boolean, context: ParserContext, outer?: Outer): LineResult {
  const stamp = readEpoch(line.time, 's')
  if (!stamp) return skip('bad-time')
  const draft: Draft = { type: 'http.request' }
  putTime(draft, stamp, 'start', context, outer)
  const durationMs = Number(line.elapsed)
  if (durationMs >= 0) draft.duration_ms = durationMs
  if (canonicalIp(line.client) !== undefined) draft.client = { ip: line.client }
  const status = Number(line.status)
  const response: NonNullable<NonNullable<Draft['http']>['response']> = { bytes: Number(line.bytes) }
  if (status >= 100) response.status_code = status
  if (line.type !== '' && line.type !== '-') response.mime_type = line.type
  draft.http = line.method === '-' ? { response } : { request: { method: line.method }, response }
  if (line.peer !== '' && wentOn(line.hierarchy)) draft.cdn = { origin: peerOf(line.peer) }
  putTarget(draft, line, pristine)
  applyOutcome(draft, { crc: line.tag, route: line.hierarchy, status, durationMs })
  return draft
}

export default defineParser({
  id: 'ats-squid',
  title: 'Apache Traffic Server access log (squid format)',
  reference: 'https://docs.trafficserver.apache.org/en/latest/admin-guide/logging/examples.en.html',
  dataset: 'ats.access',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'By default the URL is the remapped one: the host name asked for is lost, and is left out wherever the URL names an address or the origin. ERR_CONNECT_FAIL is the same for refused, timed out and untrusted origins: one that took a second or more is read as a time-out. A 5xx of the origin is not told from one made here.',
  detect: head => squidClaim(head, 'ats'),
  open(context) {
    let pristine = printsPristine(context.head)
    return {
      line(text, _number, outer) {
        const line = readSquidLine(text)
        if ('skip' in line) return line
        pristine ||= isPristine(line.url, line.peer) === true
        return readLine(line, pristine, context, outer)
      },
    }
  },
  samples: [
    {
      note: 'remapped URLs',
      lines: [
        '1767604447.371 30004 192.0.2.10 ERR_READ_TIMEOUT/504 512 GET https://origin.example.net/report?x=1 - TIMEOUT_DIRECT/origin.example.net text/html',
        '1767604448.000 0 2001:db8::10 TCP_MEM_HIT/200 2369 GET https://198.51.100.10/a.png - NONE/- image/png',
        '1767604449.000 6813 192.0.2.10 ERR_CONNECT_FAIL/502 518 GET http://198.51.100.10:8080/b - DIRECT/198.51.100.10 text/html',
        '1767604450.000 2 192.0.2.10 ERR_CONNECT_FAIL/502 518 GET http://198.51.100.10/c - DIRECT/198.51.100.10 text/html',
        '1767604451.000 26420 192.0.2.10 ERR_CLIENT_ABORT/000 0 POST https://198.51.100.10/d - EMPTY/198.51.100.10 -',
        '1767604452.000 12 192.0.2.10 TCP_REFR',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447371, ts_end_ms: 1767604477375, ts_basis: 'start', ts_res_ms: 1, duration_ms: 30004, outcome: 'failure',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { path: '/report', query: 'x=1' },
          http: { request: { method: 'GET' }, response: { status_code: 504, bytes: 512, mime_type: 'text/html' } },
          cdn: { cache: { status: 'error', raw: 'ERR_READ_TIMEOUT' }, origin: { name: 'origin.example.net' } }, error: { type: 'http_response_timeout', code: 'ERR_READ_TIMEOUT' },
        },
        {
          type: 'http.request', ts_ms: 1767604448000, ts_end_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1, duration_ms: 0, outcome: 'success',
          client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'http' }, url: { path: '/a.png' },
          http: { request: { method: 'GET' }, response: { status_code: 200, bytes: 2369, mime_type: 'image/png' } }, cdn: { cache: { status: 'hit', raw: 'TCP_MEM_HIT' } },
        },
        {
          type: 'http.request', ts_ms: 1767604449000, ts_end_ms: 1767604455813, ts_basis: 'start', ts_res_ms: 1, duration_ms: 6813, outcome: 'failure',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { path: '/b' },
          http: { request: { method: 'GET' }, response: { status_code: 502, bytes: 518, mime_type: 'text/html' } },
          cdn: { cache: { status: 'error', raw: 'ERR_CONNECT_FAIL' }, origin: { ip: '198.51.100.10', port: 8080 } }, error: { type: 'connection_timeout', code: 'ERR_CONNECT_FAIL' },
        },
        {
          type: 'http.request', ts_ms: 1767604450000, ts_end_ms: 1767604450002, ts_basis: 'start', ts_res_ms: 1, duration_ms: 2, outcome: 'failure',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { path: '/c' },
          http: { request: { method: 'GET' }, response: { status_code: 502, bytes: 518, mime_type: 'text/html' } },
          cdn: { cache: { status: 'error', raw: 'ERR_CONNECT_FAIL' }, origin: { ip: '198.51.100.10' } }, error: { type: 'destination_unavailable', code: 'ERR_CONNECT_FAIL' },
        },
        {
          type: 'http.request', ts_ms: 1767604451000, ts_end_ms: 1767604477420, ts_basis: 'start', ts_res_ms: 1, duration_ms: 26420, outcome: 'failure',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { path: '/d' },
          http: { request: { method: 'POST' }, response: { bytes: 0 } },
          cdn: { cache: { status: 'error', raw: 'ERR_CLIENT_ABORT' }, origin: { ip: '198.51.100.10' } }, error: { type: 'client_abort', code: 'ERR_CLIENT_ABORT' },
        },
      ],
      skipped: { incomplete: 1 },
    },
    {
      note: 'the client\'s URLs (cquuc) and whole seconds',
      lines: [
        '1767604447 1 192.0.2.10 TCP_REFRESH_HIT/200 2145 GET https://www.example.com/a?x=1 - DIRECT/198.51.100.10 text/html',
        '1767604448 0 192.0.2.10 TCP_HIT/200 2145 GET https://img.example.com/b - NONE/0 text/html',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604447001, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 1, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/a', query: 'x=1' },
          http: { request: { method: 'GET' }, response: { status_code: 200, bytes: 2145, mime_type: 'text/html' } }, cdn: { cache: { status: 'revalidated', raw: 'TCP_REFRESH_HIT' }, origin: { ip: '198.51.100.10' } },
        },
        {
          type: 'http.request', ts_ms: 1767604448000, ts_end_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 0, outcome: 'success', hostname: 'img.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'img.example.com', path: '/b' },
          http: { request: { method: 'GET' }, response: { status_code: 200, bytes: 2145, mime_type: 'text/html' } }, cdn: { cache: { status: 'hit', raw: 'TCP_HIT' } },
        },
      ],
    },
  ],
})
