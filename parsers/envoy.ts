// Envoy's default text access log and Istio's longer one: one line a request (or a TCP connection), stamped with its start.
import { defineParser } from '../src/read/define.js'
import { compileEnvoy } from '../src/read/envoy/format.js'
import { isEnvoyLine, readEnvoyLine } from '../src/read/envoy/line.js'
import { shareOf } from '../src/read/parser.js'

export default defineParser({
  id: 'envoy',
  title: 'Envoy access log (default text format, Istio\'s, any format string as envoy:FORMAT)',
  reference: 'https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage',
  dataset: 'envoy.access',
  types: ['http.request', 'net.connect', 'tls.handshake'],
  vantage: 'edge',
  limits: 'The default format names the client only as X-Forwarded-For, which anybody can set, and has no TLS field; UF alone does not say whether the origin refused, timed out or failed in TLS: without details, one that took a second or more is read as a time-out. No cache state unless the cache filter answered.',
  detect: head => shareOf(head, isEnvoyLine),
  open: context => ({ line: (text, _number, outer) => readEnvoyLine(text, context, outer) }),
  fromFormat: { prefix: 'envoy', compile: compileEnvoy },
  samples: [
    {
      note: 'default format',
      lines: [
        '[2026-01-05T09:14:07.371Z] "GET /report?x=1 HTTP/2" 504 UT 0 24 15001 - "192.0.2.10,203.0.113.5" "Example "quoted" Agent/1.0" "00000000-0000-4000-8000-000000000001" "www.example.com:8443" "198.51.100.10:8080"',
        '[2026-01-05T09:14:08.000Z] "GET /app.js HTTP/1.1" 200 - 0 152 10 9 "-" "-" "-" "www.example.com" "tcp://198.51.100.10:8080"',
        '[2026-01-05T09:14:09.000Z] "GET /gone HTTP/1.1" 0 DC 0 0 900 - "-" "-" "-" "www.example.com" "[2001:db8::10]:8080"',
        '[2026-01-05T09:14:10.000Z] "GET /cut HTTP/1.1" 503 UF,URX 0 152',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447371, ts_end_ms: 1767604462372, ts_basis: 'start', ts_res_ms: 1, duration_ms: 15001, outcome: 'failure', hostname: 'www.example.com',
          network: { protocol: 'http', forwarded_ip: '192.0.2.10' }, url: { domain: 'www.example.com', port: 8443, path: '/report', query: 'x=1' },
          http: { version: '2', request: { method: 'GET', id: '00000000-0000-4000-8000-000000000001', body: { bytes: 0 } }, response: { status_code: 504, body: { bytes: 24 } } },
          cdn: { result: 'UT', origin: { ip: '198.51.100.10', port: 8080 } }, error: { type: 'http_response_timeout', code: 'UT' }, user_agent: { original: 'Example "quoted" Agent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604448000, ts_end_ms: 1767604448010, ts_basis: 'start', ts_res_ms: 1, duration_ms: 10, outcome: 'success', hostname: 'www.example.com',
          network: { protocol: 'http' }, url: { domain: 'www.example.com', path: '/app.js' },
          http: { version: '1.1', request: { method: 'GET', body: { bytes: 0 } }, response: { status_code: 200, body: { bytes: 152 } } },
          cdn: { origin: { ip: '198.51.100.10', port: 8080, status_code: 200, wait_ms: 9 } },
        },
        {
          type: 'http.request', ts_ms: 1767604449000, ts_end_ms: 1767604449900, ts_basis: 'start', ts_res_ms: 1, duration_ms: 900, outcome: 'failure', hostname: 'www.example.com',
          network: { protocol: 'http' }, url: { domain: 'www.example.com', path: '/gone' },
          http: { version: '1.1', request: { method: 'GET', body: { bytes: 0 } }, response: { body: { bytes: 0 } } },
          cdn: { result: 'DC', origin: { ip: '2001:db8::10', port: 8080 } }, error: { type: 'client_abort', code: 'DC' },
        },
      ],
      skipped: { incomplete: 1 },
    },
    {
      note: 'Istio',
      lines: [
        '[2026-01-05T09:14:07.371Z] "GET /a HTTP/1.1" 503 UF,URX upstream_reset_before_response_started{connection_failure,delayed_connect_error:_111} - "delayed connect error: 111" 0 152 12 - "-" "curl/8.5.0" "00000000-0000-4000-8000-000000000002" "www.example.com" "198.51.100.10:8080" outbound|80||web.shop.svc.cluster.local - 198.51.100.20:80 192.0.2.10:51544 - default',
        '[2026-01-05T09:14:08.000Z] "- - -" 0 - - - "-" 517 4200 61 - "-" "-" "-" "-" "198.51.100.11:443" PassthroughCluster 192.0.2.10:40000 198.51.100.11:443 192.0.2.10:51545 api.example.com -',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447371, ts_end_ms: 1767604447383, ts_basis: 'start', ts_res_ms: 1, duration_ms: 12, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 51544 }, server: { ip: '198.51.100.20', port: 80 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/a' },
          http: { version: '1.1', request: { method: 'GET', id: '00000000-0000-4000-8000-000000000002', body: { bytes: 0 } }, response: { status_code: 503, body: { bytes: 152 } } },
          cdn: { result: 'UF,URX', origin: { ip: '198.51.100.10', port: 8080, name: 'outbound|80||web.shop.svc.cluster.local' } },
          error: { type: 'connection_refused', code: 'UF,URX', message: 'delayed connect error: 111' }, user_agent: { original: 'curl/8.5.0' },
        },
        {
          type: 'net.connect', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1, outcome: 'success', hostname: 'api.example.com',
          client: { ip: '192.0.2.10', port: 51545, bytes: 517 }, server: { ip: '198.51.100.11', port: 443, bytes: 4200 }, network: { transport: 'tcp', type: 'ipv4', duration_ms: 61 },
          tls: { client: { server_name: 'api.example.com' } }, cdn: { origin: { ip: '198.51.100.11', port: 443, name: 'PassthroughCluster' } },
        },
      ],
    },
    {
      note: 'a stated format',
      format: '%START_TIME(%s.%3f)% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %DOWNSTREAM_TLS_VERSION% "%REQ(:METHOD)% %REQ(:PATH):256%" %RESPONSE_CODE% %RESPONSE_FLAGS% %DURATION% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %UPSTREAM_HOST%',
      lines: '1767604447.371 [2001:db8::10]:51544 www.example.com TLSv1.3 "GET /a?x=1" 503 UF 31 "TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED" 198.51.100.10:443',
      events: [{
        type: 'http.request', ts_ms: 1767604447371, ts_end_ms: 1767604447402, ts_basis: 'start', ts_res_ms: 1, duration_ms: 31, outcome: 'failure', hostname: 'www.example.com',
        client: { ip: '2001:db8::10', port: 51544 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'http' }, url: { scheme: 'https', path: '/a', query: 'x=1' },
        http: { request: { method: 'GET' }, response: { status_code: 503 } }, tls: { version: '1.3', version_protocol: 'tls', established: true, client: { server_name: 'www.example.com' } },
        cdn: { result: 'UF', origin: { ip: '198.51.100.10', port: 443 } },
        error: { type: 'tls_certificate_error', code: 'UF', message: 'TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED' },
      }],
    },
  ],
})
