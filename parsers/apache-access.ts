// Apache httpd access logs: common, combined, vhost_combined, combinedio, `%D` behind combined, ssl_request_log, and any LogFormat.
// Plain combined lines are the same text as nginx's, and nginx-access claims them; this parser claims common lines and files that show Apache's habits.
import { clfClaim } from '../src/read/access/clf-signs.js'
import { isSslRequest, openApacheAccess } from '../src/read/apache/access.js'
import { apacheTable } from '../src/read/apache/format.js'
import { defineParser } from '../src/read/define.js'
import { shareOf, type Parser } from '../src/read/parser.js'

function compile(format: string): Parser {
  const table = apacheTable(format)
  const reader = table.layout.open([], { path: '', head: { path: '', lines: [], json: () => undefined } } as never)
  return defineParser({ ...about, detect: head => shareOf(head, line => !('skip' in reader.read(line))), table, samples: [{ lines: '' }] })
}

const about = {
  id: 'apache-access',
  title: 'Apache httpd access log (common, combined, vhost_combined; any LogFormat as apache:FORMAT)',
  reference: 'https://httpd.apache.org/docs/current/mod/mod_log_config.html',
  dataset: 'apache.access',
  vantage: 'edge',
  types: ['http.request'],
  limits: 'The predefined formats have no host (but for vhost_combined), no duration and no cache state. A whole number behind the user agent is read as microseconds or bytes only where the file\'s numbers leave no doubt; else give the LogFormat. A back-end that times out is a 502 here, and only the error log says so.',
} as const

export default defineParser({
  ...about,
  types: ['http.request'],
  detect: head => Math.max(clfClaim(head, 'apache'), shareOf(head, isSslRequest) * 0.9),
  open: openApacheAccess,
  fromFormat: { prefix: 'apache', compile },
  samples: [
    {
      note: 'common, and combined with an escaped quote',
      lines: [
        '192.0.2.10 - alice [05/Jan/2026:10:14:07 +0100] "GET /a?x=1 HTTP/1.0" 200 2326',
        '2001:db8::10 - - [05/Jan/2026:09:14:08 +0000] "-" 408 - "-" "-"',
        '192.0.2.10 - - [05/Jan/2026:09:14:09 +0000] "GET /b HTTP/1.1" 304 - "https://www.example.com/\\"q\\"" "ExampleAgent/1.0"',
        '- - - - - - -',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' },
          url: { path: '/a', query: 'x=1' }, http: { version: '1.0', request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 2326 } } },
        },
        { type: 'http.request', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'http' }, http: { response: { status_code: 408 } } },
        {
          type: 'http.request', ts_ms: 1767604449000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' },
          url: { path: '/b' }, http: { version: '1.1', request: { method: 'GET', referrer: 'https://www.example.com/"q"' }, response: { status_code: 304 } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
      ],
      skipped: { 'not-this-format': 1 },
    },
    {
      note: 'vhost_combined and microseconds',
      lines: [
        'www.example.com:443 192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET /api HTTP/1.1" 502 341 "-" "ExampleAgent/1.0" 30004120',
        'www.example.com:443 192.0.2.11 - - [05/Jan/2026:09:14:08 +0000] "GET /b HTTP/1.1" 200 990 "-" "ExampleAgent/1.0" 12500',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604477004.12, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 30004.12, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', port: 443, path: '/api' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 502, bytes: 341 } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604448000, ts_end_ms: 1767604448012.5, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 12.5, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.11' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', port: 443, path: '/b' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200, bytes: 990 } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
      ],
    },
    {
      note: 'ssl_request_log',
      lines: '[05/Jan/2026:09:14:07 +0000] 192.0.2.10 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 "GET /a HTTP/1.1" 1375',
      events: [{
        type: 'http.request', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { path: '/a' },
        http: { version: '1.1', request: { method: 'GET' }, response: { body: { bytes: 1375 } } }, tls: { version: '1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
      }],
    },
    {
      note: 'a LogFormat with modifiers, a fraction and named values',
      format: '%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t %a:%{remote}p \\"%m %U%q %H\\" %>s %!200{X-Reason}o %{ms}T %{Host}i %{SSL_TLS_SNI}x %{cache-status}e|%X',
      lines: '05/Jan/2026:09:14:07.371 +0000 2001:db8::10:51544 "GET /a?b=1 HTTP/2.0" 200 - 250 www.example.com:8443 www.example.com cache miss: attempting entity save|X',
      events: [{
        type: 'http.request', ts_ms: 1767604447371, ts_end_ms: 1767604447621, ts_basis: 'start', ts_res_ms: 1, duration_ms: 250, outcome: 'failure', hostname: 'www.example.com',
        client: { ip: '2001:db8::10', port: 51544 }, network: { type: 'ipv6', protocol: 'http' }, url: { domain: 'www.example.com', port: 8443, path: '/a', query: 'b=1' },
        http: { version: '2', request: { method: 'GET' }, response: { status_code: 200 } }, tls: { client: { server_name: 'www.example.com' } },
        cdn: { cache: { status: 'miss', raw: 'cache miss: attempting entity save' } }, error: { type: 'client_abort', code: 'X' },
      }],
    },
  ],
})
