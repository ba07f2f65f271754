// LiteSpeed and OpenLiteSpeed access logs: combined lines, in many installations with a quote before each.
// Without that quote they are the text that nginx writes, and nginx-access claims them.
import { clfClaim } from '../src/read/access/clf-signs.js'
import { defineParser } from '../src/read/define.js'
import { combined, openCombined } from '../src/read/nginx/layouts.js'
import { finishHttp, HTTP_READS } from '../src/read/nginx/finish.js'
import { HTTP_ALSO, HTTP_FIELDS } from '../src/read/nginx/variables.js'
import type { LineReader, ParserContext } from '../src/read/parser.js'
import type { Table } from '../src/read/table.js'
import { time } from '../src/read/field.js'

// the manual does not say which moment the time is, so it is a point in the request
const TABLE: Table = {
  layout: combined(), fields: { ...HTTP_FIELDS, time_local: time('common_log', 'point') }, also: HTTP_ALSO, constant: { type: 'http.request' },
  reads: HTTP_READS,
  finish(draft, row) {
    const basis = draft.ts_basis
    finishHttp(draft, row)
    if (basis !== undefined) draft.ts_basis = basis
  },
}

function open(context: ParserContext): LineReader {
  const inner = openCombined(TABLE, { ...context, head: { ...context.head, lines: context.head.lines.map(line => line.charCodeAt(0) === 34 ? line.slice(1) : line) } })
  return { line: (text, number, outer) => inner.line(text.charCodeAt(0) === 34 ? text.slice(1) : text, number, outer) }
}

export default defineParser({
  id: 'litespeed',
  title: 'LiteSpeed access log',
  reference: 'https://openlitespeed.org/kb/customize-access-log-format/',
  dataset: 'litespeed.access',
  vantage: 'edge',
  types: ['http.request'],
  limits: 'No host, no duration, no cache state and no origin.',
  detect: head => clfClaim(head, 'litespeed'),
  open,
  samples: [{
    lines: [
      '"192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET /a?x=1 HTTP/2" 200 436 "https://www.example.com/" "ExampleAgent/1.0"',
      '"192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET /cut HTTP/2" 200 436 "https://www.exa',
    ],
    events: [{
      type: 'http.request', ts_ms: 1767604447000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'success', client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' },
      url: { path: '/a', query: 'x=1' }, http: { version: '2', request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 200, body: { bytes: 436 } } }, user_agent: { original: 'ExampleAgent/1.0' },
    }],
    skipped: { malformed: 1 },
  }],
})
