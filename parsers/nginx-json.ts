// nginx access logs in JSON (`log_format … escape=json '{…}'`): the keys are the administrator's own.
import { defineParser } from '../src/read/define.js'
import { headObject, openNginxJson, ownNames } from '../src/read/nginx/json.js'
import { shareOf } from '../src/read/parser.js'

export default defineParser({
  id: 'nginx-json',
  title: 'nginx access log in JSON',
  reference: 'https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format',
  dataset: 'nginx.access',
  vantage: 'edge',
  types: ['http.request', 'tls.handshake', 'net.connect'],
  limits: 'The keys are the administrator\'s: those of the variables and the usual short names are known; for others give the format as nginx:FORMAT. One line a request, so a failed handshake leaves none.',
  detect: head => shareOf(head, (_, index) => {
    const object = headObject(head, index)
    return object !== undefined && ownNames(object) >= 3
  }) * 0.95,
  open: openNginxJson,
  samples: [
    {
      note: 'a retry after a time-out',
      lines: '{"time":"2026-01-05T09:14:12+00:00","msec":1767604452.372,"remote_addr":"192.0.2.10","remote_port":"51544","vip":"203.0.113.7","host":"www.example.com","method":"GET","uri":"/api/items?id=3","proto":"HTTP/2.0","status":200,"bytes":512,"request_time":5.002,"upstream_addr":"198.51.100.10:8080, 198.51.100.11:8080","upstream_status":"504, 200","upstream_connect_time":"0.001, 0.002","upstream_header_time":"-, 0.012","upstream_response_time":"5.000, 0.014","cache":"MISS","sni":"www.example.com","tls":"TLSv1.3","conn":"1018","conn_req":"1","ua":"ExampleAgent/1.0"}',
      events: [{
        type: 'http.request', ts_ms: 1767604447370, ts_end_ms: 1767604452372, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 5002, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 51544 }, server: { ip: '203.0.113.7' }, network: { type: 'ipv4', protocol: 'http', connection_id: '1018' },
        url: { domain: 'www.example.com', path: '/api/items', query: 'id=3' },
        http: { version: '2', request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 512 } } },
        tls: { version: '1.3', client: { server_name: 'www.example.com' } },
        cdn: {
          cache: { status: 'miss', raw: 'MISS' },
          origin: {
            ip: '198.51.100.11', port: 8080, status_code: 200, connect_ms: 2, wait_ms: 10, receive_ms: 2, duration_ms: 5014,
            attempts: [{ ip: '198.51.100.10', port: 8080, status_code: 504, connect_ms: 1, duration_ms: 5000 }, { ip: '198.51.100.11', port: 8080, status_code: 200, connect_ms: 2, wait_ms: 10, duration_ms: 14 }],
          },
        },
        user_agent: { original: 'ExampleAgent/1.0' }, labels: { connection_requests: '1' },
      }],
    },
    {
      note: 'a template without quotes, and without escape=json',
      lines: [
        '{"time_iso8601":"2026-01-05T09:14:07+00:00","remote_addr":"2001:db8::10","request":"GET /a HTTP/1.1","status":200,"request_time":0.000,"upstream_response_time":,"http_user_agent":"say \\x22hi\\x22"}',
        '{"time_iso8601":"2026-01-05T09:14:08+00:00","remote_addr":"2001:db8::10","request":"GET /b HTTP/1.1","status":499,"request_time":0.5',
      ],
      events: [{
        type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604447000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 0, outcome: 'success',
        client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'http' }, url: { path: '/a' },
        http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200 } }, user_agent: { original: 'say "hi"' },
      }],
      skipped: { 'invalid-json': 1 },
    },
  ],
})
