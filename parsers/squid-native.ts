// Squid's native access.log: one line a transaction, written and stamped at its end.
import { putTime } from '../src/read/field-kinds.js'
import { defineParser } from '../src/read/define.js'
import { skip, type Draft, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'
import { applySquid } from '../src/read/squid/event.js'
import { readSquidLine } from '../src/read/squid/line.js'
import { squidClaim } from '../src/read/squid/who.js'
import { readEpoch } from '../src/read/time.js'

function readLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  const line = readSquidLine(text)
  if ('skip' in line) return line
  // a sibling cache asked whether an object is here: no client's request
  if (line.tag.startsWith('UDP_') || line.method.startsWith('ICP_')) return skip('not-an-event', 'a question of another cache')
  const stamp = readEpoch(line.time, 's')
  if (!stamp) return skip('bad-time')
  const draft: Draft = { type: 'http.request' }
  putTime(draft, stamp, 'end', context, outer)
  const elapsed = Number(line.elapsed)
  if (elapsed >= 0) draft.duration_ms = elapsed // a clock that was set back gives less than none
  applySquid(draft, { client: line.client, tag: line.tag, route: line.hierarchy, peer: line.peer, status: Number(line.status), bytes: Number(line.bytes), request: `${line.method} ${line.url}` })
  if (line.type !== '' && line.type !== '-' && line.type.includes('/')) draft.http!.response!.mime_type = line.type
  return draft
}

export default defineParser({
  id: 'squid-native',
  title: 'Squid access.log (native format)',
  reference: 'https://wiki.squid-cache.org/Features/LogFormat',
  dataset: 'squid.access',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'The cause of a 503 or 504 is not in the line, nor whether the origin sent it; a time-out may be the client\'s; an HTTPS tunnel is one CONNECT line without path or status of what went through it.',
  detect: head => squidClaim(head, 'squid'),
  open: context => ({ line: (text, _number, outer) => readLine(text, context, outer) }),
  samples: [
    {
      lines: [
        '1767604477.371  30004 192.0.2.10 TCP_MISS/504 4112 GET http://www.example.com/report?x=1 - HIER_DIRECT/198.51.100.10 text/html',
        '1767604478.000     12 2001:db8::10 TCP_REFRESH_FAIL_OLD/200 5390 GET http://www.example.com/app.js - HIER_DIRECT/198.51.100.10 application/javascript',
        '1767604479.000   5001 192.0.2.10 TCP_TUNNEL/200 6256 CONNECT api.example.com:443 user1 HIER_DIRECT/198.51.100.11 -',
        '1767604480.000    900 192.0.2.10 TCP_MISS_ABORTED/000 0 GET http://www.example.com/a b - HIER_DIRECT/198.51.100.10 - 902351708.872',
        '1767604481.000      0 192.0.2.10 NONE_NONE/400 3900 NONE error:invalid-request - HIER_NONE/- text/html',
        '1767604482.000      1 192.0.2.10 TCP_CF_MISS/200 812 GET http://www.example.com/c - FIRSTUP_PARENT/parent.example.net text/css [Host: www.example.com] [HTTP/1.1 200 OK]',
        '1767604483.000      0 192.0.2.11 UDP_MISS/000 62 ICP_QUERY http://www.example.com/d - HIER_NONE/- -',
        '1767604484.000     10 192.0.2.10 TCP_HIT',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447367, ts_end_ms: 1767604477371, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 30004, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'http', domain: 'www.example.com', path: '/report', query: 'x=1' },
          http: { request: { method: 'GET' }, response: { status_code: 504, bytes: 4112, mime_type: 'text/html' } }, cdn: { cache: { status: 'miss', raw: 'TCP_MISS' }, origin: { ip: '198.51.100.10' } },
        },
        {
          type: 'http.request', ts_ms: 1767604477988, ts_end_ms: 1767604478000, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 12, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'http' }, url: { scheme: 'http', domain: 'www.example.com', path: '/app.js' },
          http: { request: { method: 'GET' }, response: { status_code: 200, bytes: 5390, mime_type: 'application/javascript' } },
          cdn: { cache: { status: 'stale', raw: 'TCP_REFRESH_FAIL_OLD' }, origin: { ip: '198.51.100.10' } },
        },
        {
          type: 'http.request', ts_ms: 1767604473999, ts_end_ms: 1767604479000, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 5001, outcome: 'success', hostname: 'api.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'api.example.com', port: 443 },
          http: { request: { method: 'CONNECT' }, response: { status_code: 200, bytes: 6256 } }, cdn: { cache: { status: 'none', raw: 'TCP_TUNNEL' }, origin: { ip: '198.51.100.11' } },
        },
        {
          type: 'http.request', ts_ms: 1767604479100, ts_end_ms: 1767604480000, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 900, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'http', domain: 'www.example.com', path: '/a b' },
          http: { request: { method: 'GET' }, response: { bytes: 0 } }, cdn: { cache: { status: 'miss', raw: 'TCP_MISS_ABORTED' }, origin: { ip: '198.51.100.10' } },
          error: { type: 'client_abort', code: 'TCP_MISS_ABORTED' },
        },
        {
          type: 'http.request', ts_ms: 1767604481000, ts_end_ms: 1767604481000, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 0, outcome: 'failure',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { original: 'error:invalid-request' },
          http: { response: { status_code: 400, bytes: 3900, mime_type: 'text/html' } }, cdn: { cache: { status: 'none', raw: 'NONE_NONE' } },
          error: { type: 'http_request_error', code: 'error:invalid-request' },
        },
        {
          type: 'http.request', ts_ms: 1767604481999, ts_end_ms: 1767604482000, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 1, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'http', domain: 'www.example.com', path: '/c' },
          http: { request: { method: 'GET' }, response: { status_code: 200, bytes: 812, mime_type: 'text/css' } },
          cdn: { result: 'FIRSTUP_PARENT', cache: { status: 'miss', raw: 'TCP_CF_MISS' }, origin: { name: 'parent.example.net' } }, tags: ['collapsed'],
        },
      ],
      skipped: { 'not-an-event': 1, incomplete: 1 },
    },
  ],
})
