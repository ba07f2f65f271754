// Access logs in LTSV, as nginx, Apache, lighttpd and H2O write them by the recipes of ltsv.org.
import { labelsOf, openLtsv } from '../src/read/access/ltsv.js'
import { defineParser } from '../src/read/define.js'
import { shareOf } from '../src/read/parser.js'

/** What an access log has and other LTSV logs have not. */
const REQUEST = ['req', 'request', 'uri', 'request_uri', 'method', 'request_method']

export default defineParser({
  id: 'ltsv-access',
  title: 'Access log in LTSV (labeled tab-separated values)',
  reference: 'http://ltsv.org/',
  dataset: 'ltsv.access',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'A time in brackets is Apache\'s and the start of the request, one without is nginx\'s and the end. `host` is the client unless another label names it; `cache` is read only where it is nginx\'s own word.',
  detect: head => shareOf(head, line => {
    const labels = line.includes('\t') ? labelsOf(line) : undefined
    return labels !== undefined && labels.length >= 4 && labels.includes('status') && labels.some(label => REQUEST.includes(label))
  }),
  open: openLtsv,
  samples: [
    {
      note: "nginx, ltsv.org's recipe",
      lines: [
        'time:05/Jan/2026:09:14:12 +0000\thost:192.0.2.10\tforwardedfor:203.0.113.9\treq:GET /a?x=1 HTTP/1.1\tstatus:504\tmethod:GET\turi:/a?x=1\tsize:160\treferer:-\tua:ExampleAgent/1.0 (a: b)\treqtime:5.002\tcache:-\truntime:-\tapptime:5.000\tvhost:www.example.com',
        'time:05/Jan/2026:09:14:13 +0000\thost:192.0.2.10\treq:GET /cut',
        'no labels here',
      ],
      events: [
        {
          type: 'http.request', line: 1, ts_ms: 1767604446998, ts_end_ms: 1767604452000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 5002, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http', forwarded_ip: '203.0.113.9' }, url: { domain: 'www.example.com', path: '/a', query: 'x=1' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 504, body: { bytes: 160 } } }, cdn: { origin: { duration_ms: 5000 } },
          user_agent: { original: 'ExampleAgent/1.0 (a: b)' },
        },
      ],
      skipped: { 'not-this-format': 1, incomplete: 1 },
    },
    {
      note: 'Apache',
      lines: 'host:2001:db8::10\tconstructor:x\t__proto__:y\tident:-\tuser:-\ttime:[05/Jan/2026:09:14:07 +0000]\treq:GET /a HTTP/1.1\tstatus:200\tsize:512\treferer:https://www.example.com/\tua:ExampleAgent/1.0\treqtime_microsec:2500\tvhost:www.example.com',
      events: [
        {
          type: 'http.request', line: 1, ts_ms: 1767604447000, ts_end_ms: 1767604447002.5, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 2.5, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'http' }, url: { domain: 'www.example.com', path: '/a' },
          http: { version: '1.1', request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 200, body: { bytes: 512 } } },
          user_agent: { original: 'ExampleAgent/1.0' },
        },
      ],
    },
    {
      note: "labels of nginx's own names",
      lines: 'time:2026-01-05T09:14:07+00:00\tremote_addr:192.0.2.10\thost:www.example.com\trequest_method:GET\trequest_uri:/b\tstatus:200\tbody_bytes_sent:10\trequest_time:0.010\tupstream_addr:198.51.100.10:8080\tupstream_cache_status:HIT',
      events: [
        {
          type: 'http.request', line: 1, ts_ms: 1767604446990, ts_end_ms: 1767604447000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 10, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/b' },
          http: { request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 10 } } }, cdn: { cache: { status: 'hit', raw: 'HIT' }, origin: { ip: '198.51.100.10', port: 8080 } },
        },
      ],
    },
  ],
})
