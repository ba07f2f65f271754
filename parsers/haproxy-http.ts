// HAProxy `option httplog`, `option httpslog` and `option httplog clf`: one line a request, written when it ends but stamped with its first byte.
import { defineParser } from '../src/read/define.js'
import { isClfLine, readClfLine } from '../src/read/haproxy/clf.js'
import { compileHaproxy } from '../src/read/haproxy/compile.js'
import { isHttpLine, readHttpLine } from '../src/read/haproxy/lines.js'
import { isSkip, shareOf } from '../src/read/parser.js'

const CLF_MARK = ' "" "" '

export default defineParser({
  id: 'haproxy-http',
  title: 'HAProxy HTTP log (httplog, httpslog, clf, or a stated log-format)',
  reference: 'https://docs.haproxy.org/3.2/configuration.html#8.2.3',
  dataset: 'haproxy.http',
  types: ['http.request', 'net.connect', 'tls.handshake'],
  group: 'haproxy',
  vantage: 'edge',
  limits: 'No origin address (only backend/server), no cache state, and no host name unless it is captured or the request is HTTP/2; captured headers carry no names, so only what looks like a Host, User-Agent or Referer is taken; a connect failure of TLS to the server is not told from a refusal; times carry no zone.',
  detect: head => shareOf(head, line => isHttpLine(line) || isClfLine(line)),
  open: context => ({
    line(text, _number, outer) {
      const result = readHttpLine(text, context, outer)
      return typeof result === 'object' && isSkip(result) && result.skip === 'not-this-format' && text.includes(CLF_MARK) ? readClfLine(text, context, outer) : result
    },
  }),
  fromFormat: { prefix: 'haproxy', compile: compileHaproxy },
  samples: [
    {
      note: 'HTTP/2 over TLS with captured headers, and what is no request',
      lines: [
        '192.0.2.10:51544 [05/Jan/2026:09:14:07.371] fe_https~ be_app/srv1 0/0/1/12/13 200 2094 - - ---- 9/9/2/2/0 0/0 {www.example.com|ExampleApp/7.3 (test) r1} "GET https://www.example.com/a?x=1 HTTP/2.0"',
        '192.0.2.10:51545 [05/Jan/2026:09:14:08.000] fe_https~ be_app/srv1 0/0/1/12',
        '',
      ],
      events: [{
        type: 'http.request', ts_ms: 1767604447371, ts_end_ms: 1767604447384, ts_basis: 'start', ts_res_ms: 1, duration_ms: 13, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 51544 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
        url: { scheme: 'https', domain: 'www.example.com', path: '/a', query: 'x=1' },
        http: { version: '2', request: { method: 'GET' }, response: { status_code: 200, bytes: 2094 } },
        cdn: { ttfb_ms: 13, origin: { name: 'be_app/srv1', status_code: 200, connect_ms: 1, wait_ms: 12 } },
        user_agent: { original: 'ExampleApp/7.3 (test) r1' },
      }],
      skipped: { incomplete: 1, blank: 1 },
    },
    {
      note: 'failures of the origin, of the client, and local answers',
      lines: [
        ' 192.0.2.11:51546 [05/Jan/2026:09:14:07.000] fe_https~ be_tls/eu1 0/0/-1/-1/6002 503 0 - - sC-- 5/5/2/2/1 0/0 {api.example.com:8443|} {} "GET /x HTTP/1.1"',
        '2001:db8::10:51547 [05/Jan/2026:09:14:07.000] fe be_app/srv1 2/0/1/-1/30004 504 198 - - sH-- 5/5/2/2/0 0/0 "GET /slow HTTP/1.1"',
        '192.0.2.11:51548 [05/Jan/2026:09:14:07.000] fe be_app/<NOSRV> 1/5000/-1/-1/5001 503 217 - - sQ-- 210/208/200/0/0 0/35 "GET /q HTTP/1.1"',
        '192.0.2.11:51549 [05/Jan/2026:09:14:07.000] fe be_app/srv2 0/0/0/-1/900 -1 0 - - CH-- 5/5/2/2/+1 0/0 "GET /gone HTTP/1.1"',
        '192.0.2.11:51550 [05/Jan/2026:09:14:07.000] fe fe/<NOSRV> -1/-1/-1/-1/0 400 187 - - PR-- 5/5/0/0/0 0/0 "<BADREQ>"',
        '192.0.2.11:51551 [05/Jan/2026:09:14:07.000] fe be_app/<CACHE> 0/-1/-1/-1/0 200 512 SID=a b - LR-- 5/5/0/0/0 0/0 "GET /c#23d HTTP/1.1"',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604453002, ts_basis: 'start', ts_res_ms: 1, duration_ms: 6002, outcome: 'failure', hostname: 'api.example.com',
          client: { ip: '192.0.2.11', port: 51546 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
          url: { scheme: 'https', domain: 'api.example.com', port: 8443, path: '/x' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 503, bytes: 0 } },
          cdn: { result: 'sC--', origin: { name: 'be_tls/eu1', connect_ms: 6002 } }, error: { type: 'connection_timeout', code: 'sC' },
        },
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604477004, ts_basis: 'start', ts_res_ms: 1, duration_ms: 30004, outcome: 'failure',
          client: { ip: '2001:db8::10', port: 51547 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'http' },
          url: { path: '/slow' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 504, bytes: 198 } },
          cdn: { result: 'sH--', origin: { name: 'be_app/srv1', connect_ms: 1, wait_ms: 30001 } }, error: { type: 'http_response_timeout', code: 'sH' },
        },
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604452001, ts_basis: 'start', ts_res_ms: 1, duration_ms: 5001, outcome: 'failure',
          client: { ip: '192.0.2.11', port: 51548 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
          url: { path: '/q' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 503, bytes: 217 } },
          cdn: { result: 'sQ--', origin: { name: 'be_app' } }, error: { type: 'connection_limit_reached', code: 'sQ' },
        },
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604447900, ts_basis: 'start', ts_res_ms: 1, duration_ms: 900, outcome: 'failure',
          client: { ip: '192.0.2.11', port: 51549 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
          url: { path: '/gone' }, http: { version: '1.1', request: { method: 'GET' }, response: { bytes: 0 } },
          cdn: { result: 'CH--', origin: { name: 'be_app/srv2', connect_ms: 0, wait_ms: 900 } }, error: { type: 'client_abort', code: 'CH' },
        },
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1, duration_ms: 0, outcome: 'failure',
          client: { ip: '192.0.2.11', port: 51550 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
          http: { response: { status_code: 400, bytes: 187 } }, cdn: { result: 'PR--' }, error: { type: 'http_request_error', code: 'PR' },
        },
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1, duration_ms: 0, outcome: 'success',
          client: { ip: '192.0.2.11', port: 51551 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
          url: { path: '/c' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200, bytes: 512 } },
          cdn: { result: 'LR--', cache: { status: 'hit', raw: '<CACHE>' } },
        },
      ],
    },
    {
      note: 'httpslog, logasap, and the CLF option',
      lines: [
        '192.0.2.12:40000 [05/Jan/2026:09:14:07.371] fe_https~ be_app/srv1 0/0/0/2/+2 200 +301 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1" 0/0000000000000000/0/0/1 www.example.com/TLSv1.3/TLS_AES_256_GCM_SHA384',
        '192.0.2.12 - - [05/Jan/2026:09:14:07 +0000] "GET /b HTTP/1.1" 200 1234 "" "" 40001 371 "fe" "be_app" "srv1" 0 0 1 2 5 "----" 1 1 0 0 0 0 0 "" "" "" ""',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447371, ts_basis: 'start', ts_res_ms: 1, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.12', port: 40000 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
          url: { scheme: 'https', path: '/' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200 } },
          tls: { version: '1.3', version_protocol: 'tls', cipher: 'TLS_AES_256_GCM_SHA384', established: true, resumed: true, client: { server_name: 'www.example.com' } },
          cdn: { ttfb_ms: 2, origin: { name: 'be_app/srv1', status_code: 200, connect_ms: 0, wait_ms: 2 } },
        },
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604447005, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 5, outcome: 'success',
          client: { ip: '192.0.2.12', port: 40001 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
          url: { path: '/b' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200, bytes: 1234 } },
          cdn: { ttfb_ms: 3, origin: { name: 'be_app/srv1', status_code: 200, connect_ms: 1, wait_ms: 2 } },
        },
      ],
    },
    {
      note: 'a stated log-format',
      format: '%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %tsc %si:%sp %hr %{+Q}r sni=%[ssl_fc_sni] %sslv/%sslc',
      lines: [
        '192.0.2.13:40002 [05/Jan/2026:09:14:07.371] fe~ be/s1 0/0/1/2/4 200 99 ---- 198.51.100.10:8080 {www.example.com|curl/8.5.0} "GET /p?q=1 HTTP/1.1" sni=www.example.com TLSv1.2/ECDHE-RSA-AES128-GCM-SHA256',
        '2001:db8::13:40003 [05/Jan/2026:09:14:07.371] fe be/s1 0/0/-1/-1/1 503 99 SC-- -:- "GET /p HTTP/1.1" sni=- -/-',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447371, ts_end_ms: 1767604447375, ts_basis: 'start', ts_res_ms: 1, duration_ms: 4, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.13', port: 40002 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
          url: { scheme: 'https', domain: 'www.example.com', path: '/p', query: 'q=1' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200, bytes: 99 } },
          tls: { version: '1.2', version_protocol: 'tls', cipher: 'ECDHE-RSA-AES128-GCM-SHA256', established: true, client: { server_name: 'www.example.com' } },
          cdn: { ttfb_ms: 3, origin: { ip: '198.51.100.10', port: 8080, name: 'be/s1', status_code: 200, connect_ms: 1, wait_ms: 2 } },
          user_agent: { original: 'curl/8.5.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604447371, ts_end_ms: 1767604447372, ts_basis: 'start', ts_res_ms: 1, duration_ms: 1, outcome: 'failure',
          client: { ip: '2001:db8::13', port: 40003 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'http' },
          url: { path: '/p' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 503, bytes: 99 } },
          cdn: { result: 'SC--', origin: { name: 'be/s1', connect_ms: 1 } }, error: { type: 'connection_refused', code: 'SC' },
        },
      ],
    },
  ],
})
