// A Go program that logs the hooks of net/http/httptrace, a line each: phases of each request on the client's own clock.
import { defineParser } from '../src/read/define.js'
import { goShare } from '../src/read/go/heads.js'
import { hookOf, TraceReader } from '../src/read/go/httptrace.js'

export default defineParser({
  id: 'go-httptrace',
  title: 'Go net/http/httptrace hooks (trace id=N HOOK key=value …)',
  reference: 'https://pkg.go.dev/net/http/httptrace',
  dataset: 'go.httptrace',
  types: ['http.request'],
  group: 'go-trace',
  vantage: 'client',
  limits: 'Go prints no such lines itself: this reads programs that write `trace id=N`, the name of a hook, and what it was given as key=value. The go command has no such hooks.',
  detect: head => goShare(head, message => (hookOf(message) ? 'sure' : undefined)),
  open: context => new TraceReader(context),
  samples: [
    {
      lines: [
        '2026/01/05 09:14:07.100000 trace id=1 start GET https://proxy.example.com/example.com/mod/@v/v1.0.0.zip',
        '2026/01/05 09:14:07.100100 trace id=1 GetConn hostport=proxy.example.com:443',
        '2026/01/05 09:14:07.100200 trace id=1 DNSStart host=proxy.example.com',
        '2026/01/05 09:14:07.106200 trace id=1 DNSDone addrs=[{2001:db8::11 } {203.0.113.11 }] coalesced=false err=<nil>',
        '2026/01/05 09:14:07.106300 trace id=1 ConnectStart net=tcp addr=[2001:db8::11]:443',
        '2026/01/05 09:14:07.106500 trace id=1 ConnectDone net=tcp addr=[2001:db8::11]:443 err=<nil>',
        '2026/01/05 09:14:07.106600 trace id=1 TLSHandshakeStart',
        '2026/01/05 09:14:07.118600 trace id=1 TLSHandshakeDone version=0x304 sni=proxy.example.com proto=h2 cn="example.com" resumed=false err=<nil>',
        '2026/01/05 09:14:07.119000 trace id=1 GotConn local=[2001:db8::18]:60934 remote=[2001:db8::11]:443 reused=false wasIdle=false idle=0s',
        '2026/01/05 09:14:07.119300 trace id=1 WroteRequest err=<nil>',
        '2026/01/05 09:14:07.120500 trace id=1 GotFirstResponseByte',
        '2026/01/05 09:14:07.121000 trace id=1 done status=200 proto=HTTP/2.0 bytes=3410 dur=21.234026ms err=<nil>',
        '2026/01/05 09:14:08.000000 trace id=2 start GET https://nosuch.example.com/x',
        '2026/01/05 09:14:08.001000 trace id=2 error after 1.408152ms: Get "https://nosuch.example.com/x": dial tcp: lookup nosuch.example.com on 198.51.100.53:53: no such host',
        '2026/01/05 09:14:09.000000 trace id=3 start GET https://proxy.example.com/slow',
        '2026/01/05 09:14:09.000100 trace id=3 Got',
      ],
      events: [
        {
          type: 'http.request', line: 1, ts_ms: 1767604447100, ts_end_ms: 1767604447121.234, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 21.234, outcome: 'success', hostname: 'proxy.example.com',
          client: { ip: '2001:db8::18', port: 60934 }, server: { ip: '2001:db8::11', port: 443 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'http' },
          url: { scheme: 'https', domain: 'proxy.example.com', path: '/example.com/mod/@v/v1.0.0.zip' },
          http: { version: '2', request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 3410 } } },
          tls: { version: '1.3', version_protocol: 'tls', established: true, resumed: false, next_protocol: 'h2', client: { server_name: 'proxy.example.com' } },
          timing: { dns_ms: 6, connect_ms: 0.2, tls_ms: 12, send_ms: 0.3, wait_ms: 1.2, receive_ms: 0.5 }, go: { module: { path: 'example.com/mod', version: 'v1.0.0', op: 'zip' } },
        },
        {
          type: 'http.request', line: 13, ts_ms: 1767604448000, ts_end_ms: 1767604448001.408, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 1.408, outcome: 'failure', hostname: 'nosuch.example.com',
          network: { transport: 'tcp', protocol: 'http' }, url: { scheme: 'https', domain: 'nosuch.example.com', path: '/x' }, http: { request: { method: 'GET' } },
          error: { type: 'destination_not_found', message: 'Get "https://nosuch.example.com/x": dial tcp: lookup nosuch.example.com on 198.51.100.53:53: no such host' },
        },
        {
          type: 'http.request', line: 15, ts_ms: 1767604449000, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'unknown', hostname: 'proxy.example.com', message: 'not ended where the trace ends',
          network: { transport: 'tcp', protocol: 'http' }, url: { scheme: 'https', domain: 'proxy.example.com', path: '/slow' }, http: { request: { method: 'GET' } },
        },
      ],
      merged: 12,
      skipped: { 'not-this-format': 1 },
    },
  ],
})
