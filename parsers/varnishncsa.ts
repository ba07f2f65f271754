// varnishncsa: the combined format with an absolute URL in the request, or any -F string.
import { readClf } from '../src/read/access/clf.js'
import { defineParser } from '../src/read/define.js'
import type { Head } from '../src/read/parser.js'
import { compileVarnish } from '../src/read/varnish/format.js'
import { isVarnishLine, readTail, readVarnishLine } from '../src/read/varnish/line.js'

/** Sure where hits and handling are printed; a forward proxy's combined log looks the same without them. */
function detect(head: Head): number {
  let seen = 0
  let fitting = 0
  let telling = 0
  let foreign = 0
  for (const line of head.lines) {
    if (line.trim() === '' || line.startsWith('#')) continue
    seen++
    const clf = readClf(line)
    if (!clf) continue
    const tail = isVarnishLine(clf) ? readTail(line, clf.tail) : undefined
    if (tail && (tail.telling > 0 || tail.unknown === 0)) {
      fitting++
      if (tail.telling > 0) telling++
    } else foreign++
  }
  if (fitting === 0 || foreign > fitting / 9) return 0
  return (fitting / seen) * (telling * 2 > fitting ? 1 : 0.7)
}

export default defineParser({
  id: 'varnishncsa',
  title: 'Varnish access log (varnishncsa, default format or any -F string as varnish:FORMAT)',
  reference: 'https://varnish-cache.org/docs/trunk/reference/varnishncsa.html',
  dataset: 'varnish.access',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'The default format has no duration and no cache state, and its http:// is made up. The cause of a 503 is only in backend lines (-b), hits within grace are called hits, and with hitmiss alone a pass counts as a miss.',
  detect,
  open: context => ({ line: (text, _number, outer) => readVarnishLine(text, context, outer) }),
  fromFormat: { prefix: 'varnish', compile: compileVarnish },
  samples: [
    {
      note: 'default format',
      lines: [
        '192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET http://www.example.com/a?x=1 HTTP/1.1" 503 278 "https://www.example.com/" "ExampleAgent/1.0 (test)"',
        '2001:db8::10 - - [05/Jan/2026:10:14:08 +0100] "GET http://localhost/b HTTP/1.0" 304 - "-" "-"',
        '192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET http://www.exam',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/a', query: 'x=1' },
          http: { version: '1.1', request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 503, body: { bytes: 278 } } },
          user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success',
          client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'http' }, url: { path: '/b' },
          http: { version: '1.0', request: { method: 'GET' }, response: { status_code: 304 } },
        },
      ],
      skipped: { 'not-this-format': 1 },
    },
    {
      note: 'values appended to the default format',
      lines: [
        '192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET http://www.example.com/a HTTP/1.1" 503 282 "-" "ExampleAgent/1.0" miss miss ttfb=5.005479 D=5005834 be=- host=www.example.com vxid=33047',
        '192.0.2.10 - - [05/Jan/2026:09:14:12 +0000] "GET http://www.example.com/a HTTP/1.1" 503 282 "-" "ExampleAgent/1.0" hit hit ttfb=0.000123 D=373 be= host=www.example.com vxid=98311',
        '192.0.2.10 - - [05/Jan/2026:09:14:13 +0000] "POST http://www.example.com/a HTTP/1.1" 200 39 "-" "ExampleAgent/1.0" miss pass ttfb=0.000574 D=607 be=eu1 host=www.example.com vxid=65555',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604452005.834, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 5005.834, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/a' },
          http: { version: '1.1', request: { method: 'GET', id: '33047' }, response: { status_code: 503, body: { bytes: 282 } } },
          cdn: { ttfb_ms: 5005.479, cache: { status: 'miss', raw: 'miss' } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604452000, ts_end_ms: 1767604452000.373, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 0.373, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/a' },
          http: { version: '1.1', request: { method: 'GET', id: '98311' }, response: { status_code: 503, body: { bytes: 282 } } },
          cdn: { ttfb_ms: 0.123, cache: { status: 'error', raw: 'hit' } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604453000, ts_end_ms: 1767604453000.607, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 0.607, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/a' },
          http: { version: '1.1', request: { method: 'POST', id: '65555' }, response: { status_code: 200, body: { bytes: 39 } } },
          cdn: { ttfb_ms: 0.574, cache: { status: 'bypass', raw: 'pass' }, origin: { name: 'eu1' } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
      ],
    },
    {
      note: 'a stated format of backend lines',
      format: '%t %h "%r" %s %D %{Varnish:time_firstbyte}x "%{VSL:FetchError}x"',
      lines: [
        '[05/Jan/2026:09:14:07 +0000] 198.51.100.10 "GET http://www.example.com/report?x=1 HTTP/1.1" 503 60002871 - "first byte timeout"',
        '[05/Jan/2026:09:14:08 +0000] 198.51.100.10 "GET http://www.example.com/b HTTP/1.1" 200 2871 0.002100 "-"',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604507002.871, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 60002.871, outcome: 'failure', hostname: 'www.example.com',
          server: { ip: '198.51.100.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/report', query: 'x=1' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 503 } }, cdn: { origin: { ip: '198.51.100.10', duration_ms: 60002.871 } },
          error: { type: 'http_response_timeout', message: 'first byte timeout', code: 'first byte timeout' }, tags: ['subrequest'], labels: { leg: 'origin' },
        },
        {
          type: 'http.request', ts_ms: 1767604448000, ts_end_ms: 1767604448002.871, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 2.871, outcome: 'success', hostname: 'www.example.com',
          server: { ip: '198.51.100.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/b' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200 } }, cdn: { origin: { ip: '198.51.100.10', status_code: 200, wait_ms: 2.1, duration_ms: 2.871 } },
          tags: ['subrequest'], labels: { leg: 'origin' },
        },
      ],
    },
    {
      note: 'a stated JSON format',
      format: '{"ts":"%{%Y-%m-%dT%H:%M:%S%z}t","client":"%h","method":"%m","url":"%U%q","host":"%{Host}i","status":%s,"bytes":%b,"us":%D,"handling":"%{Varnish:handling}x","left":"%{VSL:Hit[2]}x","ua":"%{User-Agent}i"}',
      lines: '{"ts":"2026-01-05T09:14:07+0000","client":"192.0.2.10","method":"GET","url":"/a?x=1","host":"www.example.com:8080","status":200,"bytes":512,"us":250,"handling":"hit","left":"-1.500000","ua":"Example\\"Agent"}',
      events: [{
        type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604447000.25, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 0.25, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', port: 8080, path: '/a', query: 'x=1' },
        http: { request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 512 } } },
        cdn: { cache: { status: 'stale', raw: 'hit', ttl_s: -1.5 } }, user_agent: { original: 'Example"Agent' },
      }],
    },
  ],
})
