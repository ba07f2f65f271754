// Squid's `common` and `combined` formats: the Apache formats with an absolute URL, and `TAG:ROUTE` behind them. Written and stamped at the end.
import { unescapeValue } from '../src/read/access/escapes.js'
import { putTime } from '../src/read/field-kinds.js'
import { defineParser } from '../src/read/define.js'
import { shareOf, skip, type Draft, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'
import { applySquid } from '../src/read/squid/event.js'
import { clfTail } from '../src/read/squid/who.js'
import { readCommonLog } from '../src/read/time.js'

/** `TCP_MISS:HIER_DIRECT` behind two quoted headers, or alone. */
const TAIL = /^(?:"((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)" )?([A-Z]{3,4}_[A-Z_]+):([A-Z][A-Z_]+)(?: |$)/

function readLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  const found = clfTail(text)
  if (!found) return skip('not-this-format', 'no Common Log Format')
  const parts = TAIL.exec(found.tail)
  if (!parts) return found.tail === '' || found.tail.startsWith('"') ? skip('incomplete', 'no tag') : skip('not-this-format', 'no tag')
  const { clf } = found
  const stamp = readCommonLog(clf.time)
  if (!stamp) return skip('bad-time')
  const draft: Draft = { type: 'http.request' }
  putTime(draft, stamp, 'end', context, outer)
  const [, referer = '-', agent = '-', tag = '', route = ''] = parts
  applySquid(draft, { client: clf.client, tag, route, peer: '', status: Number(clf.status), bytes: clf.bytes === '-' ? -1 : Number(clf.bytes), request: unescapeValue(clf.request) })
  if (referer !== '-' && referer !== '') ((draft.http ??= {}).request ??= {}).referrer = unescapeValue(referer)
  if (agent !== '-' && agent !== '') draft.user_agent = { original: unescapeValue(agent) }
  return draft
}

export default defineParser({
  id: 'squid-combined',
  title: 'Squid access log (common and combined formats)',
  reference: 'https://wiki.squid-cache.org/Features/LogFormat',
  dataset: 'squid.access',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No duration, so the only time is the end of the request, in whole seconds; no origin address; the cause of a 503 or 504 is not in the line.',
  detect: head => shareOf(head, line => TAIL.test(clfTail(line)?.tail ?? '')),
  open: context => ({ line: (text, _number, outer) => readLine(text, context, outer) }),
  samples: [{
    lines: [
      '192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET http://www.example.com/a?x=1 HTTP/1.1" 200 5390 "-" "ExampleAgent/1.0 (test)" TCP_REFRESH_MODIFIED:HIER_DIRECT',
      '2001:db8::10 - user1 [05/Jan/2026:10:14:08 +0100] "CONNECT api.example.com:443 HTTP/1.1" 503 3900 TCP_MISS:HIER_NONE',
      '192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET http://www.example.com/b HTTP/1.1" 200 53',
    ],
    events: [
      {
        type: 'http.request', ts_ms: 1767604447000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'http', domain: 'www.example.com', path: '/a', query: 'x=1' },
        http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200, bytes: 5390 } }, cdn: { cache: { status: 'expired', raw: 'TCP_REFRESH_MODIFIED' } },
        user_agent: { original: 'ExampleAgent/1.0 (test)' },
      },
      {
        type: 'http.request', ts_ms: 1767604448000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'failure', hostname: 'api.example.com',
        client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'http' }, url: { domain: 'api.example.com', port: 443 },
        http: { version: '1.1', request: { method: 'CONNECT' }, response: { status_code: 503, bytes: 3900 } }, cdn: { cache: { status: 'miss', raw: 'TCP_MISS' } },
        error: { type: 'destination_unavailable', code: 'TCP_MISS' },
      },
    ],
    skipped: { incomplete: 1 },
  }],
})
