// curl's own trace (`-v`, `--trace-ascii`, `--trace`): one request for every exchange, with what its connection and certificate told.
import { openTrace } from '../src/read/curl/parallel.js'
import { traceLine } from '../src/read/curl/verbose.js'
import { defineParser } from '../src/read/define.js'

const SURE = /^(?: {2}Trying \S|Connected to |Established connection to |Could not resolve |Re-?using existing |TLSv1|SSL connection using|ALPN|Connection #?\d* ?to host |Host \S+ was resolved|Hostname \S+ was found)/

export default defineParser({
  id: 'curl-verbose',
  title: 'curl trace (-v, --trace-ascii, --trace, --trace-time)',
  reference: 'https://curl.se/docs/manpage.html#-v',
  dataset: 'curl.trace',
  types: ['http.request'],
  vantage: 'client',
  limits: 'No times without --trace-time, and no date with it: stamp the trace. Its first line comes after the look-up, so DNS time is not in it. Exit 6 is the same for a name that does not exist and for a resolver that failed; exit 7 for refused and for no route. Parallel transfers (-Z) are told apart by --trace-ids or -vv only.',
  detect: head => {
    let seen = 0
    let fitting = 0
    let sure = false
    for (const text of head.lines) {
      if (text.trim() === '') continue
      seen++
      const line = traceLine(text)
      if (!line) continue
      if (line.kind !== 'row') fitting++
      else if (sure) fitting++
      if ((line.kind === '*' && SURE.test(line.text)) || line.kind === 'section' || line.kind === 'exit' || (line.kind === '>' && / HTTP\/\d/.test(line.text)) || (line.kind === '<' && /^HTTP\/\d/.test(line.text))) sure = true
    }
    return sure ? fitting / seen : 0
  },
  open: openTrace,
  samples: [
    {
      note: '--trace-time, a redirect, a refused connection',
      lines: [
        '09:14:07.100000 * Host www.example.com:443 was resolved.',
        '09:14:07.100100 * IPv6: 2001:db8::7',
        '09:14:07.100200 * IPv4: 203.0.113.7',
        '09:14:07.100300 *   Trying [2001:db8::7]:443...',
        '09:14:07.110300 * Connected to www.example.com (2001:db8::7) port 443',
        '09:14:07.112000 * ALPN: curl offers h2,http/1.1',
        '09:14:07.112100 } [5 bytes data]',
        '09:14:07.112200 * TLSv1.3 (OUT), TLS handshake, Client hello (1):',
        '09:14:07.130300 * SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384 / X25519 / id-ecPublicKey',
        '09:14:07.130400 * ALPN: server accepted h2',
        '09:14:07.130500 * Server certificate:',
        '09:14:07.130600 *  subject: C=US; O=Example, Inc.; CN=*.example.com',
        '09:14:07.130700 *  start date: Jan  1 00:00:00 2026 GMT',
        '09:14:07.130800 *  expire date: Apr  1 00:00:00 2026 GMT',
        '09:14:07.130900 *  subjectAltName: host "www.example.com" matched cert\'s "*.example.com"',
        '09:14:07.131000 *  issuer: C=US; O=Example CA; CN=Example CA 1',
        '09:14:07.131100 *  SSL certificate verify ok.',
        '09:14:07.131200 * using HTTP/2',
        '09:14:07.131300 * [HTTP/2] [1] OPENED stream for https://www.example.com/a?b=c',
        '09:14:07.131400 > GET /a?b=c HTTP/2',
        '09:14:07.131400 > Host: www.example.com',
        '09:14:07.131400 > User-Agent: curl/8.11.0',
        '09:14:07.131400 > ',
        '09:14:07.231400 < HTTP/2 301 ',
        '09:14:07.231500 < location: https://api.example.net/',
        '09:14:07.231600 < cf-ray: 8a1b2c3d4e5f6a7b-FRA',
        '09:14:07.231700 < cf-cache-status: MISS',
        '09:14:07.231800 < set-cookie: sid=1',
        '09:14:07.231900 < ',
        '09:14:07.241400 * Connection #0 to host www.example.com left intact',
        "09:14:07.242000 * Issue another request to this URL: 'https://api.example.net/'",
        '09:14:07.243000 *   Trying 203.0.113.9:443...',
        '09:14:07.244000 * connect to 203.0.113.9 port 443 from 192.0.2.10 port 40000 failed: Connection refused',
        '09:14:07.244100 * Failed to connect to api.example.net port 443 after 1 ms: Could not connect to server',
        '09:14:07.244200 * closing connection #1',
        'curl: (7) Failed to connect to api.example.net port 443 after 1 ms: Could not connect to server',
        '--2026-01-05-- not curl',
      ],
      clock: { anchorMs: 1767604447000 },
      events: [
        {
          type: 'http.request', line: 1, ts_ms: 1767604447000, ts_basis: 'anchored', ts_res_ms: 0.001, duration_ms: 141.4, outcome: 'success', hostname: 'www.example.com',
          server: { ip: '2001:db8::7', port: 443 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'http' },
          url: { scheme: 'https', domain: 'www.example.com', path: '/a', query: 'b=c' },
          http: { version: '2', request: { method: 'GET', id: '8a1b2c3d4e5f6a7b' }, response: { status_code: 301, headers: { location: 'https://api.example.net/', 'cf-ray': '8a1b2c3d4e5f6a7b-FRA', 'cf-cache-status': 'MISS' } } },
          tls: { version: '1.3', version_protocol: 'tls', cipher: 'TLS_AES_256_GCM_SHA384', curve: 'X25519', established: true, next_protocol: 'h2', validation: 'ok', sni_matches_certificate: true, client: { server_name: 'www.example.com', alpn: ['h2', 'http/1.1'] }, server: { subject: 'C=US; O=Example, Inc.; CN=*.example.com', issuer: 'C=US; O=Example CA; CN=Example CA 1', not_before: '2026-01-01T00:00:00.000000Z', not_after: '2026-04-01T00:00:00.000000Z', x509: { alternative_names: ['*.example.com'] } } },
          timing: { connect_ms: 10, tls_ms: 20, wait_ms: 100, receive_ms: 10 }, cdn: { provider: 'cloudflare', pop: 'FRA', cache: { status: 'miss', raw: 'MISS' } },
          user_agent: { original: 'curl/8.11.0' },
        },
        {
          type: 'http.request', line: 31, ts_ms: 1767604447142, ts_basis: 'anchored', ts_res_ms: 0.001, duration_ms: 2.2, outcome: 'failure', hostname: 'api.example.net',
          server: { ip: '203.0.113.9', port: 443 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'api.example.net' },
          error: { type: 'connection_refused', message: 'Failed to connect to api.example.net port 443 after 1 ms: Could not connect to server', code: '7' },
        },
      ],
      merged: 34,
      skipped: { 'not-this-format': 1 },
    },
    {
      note: 'a certificate',
      lines: [
        '*   Trying 203.0.113.7:443...',
        '* Connected to www.example.com (203.0.113.7) port 443 (#0)',
        '* TLSv1.3 (OUT), TLS handshake, Client hello (1):',
        '* TLSv1.3 (IN), TLS handshake, Certificate (11):',
        '* TLSv1.3 (OUT), TLS alert, certificate expired (557):',
        '* SSL certificate problem: certificate has expired',
        '* Closing connection 0',
        'curl: (60) SSL certificate problem: certificate has expired',
        'More details here: https://curl.se/docs/sslcerts.html',
        'curl: (28) Resolving timed out after 1000 milliseconds',
      ],
      events: [
        {
          type: 'http.request', line: 1, outcome: 'failure', hostname: 'www.example.com', server: { ip: '203.0.113.7', port: 443 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com' },
          tls: { established: false, alert: 'certificate_expired', alert_from: 'client', validation: 'certificate has expired', client: { server_name: 'www.example.com' } },
          error: { type: 'tls_certificate_error', message: 'SSL certificate problem: certificate has expired', code: '60' },
        },
        {
          type: 'http.request', line: 10, outcome: 'failure', network: { protocol: 'http' },
          error: { type: 'dns_timeout', message: 'Resolving timed out after 1000 milliseconds', code: '28' },
        },
      ],
      merged: 8,
    },
    {
      note: '--trace-ascii; a connection used again',
      lines: [
        '== Info:   Trying 192.0.2.7:8080...',
        '== Info: Connected to www.example.com (192.0.2.7) port 8080 (#0)',
        '=> Send header, 95 bytes (0x5f)',
        '0000: GET /list HTTP/1.1',
        '0014: Host: www.example.com:8080',
        '0030: User-Agent: curl/7.88.1',
        '0049: ',
        '<= Recv header, 26 bytes (0x1a)',
        '0000: HTTP/1.1 502 Bad Gateway',
        '<= Recv header, 16 bytes (0x10)',
        '0000: X-Cache: MISS',
        '<= Recv header, 2 bytes (0x2)',
        '0000: ',
        '<= Recv data, 5 bytes (0x5)',
        '0000: oops.',
        '== Info: Connection #0 to host www.example.com left intact',
        '== Info: Found bundle for host: 0x5622a208bb00 [serially]',
        '== Info: Re-using existing connection #0 with host www.example.com',
        '=> Send header, 95 bytes (0x5f)',
        '0000: HEAD /list HTTP/1.1',
      ],
      events: [
        {
          type: 'http.request', line: 1, outcome: 'failure', hostname: 'www.example.com', server: { ip: '192.0.2.7', port: 8080 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { scheme: 'http', domain: 'www.example.com', port: 8080, path: '/list' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 502, headers: { 'x-cache': 'MISS' } } }, cdn: { cache: { status: 'miss', raw: 'MISS' } },
          user_agent: { original: 'curl/7.88.1' },
        },
        {
          type: 'http.request', line: 17, hostname: 'www.example.com', server: { ip: '192.0.2.7', port: 8080 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
          url: { scheme: 'http', domain: 'www.example.com', port: 8080, path: '/list' }, http: { version: '1.1', request: { method: 'HEAD' } },
        },
      ],
      merged: 18,
    },
    {
      note: '-Z with --trace-ids: two transfers interleaved, the third on the connection of the first',
      lines: [
        '09:14:07.000000 [0-0] *   Trying 203.0.113.7:80...',
        '09:14:07.000100 [1-1] *   Trying 203.0.113.8:80...',
        '09:14:07.010000 [0-0] * Connected to a.example.com (203.0.113.7) port 80',
        '09:14:07.010200 [0-0] > GET /a HTTP/1.1',
        '09:14:07.010200 [0-0] > Host: a.example.com',
        '09:14:07.010200 [0-0] > ',
        '09:14:07.020000 [1-1] * Connected to b.example.com (203.0.113.8) port 80',
        '09:14:07.020200 [1-1] > GET /b HTTP/1.1',
        '09:14:07.020200 [1-1] > Host: b.example.com',
        '09:14:07.020200 [1-1] > ',
        '09:14:07.050000 [0-0] < HTTP/1.1 200 OK',
        '09:14:07.050100 [0-0] < ',
        '09:14:07.050200 [0-0] * Connection #0 to host a.example.com left intact',
        '09:14:07.060000 [2-0] * Re-using existing http: connection with host a.example.com',
        '09:14:07.060100 [2-0] > GET /c HTTP/1.1',
        '09:14:07.060100 [2-0] > Host: a.example.com',
        '09:14:07.060100 [2-0] > ',
        '09:14:07.090000 [2-0] < HTTP/1.1 404 Not Found',
        '09:14:07.120000 [1-1] < HTTP/1.1 503 Service Unavailable',
      ],
      events: [
        {
          type: 'http.request', line: 1, duration_ms: 50.2, outcome: 'success', hostname: 'a.example.com', server: { ip: '203.0.113.7', port: 80 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { scheme: 'http', domain: 'a.example.com', path: '/a' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200 } }, timing: { connect_ms: 10, wait_ms: 39.8, receive_ms: 0.2 },
        },
        {
          type: 'http.request', line: 2, duration_ms: 119.9, outcome: 'failure', hostname: 'b.example.com', server: { ip: '203.0.113.8', port: 80 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { scheme: 'http', domain: 'b.example.com', path: '/b' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 503 } }, timing: { connect_ms: 19.9, wait_ms: 99.8, receive_ms: 0 },
        },
        {
          type: 'http.request', line: 14, duration_ms: 30, outcome: 'success', hostname: 'a.example.com', server: { ip: '203.0.113.7', port: 80 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { scheme: 'http', domain: 'a.example.com', path: '/c' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 404 } }, timing: { wait_ms: 29.9, receive_ms: 0 },
        },
      ],
      merged: 16,
    },
  ],
})
