// HAProxy with a JSON log-format: no key is fixed, but people give HAProxy's variables much the same names.
import { defineParser } from '../src/read/define.js'
import { isHaproxyObject, jsonTable } from '../src/read/haproxy/json.js'
import { shareOfJson } from '../src/read/parser.js'

export default defineParser({
  id: 'haproxy-json',
  title: 'HAProxy log in JSON (log-format with common key names)',
  reference: 'https://docs.haproxy.org/3.2/configuration.html#8.2.6',
  dataset: 'haproxy.http',
  types: ['http.request', 'net.connect'],
  group: 'haproxy',
  vantage: 'edge',
  limits: 'Keys are whatever the log-format says: common names are known, others are passed over; state the format as haproxy:… where they differ. Times without a zone take the wrapper\'s.',
  detect: head => 0.97 * shareOfJson(head, isHaproxyObject),
  table: jsonTable(),
  samples: [
    {
      lines: [
        '{"timestamp":1767604447,"remote_addr":"192.0.2.10","http_request":"GET /a?x=1 HTTP/1.1","http_status":504,"bytes_read":198,"upstream_addr":"198.51.100.10","backend_name":"be_app","server_name":"srv1","retries":0,"upstream_connect_time":"1","upstream_response_time":"-1","session_duration":"5001","termination_state":"sH"}',
        '{"request_date":"05/Jan/2026:09:14:07.371","client_ip":"2001:db8::10","client_port":51544,"frontend_name":"fe~","backend_name":"be_app","server_name":"srv2","TR":0,"Tw":0,"Tc":1,"Tr":2,"Ta":4,"status_code":200,"bytes_read":99,"termination_state":"----","http_method":"GET","http_uri":"/b","http_version":"HTTP/2.0","host":"www.example.com","ssl_version":"TLSv1.3"}',
        '{"frontend_name":"fe~"',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604452001, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 5001, outcome: 'failure',
          client: { ip: '192.0.2.10' }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { path: '/a', query: 'x=1' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 504, bytes: 198 } },
          cdn: { result: 'sH', origin: { ip: '198.51.100.10', name: 'be_app/srv1', connect_ms: 1, wait_ms: 5000 } }, error: { type: 'http_response_timeout', code: 'sH' },
        },
        {
          type: 'http.request', ts_ms: 1767604447371, ts_end_ms: 1767604447375, ts_basis: 'start', ts_res_ms: 1, duration_ms: 4, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '2001:db8::10', port: 51544 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/b' },
          http: { version: '2', request: { method: 'GET' }, response: { status_code: 200, bytes: 99 } }, tls: { version: '1.3', version_protocol: 'tls', established: true },
          cdn: { ttfb_ms: 3, origin: { name: 'be_app/srv2', status_code: 200, connect_ms: 1, wait_ms: 2 } },
        },
      ],
      skipped: { 'invalid-json': 1 },
    },
  ],
})
