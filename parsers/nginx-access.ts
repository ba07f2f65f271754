// nginx http access logs: combined, the named values that people append to it, ingress-nginx, and any `log_format`.
// Plain combined lines are the same text whoever wrote them: this parser claims them unless the file shows signs of Apache (see clf-signs.ts).
import { clfClaim } from '../src/read/access/clf-signs.js'
import { defineParser } from '../src/read/define.js'
import { openNginxAccess } from '../src/read/nginx/access-table.js'
import { compileNginxFormat } from '../src/read/nginx/format.js'

export default defineParser({
  id: 'nginx-access',
  title: 'nginx access log (combined, with or without named values after it; any log_format as nginx:FORMAT)',
  reference: 'https://nginx.org/en/docs/http/ngx_http_log_module.html',
  dataset: 'nginx.access',
  vantage: 'edge',
  types: ['http.request'],
  limits: 'Combined has no host, no duration and no cache state. One line a request, written at its end: a failed handshake leaves none, and the upstream\'s connect time includes its TLS handshake.',
  detect: head => clfClaim(head, 'nginx'),
  open: openNginxAccess,
  fromFormat: { prefix: 'nginx', compile: compileNginxFormat },
  samples: [
    {
      note: 'combined',
      lines: [
        '192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET /a%20b?x=1 HTTP/1.1" 200 512 "https://www.example.com/" "ExampleAgent/1.0 (\\xC3\\xA9)"',
        '2001:db8::10 - - [05/Jan/2026:10:14:08 +0100] "\\x16\\x03\\x01\\x02" 400 150 "-" "-"',
        '192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET /cut HTTP/1.1" 200',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { path: '/a%20b', query: 'x=1' },
          http: { version: '1.1', request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 200, body: { bytes: 512 } } },
          user_agent: { original: 'ExampleAgent/1.0 (é)' },
        },
        {
          type: 'http.request', ts_ms: 1767604448000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success',
          client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'http' }, url: { original: '\\x16\\x03\\x01\\x02' },
          http: { response: { status_code: 400, body: { bytes: 150 } } },
        },
      ],
      skipped: { 'not-this-format': 1 },
    },
    {
      note: 'named upstream values; the origin answered nothing in time',
      lines: [
        '192.0.2.10 - - [05/Jan/2026:09:14:37 +0000] "GET /api/report HTTP/2.0" 504 160 "-" "ExampleAgent/1.0" rt=30.006 uct="0.001" uht="-" urt="30.005" ua="198.51.100.10:8080" us="504" cs=MISS host=www.example.com sni=www.example.com',
        '192.0.2.10 - - [05/Jan/2026:09:14:38 +0000] "GET /a.js HTTP/2.0" 200 900 "-" "ExampleAgent/1.0" rt=3.001 uct="-, -" uht="-, -" urt="3.000, 0.000" ua="198.51.100.10:8080, pool" us="504, 502" cs=STALE host=www.example.com sni=www.example.com',
        '192.0.2.10 - - [05/Jan/2026:09:14:39 +0000] "GET /b.js HTTP/2.0" 499 0 "-" "ExampleAgent/1.0" rt=1.100 uct="0.001" uht="-" urt="1.100" ua="198.51.100.10:8080" us="-" cs=- host=www.example.com sni=www.example.com',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604446994, ts_end_ms: 1767604477000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 30006, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/api/report' },
          http: { version: '2', request: { method: 'GET' }, response: { status_code: 504, body: { bytes: 160 } } }, tls: { client: { server_name: 'www.example.com' } },
          cdn: { cache: { status: 'miss', raw: 'MISS' }, origin: { ip: '198.51.100.10', port: 8080, status_code: 504, connect_ms: 1, duration_ms: 30005 } },
          error: { type: 'http_response_timeout', code: '504' }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604474999, ts_end_ms: 1767604478000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 3001, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/a.js' },
          http: { version: '2', request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 900 } } }, tls: { client: { server_name: 'www.example.com' } },
          cdn: {
            cache: { status: 'stale', raw: 'STALE' },
            origin: { name: 'pool', status_code: 502, duration_ms: 3000, attempts: [{ ip: '198.51.100.10', port: 8080, status_code: 504, duration_ms: 3000 }, { name: 'pool', status_code: 502, duration_ms: 0 }] },
          },
          error: { type: 'connection_timeout', code: '502' }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604477900, ts_end_ms: 1767604479000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 1100, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/b.js' },
          http: { version: '2', request: { method: 'GET' }, response: { status_code: 499, body: { bytes: 0 } } }, tls: { client: { server_name: 'www.example.com' } },
          cdn: { origin: { ip: '198.51.100.10', port: 8080, connect_ms: 1, duration_ms: 1100 } },
          error: { type: 'client_abort', code: '499' }, user_agent: { original: 'ExampleAgent/1.0' },
        },
      ],
    },
    {
      note: 'ingress-nginx',
      lines: '192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET / HTTP/1.1" 200 512 "-" "ExampleAgent/1.0" 90 0.004 [shop-web-80] [] 198.51.100.10:8080 512 0.004 200 0123456789abcdef0123456789abcdef',
      events: [{
        type: 'http.request', ts_ms: 1767604446996, ts_end_ms: 1767604447000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 4, outcome: 'success',
        client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { path: '/' },
        http: { version: '1.1', request: { method: 'GET', id: '0123456789abcdef0123456789abcdef', bytes: 90 }, response: { status_code: 200, body: { bytes: 512 } } },
        cdn: { origin: { ip: '198.51.100.10', port: 8080, name: 'shop-web-80', status_code: 200, bytes: 512, duration_ms: 4 } }, user_agent: { original: 'ExampleAgent/1.0' },
      }],
    },
    {
      note: 'ingress-nginx before 0.26: the true address in brackets, no alternative upstream; one that reached no upstream',
      lines: [
        '192.0.2.10 - [192.0.2.10] - - [05/Jan/2026:09:14:07 +0000] "HEAD /a HTTP/1.1" 308 0 "-" "ExampleAgent/1.0" 100 0.010 [shop-web-80] 198.51.100.10:8080 0 0.008 308 0123456789abcdef0123456789abcdef',
        '192.0.2.10 - [192.0.2.10] - - [05/Jan/2026:09:14:07 +0000] "HEAD /b HTTP/1.1" 308 0 "-" "ExampleAgent/1.0" 100 0.000 [shop-web-80] - - - - 0123456789abcdef0123456789abcdee',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604446990, ts_end_ms: 1767604447000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 10, outcome: 'success',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { path: '/a' },
          http: { version: '1.1', request: { method: 'HEAD', id: '0123456789abcdef0123456789abcdef', bytes: 100 }, response: { status_code: 308, body: { bytes: 0 } } },
          cdn: { origin: { ip: '198.51.100.10', port: 8080, name: 'shop-web-80', status_code: 308, duration_ms: 8 } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604447000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 0, outcome: 'success',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { path: '/b' },
          http: { version: '1.1', request: { method: 'HEAD', id: '0123456789abcdef0123456789abcdee', bytes: 100 }, response: { status_code: 308, body: { bytes: 0 } } },
          cdn: { origin: { name: 'shop-web-80' } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
      ],
    },
    {
      note: 'a format string: the finest of several times counts',
      format: '$remote_addr:$remote_port [$time_iso8601] $msec "$request" $status $request_time "$upstream_addr" $ssl_protocol/$ssl_cipher $ssl_session_reused $scheme://$host$request_uri',
      lines: '2001:db8::10:51544 [2026-01-05T09:14:07+00:00] 1767604447.371 "GET /a HTTP/1.1" 200 0.010 "unix:/run/app.sock" TLSv1.2/ECDHE-RSA-AES128-GCM-SHA256 r https://www.example.com/a?b=1',
      events: [{
        type: 'http.request', ts_ms: 1767604447361, ts_end_ms: 1767604447371, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 10, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '2001:db8::10', port: 51544 }, network: { type: 'ipv6', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/a', query: 'b=1' },
        http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200 } }, tls: { version: '1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', resumed: true },
        cdn: { origin: { name: 'unix:/run/app.sock' } },
      }],
    },
    {
      note: 'a virtual host, which may be an address, before the client or before the list that was forwarded',
      lines: [
        'www.example.com 198.51.100.7, 203.0.113.1 - - [05/Jan/2026:09:14:07 +0000] "GET /a HTTP/1.1" 200 5 "-" "ExampleAgent/1.0"',
        '203.0.113.80:8080 192.0.2.10 - - [05/Jan/2026:09:14:08 +0000] "" 400 0 "-" "-"',
        'www.example.com 198.51.100.7, 203.0.113.1 192.0.2.1 - - [05/Jan/2026:09:14:09 +0000] "GET /b HTTP/1.1" 200 5 "-" "ExampleAgent/1.0"',
        '192.0.2.10 198.51.100.9 - - [05/Jan/2026:09:14:09 +0000] "GET /c HTTP/1.1" 200 5 "-" "ExampleAgent/1.0"',
        'www.example.com nowhere, else - - [05/Jan/2026:09:14:09 +0000] "GET /b HTTP/1.1" 200 5 "-" "ExampleAgent/1.0"',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', network: { protocol: 'http', forwarded_ip: '198.51.100.7' },
          url: { domain: 'www.example.com', path: '/a' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 5 } } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604448000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' },
          url: { domain: '203.0.113.80', port: 8080 }, http: { response: { status_code: 400, body: { bytes: 0 } } },
        },
        {
          type: 'http.request', ts_ms: 1767604449000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.1' }, network: { type: 'ipv4', protocol: 'http', forwarded_ip: '198.51.100.7' },
          url: { domain: 'www.example.com', path: '/b' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 5 } } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604449000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', network: { protocol: 'http' },
          url: { path: '/c' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 5 } } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
      ],
      skipped: { 'not-this-format': 1 },
    },
  ],
})
